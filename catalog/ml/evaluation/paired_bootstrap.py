"""Two versions on the same rows: how far their metrics lie apart, and how far chance alone would move that.

The difference of each metric is drawn again on rows taken with replacement, the same rows for both (a paired bootstrap:
Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6). STANDARD_ERRORS of them to both sides are the
interval; docs/decisions/0065 says why so many.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np

from catalog.exceptions import InvalidData
from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.ml.evaluation.metrics import HeldOut
from catalog.ml.evaluation.weighted_metrics import weighted_metrics

DRAWS = 200
DRAWN_ROWS = 10_000  # of more rows, so many are drawn at a time, and the error is scaled to all
STANDARD_ERRORS = 2.1
CONFIDENCE = 0.964  # what they cover
FEWEST_ROWS = 30  # fewer tell nothing


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    CHANCE = "within chance"
    SAME = "same"


@dataclass(frozen=True)
class Difference:
    """A metric of the first version less that of the second, with its interval, in units of the metric."""

    metric: str
    first: float
    second: float
    low: float
    high: float
    rows: int

    @property
    def value(self) -> float:
        return self.first - self.second

    @property
    def verdict(self) -> Verdict:
        """On the first version, by the metric's direction; better and worse only beyond what chance does."""
        if self.low <= 0 <= self.high or self.rows < FEWEST_ROWS:
            return Verdict.CHANCE if self.value or self.low != self.high else Verdict.SAME
        return Verdict.BETTER if (self.value > 0) == higher_is_better(self.metric) else Verdict.WORSE

    @property
    def text(self) -> str:
        """`+0.031 (−0.004 to +0.066)`."""
        value, low, high = (f"{number:+.3g}".replace("-", "−") for number in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"

    @property
    def sentence(self) -> str:
        """The verdict, for people."""
        if self.verdict == Verdict.CHANCE:
            return f"within what chance does on {self.rows:,} rows"
        return str(self.verdict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**values)


def compare(
    first: HeldOut, second: HeldOut, *, metrics: Collection[str] = (), random_state: int = 0
) -> list[Difference]:
    """The differences of all metrics that both have, or of those named, in the catalog's order.

    `first` and `second` hold the same rows in the same order; InvalidData when they do not.
    """
    if len(first.truth) != len(second.truth) or not np.array_equal(first.truth, second.truth):
        raise InvalidData("The two versions were not measured on the same rows in the same order.")
    values = {name: (value, there) for name, value, there in _whole(first, second) if not metrics or name in metrics}
    errors = _standard_errors(first, second, values, np.random.default_rng(random_state))
    rows = len(first.truth)
    differences = []
    for name, error in errors.items():
        here, there = values[name]
        margin = STANDARD_ERRORS * error
        differences.append(Difference(name, here, there, here - there - margin, here - there + margin, rows))
    return differences


def _whole(first: HeldOut, second: HeldOut) -> Iterator[tuple[str, float, float]]:
    """By metric, its two values on all rows; without what can't be computed."""
    ours, theirs = weighted_metrics(first), weighted_metrics(second)
    weights = np.ones(len(first.truth))
    for name in ours:
        if name in theirs:
            here, there = ours[name](weights), theirs[name](weights)
            if np.isfinite([here, there]).all():
                yield name, here, there


def _standard_errors(
    first: HeldOut, second: HeldOut, names: Collection[str], random: np.random.Generator
) -> dict[str, float]:
    """Of the differences, from DRAWS bootstrap samples; of many rows from a part of them, and scaled to all."""
    rows = len(first.truth)
    size = min(rows, DRAWN_ROWS)
    chosen = np.sort(random.permutation(rows)[:size])
    ours, theirs = (weighted_metrics(result.take(chosen)) for result in (first, second))
    drawn: dict[str, list[float]] = {name: [] for name in names if name in ours and name in theirs}
    for _ in range(DRAWS):
        weights = np.bincount(random.integers(size, size=size), minlength=size).astype(float)
        for name, differences in drawn.items():
            differences.append(ours[name](weights) - theirs[name](weights))
    scale = (size / rows * size / max(size - 1, 1)) ** 0.5
    finite = {name: np.asarray(values)[np.isfinite(values)] for name, values in drawn.items()}
    return {name: scale * float(np.std(values, ddof=1)) for name, values in finite.items() if len(values) > DRAWS / 2}
