"""A profile of each column, in one pass and bounded memory.

Counts, range and mean are exact. Quantiles and the histogram, of numbers and of times, come from a uniform sample of
the rows when there are more than SAMPLE_CELLS such cells. Distinct values are counted up to COUNTED_VALUES and
estimated beyond by the k-minimum-values sketch (Bar-Yossef et al. 2002, "Counting distinct elements in a data stream";
standard error about 1/sqrt(SKETCH_SIZE)); the most frequent values are then those among the values that came first.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.conversion.cell_errors import Origin, check_no_nul, check_utf8
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.dialect import CellFormat
from catalog.ml.tables.files.csv_reading import OnBytes
from catalog.ml.tables.profiling.column_inference import as_type
from catalog.ml.tables.profiling.doubts import Doubt, Resemblance
from catalog.ml.tables.profiling.row_sample import RowSample
from catalog.ml.tables.profiling.statistics import DistinctSketch, ValueCounts, count_values, distribution
from catalog.ml.tables.reading import TableFile, rebatch, rows_at_once, to_record_batch
from catalog.ml.tables.schema import ARROW_TYPES, Column, ColumnType

SAMPLE_CELLS = 2_000_000
SAMPLE_ROWS = 50_000
COUNTED_VALUES = 2_000
TOP_VALUES = 10
# Of a column with no more values all are named.
ALL_VALUES = 50
THREADS = 2
SHOWN_CHARACTERS = 200
# Beyond it not every whole number is a float.
LARGEST_WHOLE = 2**53


class TableDescription(NamedTuple):
    """The schema with its nulls, the number of rows, and a profile of each supported column.

    `emptied` counts the cells of text columns that a word which means a missing value emptied, by column and word.
    """

    columns: list[Column]
    rows: int
    profile: list[dict[str, Any]]
    emptied: dict[str, Counter[str]]
    doubts: list[Doubt]


class ColumnProfile:
    """What accumulates over the batches of one column."""

    def __init__(self, name: str, kind: ColumnType) -> None:
        self.name, self.kind = name, kind
        self.count = self.nulls = self.sum_count = 0
        self.sum = 0.0
        self.minimum: Any = None
        self.maximum: Any = None
        self.value_counts: Counter[Any] = Counter()
        self.is_exact = self.is_whole = True
        self.sketch = DistinctSketch()
        self.resemblance = Resemblance()
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
        self.sketch.add(pc.cast(values, pa.string()) if self.kind in _HASHED_AS_TEXT else values)

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
        if _has_distribution(self.kind) and sample is not None:
            values |= distribution(sample.column(self.name))
        return values

    def _top(self) -> list[tuple[Any, int]]:
        shown = ALL_VALUES if self.is_exact and len(self.value_counts) <= ALL_VALUES else TOP_VALUES
        return sorted(self.value_counts.items(), key=lambda item: (-item[1], str(item[0])))[:shown]


TIMES = {ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMP_UTC}
_HASHED_AS_TEXT = {*TIMES, ColumnType.BOOLEAN}


class TableProfile:
    """The profiles of all columns of a table, side by side in threads while it is open. `kinds` are their types."""

    def __init__(
        self,
        source: str,
        kinds: Mapping[str, ColumnType],
        missing: MissingWords,
        formats: Mapping[str, CellFormat] | None = None,
    ) -> None:
        self.source, self.kinds, self.missing, self.formats, self.rows = source, kinds, missing, formats or {}, 0
        read = {name: kind for name, kind in kinds.items() if kind is not ColumnType.UNSUPPORTED}
        self.profiles = [ColumnProfile(name, kind) for name, kind in read.items()]
        self.sampled = [name for name, kind in read.items() if _has_distribution(kind)]
        self.sample = RowSample(min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(self.sampled), 1)))

    def add(self, batch: pa.RecordBatch, counts: Iterable[ValueCounts], threads: ThreadPoolExecutor) -> None:
        """Rows with a column for each type but the unsupported ones, as values of these types or as texts of which
        `counts` has the values. Raises InvalidData."""
        adding = partial(_add, source=self.source, first_row=self.rows, missing=self.missing)
        list(threads.map(adding, self.profiles, counts, batch.columns))
        self.rows += batch.num_rows
        if self.sampled:
            self.sample.add(batch.select(self.sampled), self._as_typed)

    def _as_typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of the sample; texts were seen to be of their types when their values were counts."""
        columns = [
            self._with_type(values, name) if pa.types.is_string(values.type) else values
            for name, values in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, batch.schema.names)

    def _with_type(self, texts: pa.StringArray, name: str) -> pa.Array | None:
        texts = self.missing.to_nulls(texts, name)
        if name in self.formats:
            texts, _ = standard_texts(texts, self.formats[name])
        return as_type(texts, self.kinds[name])

    def describe(self) -> TableDescription:
        nulls = {profile.name: profile.nulls for profile in self.profiles}
        columns = [Column(name, kind, nulls.get(name, 0)) for name, kind in self.kinds.items()]
        return TableDescription(
            columns,
            self.rows,
            [profile.as_json(self.sample.table) for profile in self.profiles],
            {profile.name: profile.emptied for profile in self.profiles if profile.emptied},
            [doubt for profile in self.profiles if (doubt := profile.resemblance.doubt(profile.name))],
        )


def profile_table(
    table: TableFile, types: Mapping[str, ColumnType], *, on_bytes: OnBytes | None = None
) -> TableDescription:
    """The description of the table with these types, in one pass over it.

    Raises InvalidData for a cell that is not of its column's type, or holds what no database takes.
    """
    arrow_types = {name: ARROW_TYPES[kind] for name, kind in types.items() if kind is not ColumnType.UNSUPPORTED}
    texts = [name for name, kind in types.items() if kind is ColumnType.STRING]
    profile = TableProfile(table.name, types, table.missing)
    table = table.with_missing(table.missing.without(texts))  # they are counted as they are written
    with closing(table.prefetch_batches(arrow_types, on_bytes=on_bytes)) as batches, profiling_threads() as threads:
        for rows in rebatch(batches, rows_at_once(len(arrow_types))):
            batch = to_record_batch(rows)
            profile.add(batch, threads.map(count_values, batch.columns), threads)
    return profile.describe()


def profiling_threads() -> ThreadPoolExecutor:
    """Columns are profiled side by side: Arrow works without Python's lock."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="profile")


def _add(
    profile: ColumnProfile,
    counts: ValueCounts,
    values: pa.Array,
    *,
    source: str,
    first_row: int,
    missing: MissingWords,
) -> None:
    if profile.kind is ColumnType.STRING:
        origin = Origin(source, profile.name, first_row)
        check_no_nul(values, check_utf8(counts.values, origin), origin)
        counts, words = missing.split(counts, profile.name)
        profile.emptied += words
        profile.resemblance.add(counts, values, first_row)
    profile.add(counts)


def _has_distribution(kind: ColumnType) -> bool:
    return kind.is_numeric or kind in TIMES


def _plain(value: Any) -> Any:
    """A value that JSON has: dates as ISO texts, infinities as none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    return value if value is None or isinstance(value, bool | int) else value.isoformat()
