"""Two versions on the same rows: how far their metrics lie apart, and how far chance alone would move that.

The difference of each metric is drawn again on rows taken with replacement, the same rows for both (a paired bootstrap:
Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6). STANDARD_ERRORS of them to both sides are the
interval; docs/decisions/0065 says why so many.
"""

from collections.abc import Collection, Iterator

import numpy as np

from catalog.exceptions import InvalidData
from catalog.ml.evaluation.difference import Difference
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.weighted_metrics import weighted_metrics

DRAWS = 200
DRAWN_ROWS = 10_000  # of more rows, so many are drawn at a time, and the error is scaled to all
SCORED_ROWS = 5_000  # and so many where a scorer of scikit-learn's is called for each draw
STANDARD_ERRORS = 2.1
CONFIDENCE = 0.964  # what they cover


def compare(
    first: HeldOut, second: HeldOut, *, metrics: Collection[str] = (), random_state: int = 0
) -> list[Difference]:
    """The differences of all metrics that both have, or of those named, in the catalog's order.

    `first` and `second` hold the same rows in the same order, with the same weights; InvalidData when they do not.
    """
    first, second = first.counted, second.counted
    if len(first.truth) != len(second.truth) or not np.array_equal(first.truth, second.truth):
        raise InvalidData("The two versions were not measured on the same rows in the same order.")
    if not np.array_equal(_weights(first), _weights(second)):
        raise InvalidData("The rows do not weigh alike for the two versions.")
    values = {name: (value, there) for name, value, there in _whole(first, second) if not metrics or name in metrics}
    errors = _standard_errors(first, second, values, np.random.default_rng(random_state))
    rows = len(first.truth)
    differences = []
    for name, error in errors.items():
        here, there = values[name]
        margin = STANDARD_ERRORS * error
        differences.append(Difference(name, here, there, here - there - margin, here - there + margin, rows))
    return differences


def _weights(result: HeldOut) -> np.ndarray:
    return np.ones(len(result.truth)) if result.weights is None else result.weights


def _whole(first: HeldOut, second: HeldOut) -> Iterator[tuple[str, float, float]]:
    """By metric, its two values on all rows; without what can't be computed."""
    ours, theirs = weighted_metrics(first), weighted_metrics(second)
    weights = _weights(first)
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
    size = min(rows, SCORED_ROWS if first.scorer else DRAWN_ROWS)
    chosen = np.sort(random.permutation(rows)[:size])
    ours, theirs = (weighted_metrics(result.take(chosen)) for result in (first, second))
    own = _weights(first)[chosen]
    drawn: dict[str, list[float]] = {name: [] for name in names if name in ours and name in theirs}
    for _ in range(DRAWS):
        weights = np.bincount(random.integers(size, size=size), minlength=size) * own
        for name, differences in drawn.items():
            differences.append(ours[name](weights) - theirs[name](weights))
    scale = (size / rows * size / max(size - 1, 1)) ** 0.5
    finite = {name: np.asarray(values)[np.isfinite(values)] for name, values in drawn.items()}
    return {name: scale * float(np.std(values, ddof=1)) for name, values in finite.items() if len(values) > DRAWS / 2}
