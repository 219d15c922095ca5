"""Which predictions change from right to wrong between two versions, and for whom they get worse."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import stats

from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.paired_bootstrap import CONFIDENCE

SEGMENTS = 20  # of more values, the most frequent; numbers by quarters
FEWEST_ROWS = 10
QUARTERS = 4


@dataclass(frozen=True)
class Segment:
    """Rows with one value of a column: the gain of the first version over the second, its interval included.

    Of a classifier the gain is in the part of right answers, of a regressor in units of the target by which the
    absolute error is smaller. `is_worse` is said beyond what chance does, allowing for as many segments as there are.
    """

    value: str
    rows: int
    gain: float
    low: float
    high: float

    @property
    def is_worse(self) -> bool:
        return self.high < 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**values)


def count_flips(first: HeldOut, second: HeldOut) -> dict[str, int]:
    """How many rows the first answers rightly and the second wrongly (`gained`), the other way round (`lost`), and
    alike; of regressors, how many it is nearer to, farther from, and as near to."""
    gains = _gains(first, second)
    return {"gained": int((gains > 0).sum()), "lost": int((gains < 0).sum()), "equal": int((gains == 0).sum())}


def measure_segments(first: HeldOut, second: HeldOut, values: Sequence[object]) -> list[Segment]:
    """By the values of a column, of shape (n_rows,), those that get worse most first; those of few rows are left out.

    The interval is Student's for the mean of the rows' gains, with Bonferroni's correction for the number of segments.
    """
    gains, labels = _gains(first, second), _labels(pd.Series(values))
    counts = labels.value_counts()
    names = [name for name in counts.index[:SEGMENTS] if counts[name] >= FEWEST_ROWS]
    quantile = 1 - (1 - CONFIDENCE) / 2 / max(len(names), 1)
    segments = []
    for name in names:
        own = gains[(labels == name).to_numpy()]
        margin = float(stats.t.ppf(quantile, len(own) - 1) * own.std(ddof=1) / len(own) ** 0.5)
        gain = float(own.mean())
        segments.append(Segment(str(name), len(own), gain, gain - margin, gain + margin))
    return sorted(segments, key=lambda segment: segment.gain)


def _gains(first: HeldOut, second: HeldOut) -> np.ndarray:
    """Of each row: 1, 0 or -1 by who is right, or by how much the first is nearer."""
    if first.classes is not None:
        right = (np.asarray(each.predicted == each.truth, dtype=float) for each in (first, second))
        return np.asarray(next(right) - next(right))
    truth = np.asarray(first.truth, dtype=float)
    errors = (np.abs(truth - np.asarray(each.predicted, dtype=float)) for each in (second, first))
    return np.asarray(next(errors) - next(errors))


def _labels(values: pd.Series) -> pd.Series:
    """Values as text; numbers of more than SEGMENTS kinds as the quarter that they fall into."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().any() and not values[numbers.isna()].notna().any() and numbers.nunique() > SEGMENTS:
        quarters = pd.qcut(numbers, QUARTERS, duplicates="drop").astype(object)
        return quarters.map(lambda interval: f"{interval.left:.4g} to {interval.right:.4g}", na_action="ignore").fillna(
            "missing"
        )
    return values.map(str, na_action="ignore").fillna("missing")
