"""What one pass over the examples tells: the features in the training rows, and the target of all rows."""

from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np

from catalog.exceptions import InvalidData
from catalog.ml.training.incremental.batches import Batch, ExampleColumns
from catalog.ml.training.incremental.feature_statistics import FeatureStatistics
from catalog.ml.training.incremental.target_statistics import ClassTarget, NumberTarget, TargetStatistics
from catalog.ml.training.splitting import RowCounts, check_classes, check_enough_rows, check_finite

# A target that varies within the batches by less than this part of all that it varies lies sorted in the file.
MIXED = 0.5
# More or fewer rows are held out than asked for when it is off by so much of itself, and by more than chance.
OFF_BY, DEVIATIONS = 0.25, 5


class TableStatistics:
    """Filled by `add`, batch by batch; then `check` says whether there is enough to learn and to measure."""

    def __init__(self, columns: ExampleColumns) -> None:
        self.columns, self.features = columns, FeatureStatistics(columns.features)
        self.rows = RowCounts(0, 0, 0)
        self.least_share = 1.0
        self.training_target, self.held_out_target = _empty_target(columns), _empty_target(columns)

    def add(self, batch: Batch) -> None:
        if self.columns.task == "regression":
            check_finite(batch.target, self.columns.target)
        training, held_out = batch.training_rows, batch.held_out_rows()
        self.rows += RowCounts(len(training), len(held_out), batch.missing_target)
        self.least_share = min(self.least_share, batch.shares.min(initial=1.0))
        self.features.add(batch)
        self.training_target.add(batch.target[training])
        self.held_out_target.add(batch.target[held_out])

    @property
    def classes(self) -> np.ndarray | None:
        """All labels, sorted; None for regression."""
        if self.columns.task == "regression":
            return None
        return _sorted_labels({*self.training_target.counts, *self.held_out_target.counts})

    @property
    def typical_target(self) -> tuple[np.ndarray, np.ndarray]:
        """What a baseline needs of the training rows: values, and how often each occurs."""
        if self.classes is None:
            return np.array([self.training_target.mean]), np.array([self.training_target.rows])
        counts = self.training_target.counts
        return _sorted_labels(counts), np.array([counts[label] for label in sorted(counts)])

    def check(self) -> None:
        """Raises InvalidData unless there are rows, and of each class one, to learn from, and rows to measure."""
        name, rows = self.columns.target, self.rows.train + self.rows.test
        check_enough_rows(rows, name)
        if self.classes is not None:
            check_classes(self.classes, name)
        if not (self.rows.train and self.rows.test):
            raise InvalidData(
                f"Of {rows} rows {self.rows.test} would be held out: equal rows stay together, and too few differ. "
                "Try another `test_size` or `random_state`, or train without `incremental`."
            )
        for label in sorted(set(self.held_out_target.counts) - set(self.training_target.counts)):
            raise InvalidData(
                f"All rows of the class {label!r} of {name!r} are among those held out. Leave such rows out, or try "
                "another `random_state`."
            )
        if not self.features.learnable:
            raise InvalidData("No feature has a value to learn from, of a text one that occurs in five rows.")

    def warnings(self) -> list[str]:
        """What makes learning in batches, or its measure, less good than it could be."""
        return [*self._warn_of_few_different_rows(), *self._warn_of_sorted_rows(), *self._warn_of_unmeasured_classes()]

    def _warn_of_few_different_rows(self) -> Iterable[str]:
        rows, held_out = self.rows.train + self.rows.test, self.rows.test
        asked = self.columns.test_size * rows
        chance = DEVIATIONS * sqrt(asked * (1 - self.columns.test_size))
        if abs(held_out - asked) > max(OFF_BY * asked, chance):
            yield (
                f"{held_out:,} of {rows:,} rows are held out rather than about {asked:,.0f}: equal rows stay together, "
                "and few differ."
            )

    def _warn_of_sorted_rows(self) -> Iterable[str]:
        if self.training_target.mixed < MIXED:
            yield (
                f"The rows are sorted by the target, or nearly: among {self.columns.batch_rows:,} that follow one "
                f"another it varies by {self.training_target.mixed:.0%} of what it does in all. What learns in batches "
                "forgets what came first: shuffle the file."
            )

    def _warn_of_unmeasured_classes(self) -> Iterable[str]:
        unmeasured = sorted(set(self.training_target.counts) - set(self.held_out_target.counts))
        if unmeasured:
            yield f"No row of these classes is held out, so they are not measured: {_list_some(unmeasured)}."


def _empty_target(columns: ExampleColumns) -> TargetStatistics:
    return NumberTarget() if columns.task == "regression" else ClassTarget()


def _sorted_labels(labels: Iterable[Any]) -> np.ndarray:
    """Texts as objects, as scikit-learn is given them elsewhere."""
    ordered = sorted(labels)
    return np.array(ordered, dtype=object if any(isinstance(label, str) for label in ordered) else None)


def _list_some(labels: list[Any]) -> str:
    return ", ".join(map(repr, labels[:5])) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
