"""What a dataset version records of its table, and what people should hear about how it was read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.exceptions import InvalidData, InvalidRequest, near
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.index_columns import check_counts_rows
from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.profiling.inference import infer_partitions
from catalog.ml.tables.profiling.notes import doubt_notes, emptied_note, index_note, partition_note
from catalog.ml.tables.profiling.profile import TableDescription, first_rows, profile_table
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile, open_table
from catalog.ml.tables.schema import ColumnType, column_type, parse_overrides
from catalog.progress import Progress


@dataclass(frozen=True)
class ReadingRequest:
    """How people want a table to be read: `column_types` are `column=type`, `missing` the words that mean a missing
    value instead of the usual ones, `missing_in` `column=word` for single columns."""

    column_types: Sequence[str] = ()
    missing: Sequence[str] | None = None
    missing_in: Sequence[str] = ()

    @property
    def is_usual(self) -> bool:
        return self == ReadingRequest()

    @property
    def options(self) -> ReadOptions:
        """Raises InvalidRequest."""
        by_column: dict[str, tuple[str, ...]] = {}
        for assignment in self.missing_in:
            column, separator, word = assignment.rpartition("=")
            if not separator or not column:
                raise InvalidRequest(f"`missing_in` {assignment}: write COLUMN=WORD.")
            by_column[column] = (*by_column.get(column, ()), word.strip())
        usual = MissingWords()
        words = usual.words if self.missing is None else tuple(word.strip() for word in self.missing)
        return ReadOptions(MissingWords(words, by_column))

    def check_columns(self, options: ReadOptions, names: Sequence[str]) -> dict[str, ColumnType]:
        """The types that people gave, by column. Raises InvalidRequest for a column that is not there."""
        for column in options.missing.by_column:
            if column not in names:
                raise InvalidRequest(f"`missing_in`: there is no column {column!r}.{near(column, names)}")
        return parse_overrides(self.column_types, list(names))


@dataclass(frozen=True)
class TableRecord:
    """The fields of a DatasetVersion that tell of its table. `notes` is what people should hear, one line each."""

    file_format: str
    schema: list[dict[str, Any]]
    row_count: int
    profile: list[dict[str, Any]]
    first_rows: list[list[str | None]]
    read_options: dict[str, Any]
    part_count: int = 0
    part_bytes: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "notes"}


def describe_file(path: Path, source: str, reading: ReadingRequest, progress: Progress) -> TableRecord:
    """What is recorded of the table in the file. Raises InvalidData, InvalidRequest."""
    options = reading.options
    table = open_table(path, source, options)
    overrides = reading.check_columns(options, table.column_names)
    table = drop_index_columns(table, overrides)
    types, emptied, description = _infer(table, progress)
    if description is None or overrides:
        with progress.step("profile", total=path.stat().st_size, unit="bytes"):
            description = profile_table(table, {**types, **overrides}, on_bytes=progress.advance)
    return make_record(table, description, emptied, overrides)


def drop_index_columns(table: TableFile, overrides: Mapping[str, ColumnType]) -> TableFile:
    """The table without the columns that only number its rows, unless people gave one a type. Raises InvalidData."""
    check_counts_rows(table)
    return table.without([name for name in table.index_columns if name not in overrides])


def _infer(
    table: TableFile, progress: Progress
) -> tuple[dict[str, ColumnType], Mapping[str, Counter[str]], TableDescription | None]:
    """The types of all columns, the words that emptied cells, and the description if that took no second pass."""
    if not table.is_csv:
        types = {name: column_type(table.column_types[name]) for name in table.raw_names}
        return {**types, **infer_partitions([table.partitions])}, {}, None
    with progress.step("read", total=table.path.stat().st_size, unit="bytes"):
        described = describe_csv(table, on_bytes=progress.advance)
    return described.types, described.emptied, described.table


def make_record(
    table: TableFile,
    description: TableDescription,
    emptied: Mapping[str, Counter[str]],
    overrides: Mapping[str, ColumnType],
    **fields: Any,
) -> TableRecord:
    """Raises InvalidData for a table without rows."""
    if description.rows == 0:
        raise InvalidData(f"{table.name} has a header but no rows.")
    doubts = [doubt for doubt in description.doubts if doubt.column not in overrides]
    dropped = [name for name in table.index_columns if name not in table.raw_names]
    options = ReadOptions(table.options.missing, tuple(dropped), table.partitions)
    return TableRecord(
        **{
            "file_format": str(table.file_format),
            "schema": [column.as_json() for column in description.columns],
            "row_count": description.rows,
            "profile": description.profile,
            "first_rows": first_rows(table, table.column_names),
            "read_options": options.as_json(),
            "notes": [
                *index_note(dropped),
                *partition_note(table.partitions),
                *emptied_note({**description.emptied, **emptied}),
                *doubt_notes(doubts),
            ],
            **fields,
        }
    )
