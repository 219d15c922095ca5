"""What accumulates of one column, in bounded memory.

Counts, range and mean are exact. Distinct values are counted up to COUNTED_VALUES and estimated beyond by the
k-minimum-values sketch (Bar-Yossef et al. 2002, "Counting distinct elements in a data stream"; standard error about
1/sqrt(SKETCH_SIZE)); the most frequent values are then those among the values that came first.
"""

import math
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.profiling.column_inference import TIMES, ColumnInference
from catalog.ml.tables.profiling.doubts import Resemblance
from catalog.ml.tables.profiling.statistics import DistinctSketch, ValueCounts, distribution
from catalog.ml.tables.schema import ColumnType

COUNTED_VALUES = 2_000
TOP_VALUES = 10
# Of a column with no more values all are named.
ALL_VALUES = 50
SHOWN_CHARACTERS = 200
# Beyond it not every whole number is a float.
LARGEST_WHOLE = 2**53
HASHED_AS_TEXT = {*TIMES, ColumnType.BOOLEAN}


class ColumnProfile:
    """`is_csv` tells whether all columns of its table were read as texts, or those alone that are texts in the file."""

    def __init__(self, name: str, kind: ColumnType, *, is_csv: bool = True) -> None:
        self.name, self.kind = name, kind
        self.count = self.nulls = self.sum_count = 0
        self.sum = 0.0
        self.minimum: Any = None
        self.maximum: Any = None
        self.value_counts: Counter[Any] = Counter()
        self.is_exact = self.is_whole = True
        self.sketch = DistinctSketch()
        self.resemblance = Resemblance(None if is_csv else ColumnInference(name))
        self.emptied: Counter[str] = Counter()

    def add(self, counts: ValueCounts) -> None:
        self.nulls += counts.nulls
        self.count += counts.rows
        if not len(counts.values):
            return
        if self.kind is not ColumnType.STRING:
            self._add_range(counts.values)
        if self.kind.is_numeric:
            self._add_sum(counts)
        self._add_values(counts)

    def _add_range(self, values: pa.Array) -> None:
        extremes = pc.min_max(values).as_py()
        low, high = extremes["min"], extremes["max"]
        self.minimum = low if self.minimum is None else min(self.minimum, low)
        self.maximum = high if self.maximum is None else max(self.maximum, high)

    def _add_sum(self, counts: ValueCounts) -> None:
        numbers = pc.cast(counts.values, pa.float64(), safe=False).to_numpy()
        finite = np.isfinite(numbers)
        self.is_whole &= bool((np.abs(numbers) <= LARGEST_WHOLE).all() and (numbers == np.floor(numbers)).all())
        with np.errstate(over="ignore", invalid="ignore"):
            self.sum += float((numbers[finite] * counts.counts[finite]).sum())
        self.sum_count += int(counts.counts[finite].sum())

    def _add_values(self, counts: ValueCounts) -> None:
        values, numbers = counts.values, counts.counts
        if not self.value_counts and len(values) > COUNTED_VALUES:  # so many are never made into Python's objects
            self.is_exact = False
            self._add_to_sketch(values)
            most = np.argsort(-numbers, kind="stable")[:COUNTED_VALUES]
            values, numbers = values.take(pa.array(most)), numbers[most]
        elif not self.is_exact:
            self._add_to_sketch(values)
            known = pc.is_in(values, value_set=pa.array(list(self.value_counts), values.type))
            values, numbers = values.filter(known), numbers[known.to_numpy(zero_copy_only=False)]
        for value, count in zip(values.to_pylist(), numbers.tolist(), strict=True):
            self.value_counts[value] += count
        if self.is_exact and len(self.value_counts) > COUNTED_VALUES:
            self.is_exact = False
            self._add_to_sketch(pa.array(list(self.value_counts), values.type))
            self.value_counts = Counter(dict(self.value_counts.most_common(COUNTED_VALUES)))

    def _add_to_sketch(self, values: pa.Array) -> None:
        self.sketch.add(pc.cast(values, pa.string()) if self.kind in HASHED_AS_TEXT else values)

    def as_json(self, sample: pa.Table | None) -> dict[str, Any]:
        values = {
            "name": self.name,
            "type": self.kind,
            "count": self.count,
            "nulls": self.nulls,
            "distinct": len(self.value_counts) if self.is_exact else min(self.sketch.estimate, self.count - self.nulls),
            "distinct_is_exact": self.is_exact,
            "min": _plain(self.minimum),
            "max": _plain(self.maximum),
            "mean": _plain(self.sum / self.sum_count) if self.sum_count else None,
            "top": [{"value": _plain(value), "count": count} for value, count in self._top()],
        }
        if self.kind is ColumnType.NUMBER:
            values["whole"] = self.is_whole
        if has_distribution(self.kind) and sample is not None:
            values |= distribution(sample.column(self.name))
        return values

    def _top(self) -> list[tuple[Any, int]]:
        shown = ALL_VALUES if self.is_exact and len(self.value_counts) <= ALL_VALUES else TOP_VALUES
        return sorted(self.value_counts.items(), key=lambda item: (-item[1], str(item[0])))[:shown]


def has_distribution(kind: ColumnType) -> bool:
    return kind.is_numeric or kind in TIMES


def _plain(value: Any) -> Any:
    """A value that JSON has: dates as ISO texts, infinities as none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    return value if value is None or isinstance(value, bool | int) else value.isoformat()
