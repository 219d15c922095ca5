"""Training in batches, in memory that does not grow with the rows: learned window by window, then measured likewise.

What comes out is scikit-learn's own Pipeline of a fitted ColumnTransformer and an estimator that learned by
`partial_fit`. Rows are learned in the order of the file, shuffled within each window.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from catalog.exceptions import InvalidRequest
from catalog.ml.evaluation.metrics import HeldOut, held_out
from catalog.ml.evaluation.report import IMPORTANCE_ROWS
from catalog.ml.features import target_values, to_frame
from catalog.ml.tables.row_sample import RowSample
from catalog.ml.training.estimators import ESTIMATORS, entry_of, import_named, make_estimator
from catalog.ml.training.incremental.batches import Window, rows_of_cells
from catalog.ml.training.incremental.feature_statistics import FirstPass
from catalog.ml.training.preprocessing import Preparation

# A batch holds so many cells when it is dense, and no more rows than these.
BATCH_CELLS, MOST_BATCH_ROWS = 1_000_000, 10_000
# What is kept of the held-out rows to be measured: truth, prediction and scores, 16 MB in all.
MEASURED_CELLS = 2_000_000


def incremental_estimators(task: str) -> list[str]:
    """The names of the table's estimators for the task that learn in batches."""
    return sorted(
        name
        for name, entry in ESTIMATORS.items()
        if task in entry.classes and hasattr(import_named(entry.classes[task], "--estimator"), "partial_fit")
    )


def build_incremental(estimator: str, task: str, params: Mapping[str, Any], random_state: int) -> Any:
    """An unfitted estimator that learns batch by batch. The table's own defaults are for `fit`, and left out.

    Raises InvalidRequest when it has no `partial_fit`, or does not learn a batch of two rows with these parameters:
    scikit-learn's refuse early stopping and balanced class weights.
    """
    made = make_estimator(estimator, task, params, random_state)
    if not hasattr(made, "partial_fit"):
        raise InvalidRequest(
            f"--incremental: {estimator} has no partial_fit{' with these parameters' if _may_learn(made) else ''}, it "
            f"learns from all rows at once. Use {' or '.join(incremental_estimators(task))}, or a class that has it."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            learn_batch(clone(made), np.array([[0.0], [1.0]]), np.array([0, 1]), _classes_of(task, [0, 1]))
    except Exception as error:  # estimators raise whatever their authors chose
        reason = (str(error).strip().splitlines() or [""])[0][:300]
        raise InvalidRequest(f"--incremental: {estimator} can't learn in batches so: {reason}") from error
    return made


def _may_learn(made: Any) -> bool:
    return hasattr(type(made), "partial_fit")


def _classes_of(task: str, classes: Sequence[Any]) -> Any:
    return np.array(classes) if task == "classification" else None


def learn_batch(estimator: Any, rows: Any, target: np.ndarray, classes: np.ndarray | None) -> None:
    """`rows` are preprocessed, of shape (n_rows, n_outputs); `classes` are all labels, None for regression."""
    if classes is None:
        estimator.partial_fit(rows, target)
    else:
        estimator.partial_fit(rows, target, classes=classes)


class BatchLearner:
    """A pipeline that learns window by window, its preprocessing made from a first pass."""

    def __init__(self, estimator: Any, estimator_name: str, seen: FirstPass) -> None:
        sparse = entry_of(estimator_name).preparation is Preparation.SCALED
        self.pipeline = Pipeline([("preprocess", seen.features.transformer(sparse=sparse)), ("estimator", estimator)])
        self.classes = seen.classes
        self.random = np.random.default_rng(seen.columns.random_state)
        outputs = len(self.pipeline[0].get_feature_names_out())
        self.batch_rows = rows_of_cells(BATCH_CELLS, outputs, most=MOST_BATCH_ROWS)

    def learn(self, window: Window) -> None:
        order = self.random.permutation(window.to_learn)
        for at in range(0, len(order), self.batch_rows):
            rows = order[at : at + self.batch_rows]
            prepared = self.pipeline[0].transform(window.frame.iloc[rows])
            learn_batch(self.pipeline[1], prepared, window.target[rows], self.classes)


class Measured:
    """The predictions of the held-out rows, or of those with the lowest hashes when all have over MEASURED_CELLS cells;
    and of some rows what was given, to replay them and to see what a feature is worth."""

    def __init__(self, pipeline: Pipeline, seen: FirstPass) -> None:
        self.pipeline, self.columns, self.classes = pipeline, seen.columns, seen.classes
        cells = 2 + len(seen.classes if seen.classes is not None else ())
        most = rows_of_cells(MEASURED_CELLS, cells, most=MEASURED_CELLS)
        # When few rows differ there may be none in that part but the one with the lowest hash.
        self.most_share = max(self.columns.test_size * most / seen.rows["test"], seen.least_share)
        self.parts: list[HeldOut] = []
        self.sample = RowSample(IMPORTANCE_ROWS)

    def add(self, window: Window) -> None:
        rows = window.held_out(self.most_share)
        if not len(rows):
            return
        self.parts.append(held_out(self.pipeline, window.frame.iloc[rows], self._shared(window.target[rows])))
        for batch in window.table.take(rows).combine_chunks().to_batches():
            self.sample.add(batch)

    def _shared(self, truth: np.ndarray) -> np.ndarray:
        """Of each label one object for all rows that have it."""
        return truth if self.classes is None else self.classes[np.searchsorted(self.classes, truth)]

    @property
    def result(self) -> HeldOut:
        first, of_scores = self.parts[0], [part.scores for part in self.parts if part.scores is not None]
        return HeldOut(
            np.concatenate([part.truth for part in self.parts]),
            np.concatenate([part.predicted for part in self.parts]),
            first.classes,
            np.concatenate(of_scores) if of_scores else None,
            first.are_probabilities,
        )

    @property
    def sampled(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Some of the measured rows as the estimator is given them, with their targets."""
        table = self.sample.table
        if table is None:
            raise ValueError("No row was held out.")
        target = target_values(table.column(self.columns.target), self.columns.task)
        return to_frame(table, self.columns.features), np.asarray(target)
