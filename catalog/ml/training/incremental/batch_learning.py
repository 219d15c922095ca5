"""Training in batches, in memory that does not grow with the rows.

What comes out is scikit-learn's own Pipeline of a fitted ColumnTransformer and an estimator that learned by
`partial_fit`. Rows are learned in the order of the file, shuffled within each batch.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from catalog.exceptions import InvalidRequest
from catalog.ml.features import fix_categories
from catalog.ml.training.estimators import ESTIMATORS, entry_of, import_named
from catalog.ml.training.incremental.batches import Batch, count_rows
from catalog.ml.training.incremental.table_statistics import TableStatistics
from catalog.ml.training.preprocessing import Preparation

# A mini-batch holds so many cells when it is dense, and no more rows than these.
MINI_BATCH_CELLS, MOST_MINI_BATCH_ROWS = 1_000_000, 10_000


def incremental_estimators(task: str) -> list[str]:
    """The names of the table's estimators for the task that learn in batches."""
    return sorted(
        name
        for name, entry in ESTIMATORS.items()
        if task in entry.classes and hasattr(import_named(entry.classes[task], "estimator"), "partial_fit")
    )


def check_incremental(unfitted: Any, name: str, task: str) -> None:
    """Raises InvalidRequest when the estimator that people call `name` has no `partial_fit`, or does not learn a batch
    of two rows with its parameters: scikit-learn's refuse early stopping and balanced class weights."""
    if not hasattr(unfitted, "partial_fit"):
        otherwise = " with these parameters" if hasattr(type(unfitted), "partial_fit") else ""
        raise InvalidRequest(
            f"`incremental`: {name} has no partial_fit{otherwise}, it learns from all rows at once. "
            f"Use {' or '.join(incremental_estimators(task))}, or a class that has it."
        )
    classes = np.array([0, 1]) if task == "classification" else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            learn_mini_batch(clone(unfitted), np.array([[0.0], [1.0]]), np.array([0, 1]), classes)
    except Exception as error:  # estimators raise whatever their authors chose
        reason = (str(error).strip().splitlines() or [""])[0][:300]
        raise InvalidRequest(f"`incremental`: {name} can't learn in batches so: {reason}") from error


def learn_mini_batch(estimator: Any, rows: Any, target: np.ndarray, classes: np.ndarray | None) -> None:
    """`rows` are preprocessed, of shape (n_rows, n_outputs); `classes` are all labels, None for regression."""
    if classes is None:
        estimator.partial_fit(rows, target)
    else:
        estimator.partial_fit(rows, target, classes=classes)


class BatchLearner:
    """A pipeline that learns batch by batch, its preprocessing made from the statistics of the whole table."""

    def __init__(self, unfitted: Any, name: str, seen: TableStatistics) -> None:
        sparse = entry_of(name).preparation is Preparation.SCALED
        transformer = seen.features.make_transformer(sparse=sparse)
        self.pipeline = Pipeline([("preprocess", transformer), ("estimator", clone(unfitted))])
        self.classes, self.features = seen.classes, seen.features.features_with_categories
        self.random = np.random.default_rng(seen.columns.random_state)
        outputs = len(self.pipeline[0].get_feature_names_out())
        self.mini_batch_rows = count_rows(MINI_BATCH_CELLS, outputs, most=MOST_MINI_BATCH_ROWS)

    def learn(self, batch: Batch) -> None:
        order, frame = self.random.permutation(batch.training_rows), fix_categories(batch.frame, self.features)
        for start in range(0, len(order), self.mini_batch_rows):
            rows = order[start : start + self.mini_batch_rows]
            prepared = self.pipeline[0].transform(frame.iloc[rows])
            learn_mini_batch(self.pipeline[1], prepared, batch.target[rows], self.classes)
