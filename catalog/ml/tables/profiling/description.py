"""What the catalog records of a table that it does not know yet: types, number of rows and a profile of each column."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.dialects.dialect import PLAIN, CellFormat, GivenFormats
from catalog.ml.tables.files.csv_reading import OnBytes
from catalog.ml.tables.profiling.column_inference import ColumnInference, Question, settle_formats
from catalog.ml.tables.profiling.inference import text_batches
from catalog.ml.tables.profiling.profile import TableDescription, TableProfile, profiling_threads
from catalog.ml.tables.profiling.statistics import ValueCounts, count_values
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType


@dataclass(frozen=True)
class CsvDescription:
    """What one pass over a CSV file tells.

    `formats` are how the columns are written that are not written plainly, `questions` the columns that can be read in
    two ways, `lost_formats` how the first rows of columns are written that turned out to be text. `emptied` counts the
    cells that a word which means a missing value emptied, by column and word. The table's description is made with the
    types of the first rows; it is None when a later row takes a wider one, or is written otherwise.
    """

    types: dict[str, ColumnType]
    formats: dict[str, CellFormat]
    questions: dict[str, Question]
    lost_formats: dict[str, CellFormat]
    emptied: dict[str, Counter[str]]
    table: TableDescription | None


def describe_csv(
    table: TableFile, given: GivenFormats | None = None, *, on_bytes: OnBytes | None = None
) -> CsvDescription:
    """The types of the columns of a CSV file, from all of its rows, and in the same pass what they hold.

    Raises InvalidData.
    """
    columns = {name: ColumnInference(name, given) for name in table.column_names}
    emptied: dict[str, Counter[str]] = defaultdict(Counter)
    profile: TableProfile | None = None
    used: dict[str, CellFormat] = {}
    is_first = True
    with closing(text_batches(table, on_bytes=on_bytes)) as batches, profiling_threads() as threads:
        for texts in batches:
            before = [column.state for column in columns.values()]
            read = list(threads.map(_count, texts.columns, columns.values(), [table.missing] * len(columns)))
            if is_first:
                used = {name: column.format for name, column in columns.items() if column.format != PLAIN}
                profile = TableProfile(table.name, _types(columns), table.missing, used)
            elif before != [column.state for column in columns.values()]:
                profile = None
            is_first = False
            if profile:
                profile.add(texts, [counts for counts, _ in read], threads)
            for name, (_, words) in zip(columns, read, strict=True):
                emptied[name] += words
            del texts, read  # before the next ones are read
    pa.default_memory_pool().release_unused()  # Arrow keeps what the rows were read into
    seen = _types(columns)
    formats, questions = settle_formats(columns)
    is_described = formats == used and _types(columns) == seen
    return CsvDescription(
        _types(columns),
        formats,
        questions,
        {name: column.lost_format for name, column in columns.items() if column.lost_format != PLAIN},
        dict(emptied),
        profile.describe() if profile and is_described else None,
    )


def _count(texts: pa.StringArray, column: ColumnInference, missing: MissingWords) -> tuple[ValueCounts, Counter[str]]:
    """Some rows of a column: the values as the type that all rows until now have, and the words that emptied cells."""
    counts, emptied = missing.split(count_values(texts), column.name)
    return counts.with_values(column.read(counts.values)), emptied


def _types(columns: Mapping[str, ColumnInference]) -> dict[str, ColumnType]:
    """A column without a value is text."""
    return {name: column.type or ColumnType.STRING for name, column in columns.items()}
