"""A profile of each column, in one pass and bounded memory.

Counts, range and mean are exact. Quantiles and the histogram come from a uniform sample of the rows when there are more
than SAMPLE_CELLS cells of numbers. Distinct values are counted up to COUNTED_LEVELS and estimated beyond by the
k-minimum-values sketch (Bar-Yossef et al. 2002, "Counting distinct elements in a data stream"; standard error about
1/sqrt(SKETCH_SIZE)); the most frequent values are then those among the levels that came first.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.casting import check_text
from catalog.ml.histograms import histogram, quantiles
from catalog.ml.schema import ARROW_TYPES, Column, ColumnType
from catalog.ml.tables import OnBytes, TableFile, rows_at_once, slices, whole_batch

SAMPLE_CELLS = 2_000_000
SAMPLE_ROWS = 50_000
COUNTED_LEVELS = 2_000
SKETCH_SIZE = 1_024
TOP_VALUES = 10
FIRST_ROWS = 10
THREADS = 2
SHOWN_CHARACTERS = 200
HISTOGRAM_BINS = 20
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
HASH_SPACE = 2.0**64

Described = tuple[list[Column], int, list[dict[str, Any]]]


class RowSample:
    """A uniform sample of rows, kept by the smallest of random keys, the same for the same table."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.random = np.random.default_rng(0)
        self.keys = np.empty(0)
        self.table: pa.Table | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        keys = self.random.random(batch.num_rows)
        limit = self.keys.max() if len(self.keys) >= self.rows else math.inf
        chosen = np.flatnonzero(keys < limit)
        if not len(chosen):
            return
        added = pa.Table.from_batches([batch]).take(chosen)
        keys = np.concatenate([self.keys, keys[chosen]])
        table = added if self.table is None else pa.concat_tables([self.table, added])
        kept = np.sort(np.argpartition(keys, self.rows)[: self.rows]) if len(keys) > self.rows else np.arange(len(keys))
        self.keys, self.table = keys[kept], table.take(kept).combine_chunks()


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


class ColumnProfile:
    """What accumulates over the batches of one column."""

    def __init__(self, name: str, kind: ColumnType) -> None:
        self.name, self.kind = name, kind
        self.count = self.nulls = self.sum_count = 0
        self.sum = 0.0
        self.minimum: Any = None
        self.maximum: Any = None
        self.levels: Counter[Any] = Counter()
        self.counts_all_levels = True
        self.sketch = DistinctSketch()

    def add(self, values: pa.Array) -> None:
        self.nulls += values.null_count
        self.count += len(values)
        values = values.drop_null()
        if not len(values):
            return
        if self.kind is not ColumnType.STRING:
            self._add_range(values)
        if self.kind.is_numeric:
            finite = values.filter(pc.is_finite(values))
            self.sum += pc.sum(pc.cast(finite, pa.float64(), safe=False)).as_py() or 0.0
            self.sum_count += len(finite)
        self._add_levels(values)

    def _add_range(self, values: pa.Array) -> None:
        extremes = pc.min_max(values).as_py()
        low, high = extremes["min"], extremes["max"]
        self.minimum = low if self.minimum is None else min(self.minimum, low)
        self.maximum = high if self.maximum is None else max(self.maximum, high)

    def _add_levels(self, values: pa.Array) -> None:
        counted = pc.value_counts(values)
        distinct, counts = counted.field("values"), counted.field("counts")
        self.sketch.add(pc.cast(distinct, pa.string()) if self.kind in _HASHED_AS_TEXT else distinct)
        if not self.counts_all_levels:
            known = pc.is_in(distinct, value_set=pa.array(list(self.levels), values.type))
            distinct, counts = distinct.filter(known), counts.filter(known)
        for value, count in zip(distinct.to_pylist(), counts.to_pylist(), strict=True):
            self.levels[value] += count
        if self.counts_all_levels and len(self.levels) > COUNTED_LEVELS:
            self.counts_all_levels = False
            self.levels = Counter(dict(self.levels.most_common(COUNTED_LEVELS)))

    def as_json(self, sample: pa.Table | None) -> dict[str, Any]:
        values = {
            "name": self.name,
            "type": self.kind,
            "count": self.count,
            "nulls": self.nulls,
            "distinct": len(self.levels) if self.counts_all_levels else self.sketch.estimate,
            "distinct_is_exact": self.counts_all_levels,
            "min": _plain(self.minimum),
            "max": _plain(self.maximum),
            "mean": _plain(self.sum / self.sum_count) if self.sum_count else None,
            "top": [{"value": _plain(value), "count": count} for value, count in self._top()],
        }
        if self.kind.is_numeric and sample is not None:
            values |= _distribution(sample.column(self.name))
        return values

    def _top(self) -> list[tuple[Any, int]]:
        return sorted(self.levels.items(), key=lambda item: (-item[1], str(item[0])))[:TOP_VALUES]


_HASHED_AS_TEXT = {ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMP_UTC, ColumnType.BOOLEAN}


class TableProfile:
    """The profiles of all columns of a table, side by side in threads while it is open. `kinds` are their types."""

    def __init__(self, source: str, kinds: Mapping[str, ColumnType]) -> None:
        self.source, self.kinds, self.rows = source, kinds, 0
        read = {name: kind for name, kind in kinds.items() if kind is not ColumnType.UNSUPPORTED}
        self.profiles = [ColumnProfile(name, kind) for name, kind in read.items()]
        self.numeric = [name for name, kind in read.items() if kind.is_numeric]
        self.sample = RowSample(min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(self.numeric), 1)))

    def add(self, batch: pa.RecordBatch, threads: ThreadPoolExecutor) -> None:
        """Rows with a column for each type but the unsupported ones. Raises InvalidData."""
        adding = partial(_add, source=self.source, first_row=self.rows)
        list(threads.map(adding, self.profiles, batch.columns))
        self.rows += batch.num_rows
        if self.numeric:
            self.sample.add(batch.select(self.numeric))

    def described(self) -> Described:
        """The schema with its nulls, the number of rows, and a profile of each supported column."""
        nulls = {profile.name: profile.nulls for profile in self.profiles}
        columns = [Column(name, kind, nulls.get(name, 0)) for name, kind in self.kinds.items()]
        return columns, self.rows, [profile.as_json(self.sample.table) for profile in self.profiles]


def profile_table(table: TableFile, types: Mapping[str, ColumnType], *, on_bytes: OnBytes | None = None) -> Described:
    """What TableProfile.described() tells, in one pass over the table.

    Raises InvalidData for a cell that is not of its column's type, or holds what no database takes.
    """
    arrow_types = {name: ARROW_TYPES[kind] for name, kind in types.items() if kind is not ColumnType.UNSUPPORTED}
    found = TableProfile(table.name, types)
    with closing(table.batches_ahead(arrow_types, on_bytes=on_bytes)) as batches, profiling_threads() as threads:
        for part in slices(batches, rows_at_once(len(arrow_types))):
            found.add(whole_batch(part), threads)
    return found.described()


def profiling_threads() -> ThreadPoolExecutor:
    """Columns are profiled side by side: Arrow works without Python's lock."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="profile")


def _add(profile: ColumnProfile, values: pa.Array, *, source: str, first_row: int) -> None:
    if profile.kind is ColumnType.STRING:
        check_text(values, source=source, column=profile.name, first_row=first_row)
    profile.add(values)


def first_rows(table: TableFile, names: Iterable[str]) -> list[list[str | None]]:
    """The first rows of the columns, as texts that are cut where they are long."""
    for batch in table.batches(dict.fromkeys(names)):
        rows = batch.slice(0, FIRST_ROWS).to_pylist()
        return [[None if cell is None else str(cell)[:SHOWN_CHARACTERS] for cell in row.values()] for row in rows]
    return []


def _distribution(values: pa.ChunkedArray) -> dict[str, Any]:
    numbers = pc.cast(values.drop_null(), pa.float64(), safe=False).to_numpy()
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return {"quantiles": None, "histogram": None}
    return {"quantiles": quantiles(numbers, QUANTILES), "histogram": histogram(numbers, HISTOGRAM_BINS)}


def _plain(value: Any) -> Any:
    """A value that JSON has: dates as ISO texts, infinities as none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    return value if value is None or isinstance(value, bool | int) else value.isoformat()
