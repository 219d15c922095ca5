"""What the first pass over the examples finds: the features in the rows to learn from, and the target of all rows."""

from collections import Counter
from collections.abc import Iterable
from math import sqrt
from typing import Any

import numpy as np

from catalog.exceptions import InvalidData
from catalog.ml.training.incremental.batches import Columns, Window
from catalog.ml.training.incremental.incremental_preprocessing import StreamedColumns
from catalog.ml.training.splitting import check_classes, check_enough_rows, check_finite

# A target that varies within the windows by less than this part of all that it varies lies sorted in the file.
MIXED = 0.5
# The held-out part is another than asked for when it is off by so much of itself, and by more than chance.
OFF_BY, DEVIATIONS = 0.25, 5


class Target:
    """A target seen part by part. `mixed` compares how it varies within the parts with how it does in all: 1 when each
    part is like the whole, 0 when they are sorted by it."""

    rows = 0
    mean = whole = within = 0.0

    def __init__(self) -> None:
        self.counts: Counter[Any] = Counter()

    @property
    def mixed(self) -> float:
        return self.within / self.whole if self.whole else 1.0


class NumberTarget(Target):
    """Mean and squares about it, merged as in Chan, Golub and LeVeque (1983), "Algorithms for computing the sample
    variance"; it has no `counts`."""

    def add(self, values: np.ndarray) -> None:
        if not len(values):
            return
        mean = float(values.mean())
        squares, rows, off = float(((values - mean) ** 2).sum()), self.rows + len(values), mean - self.mean
        self.whole += squares + off**2 * self.rows * len(values) / rows
        self.mean += off * len(values) / rows
        self.rows, self.within = rows, self.within + squares


class ClassTarget(Target):
    """How often each label occurs; what varies is Gini's impurity."""

    def add(self, labels: np.ndarray) -> None:
        values, counts = np.unique(labels, return_counts=True)
        found = Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))
        self.counts.update(found)
        self.rows, self.within = self.rows + len(labels), self.within + _impurity(found)
        self.whole = _impurity(self.counts)


def _impurity(counts: Counter[Any]) -> float:
    rows = counts.total()
    return rows - sum(count**2 for count in counts.values()) / rows if rows else 0.0


class FirstPass:
    """Filled by `add`, window by window; then `check` says whether there is enough to learn and to measure."""

    def __init__(self, columns: Columns) -> None:
        self.columns, self.features = columns, StreamedColumns(columns.features)
        self.rows = {"train": 0, "test": 0, "missing_target": 0}
        self.least_share = 1.0
        kind = NumberTarget if columns.task == "regression" else ClassTarget
        self.learned, self.held_out = kind(), kind()

    def add(self, window: Window) -> None:
        if self.columns.task == "regression":
            check_finite(window.target, self.columns.target)
        to_learn, held_out = window.to_learn, window.held_out()
        for name, count in (
            ("train", len(to_learn)),
            ("test", len(held_out)),
            ("missing_target", window.missing_target),
        ):
            self.rows[name] += count
        self.least_share = min(self.least_share, window.shares.min(initial=1.0))
        self.features.add(window)
        self.learned.add(window.target[to_learn])
        self.held_out.add(window.target[held_out])

    @property
    def classes(self) -> np.ndarray | None:
        """All labels, sorted; None for regression."""
        return None if self.columns.task == "regression" else _labels({*self.learned.counts, *self.held_out.counts})

    @property
    def typical_target(self) -> tuple[np.ndarray, np.ndarray]:
        """What a baseline needs of the rows to learn from: values, and how often each occurs."""
        if self.classes is None:
            return np.array([self.learned.mean]), np.array([self.learned.rows])
        return _labels(self.learned.counts), np.array(
            [self.learned.counts[label] for label in sorted(self.learned.counts)]
        )

    def check(self) -> None:
        """Raises InvalidData unless there are rows, and of each class one, to learn from, and rows to measure."""
        name, rows = self.columns.target, self.rows["train"] + self.rows["test"]
        check_enough_rows(rows, name)
        if self.classes is not None:
            check_classes(self.classes, name)
        if not (self.rows["train"] and self.rows["test"]):
            raise InvalidData(
                f"Of {rows} rows {self.rows['test']} would be held out: equal rows stay together, and too few differ. "
                "Try another --test-size or --random-state, or train without --incremental."
            )
        for label in sorted(set(self.held_out.counts) - set(self.learned.counts)):
            raise InvalidData(
                f"All rows of the class {label!r} of {name!r} are among those held out. Leave such rows out, or try "
                "another --random-state."
            )
        if not self.features.learnable:
            raise InvalidData("No feature has a value to learn from, of a text one that occurs in five rows.")

    def warnings(self) -> list[str]:
        """What makes learning in batches, or its measure, less good than it could be."""
        found, rows = [], self.rows["train"] + self.rows["test"]
        asked, held_out = self.columns.test_size * rows, self.rows["test"]
        chance = DEVIATIONS * sqrt(asked * (1 - self.columns.test_size))
        if abs(held_out - asked) > max(OFF_BY * asked, chance):
            found.append(
                f"{held_out:,} of {rows:,} rows are held out rather than about {asked:,.0f}: equal rows stay together, "
                "and few differ."
            )
        if self.learned.mixed < MIXED:
            found.append(
                f"The rows are sorted by the target, or nearly: among {self.columns.window_rows:,} that follow one "
                f"another it varies by {self.learned.mixed:.0%} of what it does in all. What learns in batches forgets "
                "what came first: shuffle the file."
            )
        if unmeasured := sorted(set(self.learned.counts) - set(self.held_out.counts)):
            found.append(f"No row of these classes is held out, so they are not measured: {_some(unmeasured)}.")
        return found


def _labels(found: Iterable[Any]) -> np.ndarray:
    """Sorted; texts as objects, as scikit-learn is given them elsewhere."""
    labels = sorted(found)
    return np.array(labels, dtype=object if any(isinstance(label, str) for label in labels) else None)


def _some(labels: list[Any]) -> str:
    return ", ".join(map(repr, labels[:5])) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
