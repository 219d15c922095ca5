"""The held-out rows of a table that is read in batches: predicted, and a sample of them kept, as of training rows."""

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.importances import IMPORTANCE_ROWS
from catalog.ml.evaluation.metrics import predict_held_out
from catalog.ml.features import fix_categories, to_frame
from catalog.ml.labels import target_values
from catalog.ml.tables.profiling.row_sample import RowSample
from catalog.ml.training.incremental.batches import Batch, count_rows
from catalog.ml.training.incremental.table_statistics import TableStatistics
from catalog.ml.training.learned import TrainingSample, count_training_rows

# What is kept of the held-out rows to be measured: truth, prediction and scores, 16 MB in all.
MEASURED_CELLS = 2_000_000


class HeldOutBatches:
    """The predictions of the held-out rows, or of those with the lowest hashes when all have over MEASURED_CELLS cells;
    and of some rows what was given, to replay them and to see what a feature is worth."""

    def __init__(self, pipeline: Pipeline, seen: TableStatistics) -> None:
        self.pipeline, self.columns, self.classes = pipeline, seen.columns, seen.classes
        self.features = seen.features.features_with_categories
        cells = 2 + len(seen.classes if seen.classes is not None else ())
        most = count_rows(MEASURED_CELLS, cells, most=MEASURED_CELLS)
        # When few rows differ none may lie below that share but the one with the lowest hash.
        self.most_share = max(self.columns.test_size * most / seen.rows.test, seen.least_share)
        self.predicted: list[HeldOut] = []
        self.sample = RowSample(IMPORTANCE_ROWS)
        self.training_sample = RowSample(count_training_rows(len(self.columns.features)))

    def add(self, batch: Batch) -> None:
        for record_batch in batch.table.take(batch.training_rows).combine_chunks().to_batches():
            self.training_sample.add(record_batch)
        rows = batch.held_out_rows(self.most_share)
        if not len(rows):
            return
        truth = self._share_labels(batch.target[rows])
        self.predicted.append(predict_held_out(self.pipeline, self._frame(batch, rows), truth, task=self.columns.task))
        for record_batch in batch.table.take(rows).combine_chunks().to_batches():
            self.sample.add(record_batch)

    def _frame(self, batch: Batch, rows: np.ndarray) -> pd.DataFrame:
        return fix_categories(batch.frame.iloc[rows], self.features)

    def _share_labels(self, truth: np.ndarray) -> np.ndarray:
        """Of each label one object for all rows that have it."""
        return truth if self.classes is None else self.classes[np.searchsorted(self.classes, truth)]

    @property
    def result(self) -> HeldOut:
        first, scores = self.predicted[0], [batch.scores for batch in self.predicted if batch.scores is not None]
        return HeldOut(
            np.concatenate([batch.truth for batch in self.predicted]),
            np.concatenate([batch.predicted for batch in self.predicted]),
            first.classes,
            np.concatenate(scores) if scores else None,
            first.are_probabilities,
        )

    @property
    def sampled(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Some of the measured rows as the estimator is given them, with their targets."""
        return self._rows_of(self.sample)

    @property
    def training(self) -> TrainingSample:
        """Some of the training rows."""
        frame, target = self._rows_of(self.training_sample)
        truth = self._share_labels(target)
        return TrainingSample(frame, target, predict_held_out(self.pipeline, frame, truth, task=self.columns.task))

    def _rows_of(self, sample: RowSample) -> tuple[pd.DataFrame, np.ndarray]:
        if sample.table is None:
            raise ValueError("There is no such row.")
        target = target_values(sample.table.column(self.columns.target), self.columns.task)
        return fix_categories(to_frame(sample.table, self.features), self.features), np.asarray(target)
