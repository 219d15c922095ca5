"""A profile of each column of a table, in one pass and bounded memory.

Quantiles and the histogram, of numbers and of times, come from a uniform sample of the rows when there are more than
SAMPLE_CELLS such cells.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from catalog.ml.tables.conversion.cell_errors import Origin, check_no_nul, check_utf8
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.dialect import CellFormat
from catalog.ml.tables.files.csv_reading import OnBytes
from catalog.ml.tables.profiling.column_inference import as_type
from catalog.ml.tables.profiling.column_profile import ColumnProfile, has_distribution
from catalog.ml.tables.profiling.doubts import AnyDoubt, find_doubts
from catalog.ml.tables.profiling.row_sample import RowSample
from catalog.ml.tables.profiling.statistics import ValueCounts, count_values
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.rebatching import rebatch, rows_at_once, to_record_batch
from catalog.ml.tables.schema import ARROW_TYPES, Column, ColumnType

SAMPLE_CELLS = 2_000_000
SAMPLE_ROWS = 50_000
THREADS = 2


class TableDescription(NamedTuple):
    """The schema with its nulls, the number of rows, and a profile of each supported column.

    `emptied` counts the cells of text columns that a word which means a missing value emptied, by column and word.
    """

    columns: list[Column]
    rows: int
    profile: list[dict[str, Any]]
    emptied: dict[str, Counter[str]]
    doubts: list[AnyDoubt]


class TableProfile:
    """The profiles of all columns of a table, side by side in threads while it is open. `kinds` are their types."""

    def __init__(
        self,
        source: str,
        kinds: Mapping[str, ColumnType],
        missing: MissingWords,
        formats: Mapping[str, CellFormat] | None = None,
        *,
        is_csv: bool = True,
    ) -> None:
        self.source, self.kinds, self.missing, self.formats, self.rows = source, kinds, missing, formats or {}, 0
        read = {name: kind for name, kind in kinds.items() if kind is not ColumnType.UNSUPPORTED}
        self.profiles = [ColumnProfile(name, kind, is_csv=is_csv) for name, kind in read.items()]
        self.last_row: dict[str, Any] = {}
        self.sampled = [name for name, kind in read.items() if has_distribution(kind)]
        self.sample = RowSample(min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(self.sampled), 1)))

    def add(self, batch: pa.RecordBatch, counts: Iterable[ValueCounts], threads: ThreadPoolExecutor) -> None:
        """Rows with a column for each type but the unsupported ones, as values of these types or as texts of which
        `counts` has the values. Raises InvalidData."""
        adding = partial(_add, source=self.source, first_row=self.rows, missing=self.missing)
        list(threads.map(adding, self.profiles, counts, batch.columns))
        self.rows += batch.num_rows
        self.last_row = {} if self.rows == 1 else batch.slice(batch.num_rows - 1).to_pylist()[0]
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
            find_doubts({profile.name: profile.resemblance for profile in self.profiles}, self.last_row),
        )


def profile_table(
    table: TableFile, types: Mapping[str, ColumnType], *, on_bytes: OnBytes | None = None
) -> TableDescription:
    """The description of the table with these types, in one pass over it.

    Raises InvalidData for a cell that is not of its column's type, or holds what no database takes.
    """
    arrow_types = {name: ARROW_TYPES[kind] for name, kind in types.items() if kind is not ColumnType.UNSUPPORTED}
    texts = [name for name, kind in types.items() if kind is ColumnType.STRING]
    profile = TableProfile(table.name, types, table.missing, is_csv=table.is_csv)
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
