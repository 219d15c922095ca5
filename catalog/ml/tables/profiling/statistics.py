"""Statistics of one column: how often each value occurs, histograms and quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

HISTOGRAM_BINS = 20
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
SKETCH_SIZE = 1_024
HASH_SPACE = 2.0**64


@dataclass(frozen=True)
class ValueCounts:
    """The distinct values of some rows of a column, in the order of first occurrence, and how often each occurs.

    `counts` are int64, of shape (len(values),); `nulls` are the rows without a value.
    """

    values: pa.Array
    counts: np.ndarray
    nulls: int

    @property
    def rows(self) -> int:
        return int(self.counts.sum()) + self.nulls

    def with_values(self, values: pa.Array) -> "ValueCounts":
        """The same rows with other values in place of these, of which several may be the same: 1 for "1" and "1.0"."""
        encoded = values.dictionary_encode()
        if len(encoded.dictionary) == len(values):
            return ValueCounts(values, self.counts, self.nulls)
        counts = np.zeros(len(encoded.dictionary), np.int64)
        np.add.at(counts, encoded.indices.to_numpy(), self.counts)
        return ValueCounts(encoded.dictionary, counts, self.nulls)


def count_values(values: pa.Array) -> ValueCounts:
    """How often each value occurs in the array. Most columns have far fewer values than rows."""
    counts = pc.value_counts(values.drop_null())
    return ValueCounts(counts.field("values"), counts.field("counts").to_numpy(), values.null_count)


def histogram(numbers: np.ndarray, bins: int) -> dict[str, list[Any]]:
    """Edges and counts, with `bins` bins of equal width; of one bin where floats leave no room for more.

    `numbers` are at least one, and finite, of shape (n,).
    """
    low, high = float(numbers.min()), float(numbers.max())
    try:
        with np.errstate(over="raise"):
            counts, edges = np.histogram(numbers, bins=bins)
    except (ValueError, FloatingPointError):
        return {"edges": [low, high], "counts": [len(numbers)]}
    return {"edges": [float(edge) for edge in edges], "counts": [int(count) for count in counts]}


def quantiles(numbers: np.ndarray, shares: tuple[float, ...]) -> dict[str, float]:
    """The quantiles by linear interpolation; by nearest rank where neighbours are too far apart for a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        interpolated = np.quantile(numbers, shares)
    nearest = np.quantile(numbers, shares, method="nearest")
    values = np.where(np.isfinite(interpolated), interpolated, nearest).tolist()
    return dict(zip(map(str, shares), values, strict=True))


def distribution(values: pa.ChunkedArray) -> dict[str, Any]:
    """Quantiles and histogram of numbers, or of times, whose edges are ISO texts to the second."""
    values = values.drop_null()
    is_time = pa.types.is_temporal(values.type)
    if is_time:
        values = pc.cast(pc.cast(pc.cast(values, pa.timestamp("us")), pa.timestamp("s"), safe=False), pa.int64())
    numbers = pc.cast(values, pa.float64(), safe=False).to_numpy()
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return {"quantiles": None, "histogram": None}
    shares, bins = quantiles(numbers, QUANTILES), histogram(numbers, HISTOGRAM_BINS)
    if not is_time:
        return {"quantiles": shares, "histogram": bins}
    return {
        "quantiles": dict(zip(shares, _times(list(shares.values())), strict=True)),
        "histogram": {**bins, "edges": _times(bins["edges"])},
    }


def _times(seconds: Sequence[float]) -> list[str]:
    """ISO texts of seconds since 1970."""
    return [str(moment) for moment in np.array(np.floor(seconds), "int64").astype("datetime64[s]")]


class DistinctSketch:
    """An estimate of the number of distinct values from the smallest of their hashes."""

    def __init__(self) -> None:
        self.smallest = np.empty(0, dtype=np.uint64)

    def add(self, values: pa.Array) -> None:
        hashes = pd.util.hash_array(values.to_numpy(zero_copy_only=False), categorize=False)
        self.smallest = np.unique(np.concatenate([self.smallest, hashes]))[:SKETCH_SIZE]

    @property
    def estimate(self) -> int:
        if len(self.smallest) < SKETCH_SIZE:
            return len(self.smallest)
        return round((SKETCH_SIZE - 1) / (float(self.smallest[-1]) / HASH_SPACE))
