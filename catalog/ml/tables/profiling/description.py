"""What the catalog records of a table that it does not know yet: types, number of rows and a profile of each column."""

from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.files.csv_reading import OnBytes
from catalog.ml.tables.profiling.inference import infer_type, text_batches
from catalog.ml.tables.profiling.profile import TableDescription, TableProfile, profiling_threads
from catalog.ml.tables.profiling.statistics import ValueCounts, count_values
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType


@dataclass(frozen=True)
class CsvDescription:
    """What one pass over a CSV file tells.

    `emptied` counts the cells that a word which means a missing value emptied, by column and word. The table's
    description is made with the types of the first rows; it is None when a later row takes a wider one.
    """

    types: dict[str, ColumnType]
    emptied: dict[str, Counter[str]]
    table: TableDescription | None


@dataclass(frozen=True)
class _Column:
    """Some rows of a column: the narrowest type that all of its rows until now have, and the values as that type."""

    type: ColumnType | None
    counts: ValueCounts
    emptied: Counter[str]


def describe_csv(table: TableFile, *, on_bytes: OnBytes | None = None) -> CsvDescription:
    """The types of the columns of a CSV file, from all of its rows, and in the same pass what they hold.

    Raises InvalidData.
    """
    types: dict[str, ColumnType | None] = dict.fromkeys(table.column_names)
    emptied: dict[str, Counter[str]] = defaultdict(Counter)
    profile: TableProfile | None = None
    is_first = True
    with closing(text_batches(table, on_bytes=on_bytes)) as batches, profiling_threads() as threads:
        for texts in batches:
            columns = list(threads.map(_count, texts.columns, types.items(), [table.missing] * len(types)))
            before, types = types, {name: column.type for name, column in zip(types, columns, strict=True)}
            if is_first:
                profile = TableProfile(table.name, _without_none(types), table.missing)
            elif types != before:
                profile = None
            is_first = False
            if profile:
                profile.add(texts, [column.counts for column in columns], threads)
            for name, column in zip(types, columns, strict=True):
                emptied[name] += column.emptied
            del texts, columns  # before the next ones are read
    return CsvDescription(_without_none(types), dict(emptied), profile.describe() if profile else None)


def _count(texts: pa.StringArray, present: tuple[str, ColumnType | None], missing: MissingWords) -> _Column:
    name, kind = present
    counts, emptied = missing.split(count_values(texts), name)
    kind, values = infer_type(counts.values, kind)
    return _Column(kind, counts.with_values(values), emptied)


def _without_none(types: dict[str, ColumnType | None]) -> dict[str, ColumnType]:
    """A column without a value is text."""
    return {name: kind or ColumnType.STRING for name, kind in types.items()}
