"""What a dataset version records of its table, and what people should hear about how it was read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import PLAIN, CellFormat
from catalog.ml.tables.index_columns import check_counts_rows
from catalog.ml.tables.profiling.column_inference import Question
from catalog.ml.tables.profiling.description import CsvDescription, describe_csv
from catalog.ml.tables.profiling.doubts import Doubt
from catalog.ml.tables.profiling.first_rows import first_rows
from catalog.ml.tables.profiling.inference import infer_partitions
from catalog.ml.tables.profiling.notes import (
    dialect_note,
    doubt_notes,
    emptied_note,
    end_note,
    index_note,
    partition_note,
)
from catalog.ml.tables.profiling.profile import TableDescription, profile_table
from catalog.ml.tables.profiling.questions import check_answered, question_notes
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile, open_table
from catalog.ml.tables.schema import ColumnType, column_type
from catalog.progress import Progress
from catalog.services.datasets.reading_request import ReadingRequest


@dataclass(frozen=True)
class RecordReading:
    """What was read for a record: the table by its dialect, and what is not clear or doubtful in it."""

    table: TableFile
    questions: Sequence[Question]
    doubts: Sequence[Doubt]


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
    reading: RecordReading | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Raises InvalidData when it has to be asked how a column is meant."""
        if self.reading:
            check_answered(self.reading.questions, self.reading.table.name)
        return {name: value for name, value in vars(self).items() if name not in {"notes", "reading"}}


def describe_file(path: Path, source: str, reading: ReadingRequest, progress: Progress) -> TableRecord:
    """What is recorded of the table in the file. Raises InvalidData, InvalidRequest."""
    options = reading.options
    table = open_table(path, source, options)
    overrides = reading.check_columns(options, table.column_names)
    table = drop_index_columns(table, overrides)
    if not table.is_csv:
        reading.check_no_dialect(source)
        types = {name: column_type(table.column_types[name]) for name in table.raw_names}
        types |= infer_partitions([table.partitions])
        description = _profile(table, {**types, **overrides}, progress)
        return make_record(table, description, {}, overrides)
    with progress.step("read", total=table.path.stat().st_size, unit="bytes"):
        described = describe_csv(table, options.request.formats, on_bytes=progress.advance)
    table = table.with_formats(_formats(described, overrides))
    reading.check_formats_used(table.dialect)
    profile = described.table
    if profile is None or overrides:
        profile = _profile(table, {**described.types, **overrides}, progress)
    questions = [question for name, question in described.questions.items() if name not in overrides]
    return make_record(table, profile, described.emptied, overrides, questions)


def _profile(table: TableFile, types: Mapping[str, ColumnType], progress: Progress) -> TableDescription:
    with progress.step("profile", total=table.path.stat().st_size, unit="bytes"):
        return profile_table(table, types, on_bytes=progress.advance)


def _formats(described: CsvDescription, overrides: Mapping[str, ColumnType]) -> dict[str, CellFormat]:
    """How columns are written; of those that people gave a type, texts are as they stand, others as far as known."""
    formats = {**described.formats, **{name: described.lost_formats.get(name, PLAIN) for name in overrides}}
    formats |= {name: described.formats[name] for name in overrides if name in described.formats}
    return {
        name: written
        for name, written in formats.items()
        if written != PLAIN and overrides.get(name) is not ColumnType.STRING
    }


def drop_index_columns(table: TableFile, overrides: Mapping[str, ColumnType]) -> TableFile:
    """The table without the columns that only number its rows, unless people gave one a type. Raises InvalidData."""
    check_counts_rows(table)
    return table.without([name for name in table.index_columns if name not in overrides])


def make_record(
    table: TableFile,
    description: TableDescription,
    emptied: Mapping[str, Counter[str]],
    overrides: Mapping[str, ColumnType],
    questions: Sequence[Question] = (),
    **fields: Any,
) -> TableRecord:
    """Raises InvalidData for a table without rows."""
    if description.rows == 0:
        raise InvalidData(f"{table.name} has a header but no rows.")
    doubts = [doubt for doubt in description.doubts if doubt.column not in overrides]
    dropped = [name for name in table.index_columns if name not in table.raw_names]
    options = ReadOptions(table.options.missing, tuple(dropped), table.partitions, dialect=table.dialect)
    return TableRecord(
        **{
            "file_format": str(table.file_format),
            "schema": [column.as_json() for column in description.columns],
            "row_count": description.rows,
            "profile": description.profile,
            "first_rows": first_rows(table, table.column_names),
            "read_options": options.as_json(),
            "reading": RecordReading(table, questions, doubts),
            "notes": [
                *dialect_note(table.dialect, table.example),
                *question_notes(questions, table.dialect),
                *end_note(is_whole=table.is_whole),
                *index_note(dropped),
                *partition_note(table.partitions),
                *emptied_note({**description.emptied, **emptied}),
                *doubt_notes(doubts),
            ],
            **fields,
        }
    )
