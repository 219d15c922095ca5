"""What a dataset version records of its table, and what people should hear about how it was read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.exceptions import InvalidData
from catalog.ml.tables.index_columns import check_blank_columns, check_counts_rows
from catalog.ml.tables.profiling.column_inference import Question
from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.profiling.doubts import AnyDoubt
from catalog.ml.tables.profiling.first_rows import first_rows
from catalog.ml.tables.profiling.inference import infer_partitions
from catalog.ml.tables.profiling.notes import (
    blank_note,
    dialect_note,
    doubt_notes,
    emptied_note,
    end_note,
    index_note,
    narrow_note,
    partition_note,
    width_note,
)
from catalog.ml.tables.profiling.profile import TableDescription, profile_table
from catalog.ml.tables.profiling.questions import check_answered, question_notes
from catalog.ml.tables.profiling.text_columns import find_asked, fit_formats, read_texts
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
    doubts: Sequence[AnyDoubt]


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


def describe_file(
    path: Path, source: str, reading: ReadingRequest, progress: Progress, *, address: str = ""
) -> TableRecord:
    """What is recorded of the table in the file, which people keep at `address`. Raises InvalidData, InvalidRequest."""
    options = reading.options
    table = open_table(path, source, options, address=address)
    overrides = reading.check_columns(options, table.column_names)
    table = drop_index_columns(table, overrides)
    if not table.is_csv:
        types = {name: column_type(table.column_types[name]) for name in table.raw_names}
        types |= infer_partitions([table.partitions])
        return describe_typed(table, types, overrides, reading, progress, table.path.stat().st_size)
    with progress.step("read", total=table.path.stat().st_size, unit="bytes"):
        described = describe_csv(table, options.request.formats, on_bytes=progress.advance)
    table = table.with_formats(fit_formats(described.formats, described.lost_formats, overrides))
    reading.check_formats_used(table.dialect)
    profile = described.table
    if profile is None or overrides:
        with progress.step("profile", total=table.path.stat().st_size, unit="bytes"):
            profile = profile_table(table, {**described.types, **overrides}, on_bytes=progress.advance)
    return make_record(table, profile, described.emptied, overrides, list(described.questions.values()))


def describe_typed(
    table: TableFile,
    types: Mapping[str, ColumnType],
    overrides: Mapping[str, ColumnType],
    reading: ReadingRequest,
    progress: Progress,
    total_bytes: int,
    **fields: Any,
) -> TableRecord:
    """Of a table whose columns have `types` of their own. Raises InvalidData, InvalidRequest."""
    reading.check_no_dialect(table.name)
    given = table.options.request.formats
    asked = find_asked(table, types, overrides, given)
    with progress.step("read", total=total_bytes, unit="bytes") if asked else nullcontext():
        read = read_texts(table, asked, types, overrides, given, on_bytes=progress.advance)
    table = table.with_formats(read.formats)
    reading.check_formats_used(table.dialect)
    with progress.step("profile", total=total_bytes, unit="bytes"):
        description = profile_table(table, read.types, on_bytes=progress.advance)
    return make_record(table, description, {}, overrides, read.questions, **fields)


def drop_index_columns(table: TableFile, overrides: Mapping[str, ColumnType]) -> TableFile:
    """The table without the columns that only number its rows, unless people gave one a type. Raises InvalidData."""
    check_counts_rows(table)
    check_blank_columns(table)
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
    questions = [question for question in questions if not question.is_answered_by(overrides.get(question.column))]
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
                *question_notes(questions, table),
                *(width_note(table.column_names) if table.is_csv else []),
                *end_note(is_whole=table.is_whole),
                *index_note(dropped),
                *blank_note(table.blank_columns),
                *partition_note(table.partitions),
                *narrow_note(table, table.column_names),
                *emptied_note({**description.emptied, **emptied}),
                *doubt_notes(doubts),
            ],
            **fields,
        }
    )
