"""How a target is distributed, batch by batch, and whether the batches are like the whole."""

from collections import Counter
from typing import Any

import numpy as np


class TargetStatistics:
    """A target seen in batches. `mixed` compares how it varies within the batches with how it does in all: 1 when each
    batch is like the whole, 0 when they are sorted by it."""

    rows = 0
    mean = whole = within = 0.0

    def __init__(self) -> None:
        self.counts: Counter[Any] = Counter()

    def add(self, values: np.ndarray) -> None:
        raise NotImplementedError

    @property
    def mixed(self) -> float:
        return self.within / self.whole if self.whole else 1.0


class NumberTarget(TargetStatistics):
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


class ClassTarget(TargetStatistics):
    """How often each label occurs; what varies is Gini's impurity."""

    def add(self, labels: np.ndarray) -> None:
        values, counts = np.unique(labels, return_counts=True)
        occurrences = Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))
        self.counts.update(occurrences)
        self.rows, self.within = self.rows + len(labels), self.within + _impurity(occurrences)
        self.whole = _impurity(self.counts)


def _impurity(counts: Counter[Any]) -> float:
    rows = counts.total()
    return rows - sum(count**2 for count in counts.values()) / rows if rows else 0.0
