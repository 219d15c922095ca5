"""A table as it would be read, with nothing stored."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.tables.dialects.dialect import PLAIN
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.profiling.notes import doubt_note
from catalog.ml.tables.profiling.questions import ask
from catalog.ml.tables.queries.databases import names_database
from catalog.ml.tables.queries.query_reading import read_query
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType
from catalog.progress import Progress
from catalog.services.datasets.add_dataset import find_query
from catalog.services.datasets.many_files import describe_files, list_source
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import TableRecord, describe_file
from catalog.storage.addresses import absolute_address, local_file
from catalog.storage.sources import names_many
from catalog.temporary_files import temporary_folder

FIRST_VALUES, VALUE_CHARACTERS = 5, 30


@dataclass(frozen=True)
class PreviewColumn:
    """`written` is how numbers or dates are written, empty when plainly; `values` are the first, as they are read, None
    where they are missing; `missing` counts these in all rows; `doubts` are what people should decide."""

    name: str
    type: str
    written: str
    missing: int
    values: list[str | None]
    doubts: list[str]


@dataclass(frozen=True)
class DatasetPreview:
    rows: int
    columns: list[PreviewColumn]
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def preview_dataset(
    *,
    source: str,
    reading: ReadingRequest | None = None,
    sheet: str = "",
    query: str = "",
    table: str = "",
    unsigned: bool = False,
    progress: Progress | None = None,
) -> DatasetPreview:
    """What add_dataset() would record of the table, by all of its rows. Raises CatalogError as that does, but for
    columns that it would ask about, which are among the doubts."""
    reading, progress = reading or ReadingRequest(), progress or Progress()
    if query or table or names_database(source):
        with temporary_folder() as folder:
            path = folder / "query.parquet"
            with progress.step("query", unit="bytes"):
                result = read_query(*find_query(source, query, table), path, progress.advance)
            return _preview(describe_file(path, "the query", reading, progress), result.notes)
    if names_many(source):
        if sheet:
            raise InvalidRequest("`sheet` is for one workbook, and not for a table of many files.")
        with progress.step("list"):
            files = list_source(source, unsigned)
        return _preview(describe_files(files, source, reading, unsigned, progress)[1])
    with (
        local_file(source, unsigned=unsigned, progress=progress) as file,
        plain_file(file.path, source, sheet=reading.sheet(sheet)) as plain,
    ):
        address = plain.address_in(absolute_address(source))
        record = describe_file(plain.path, source, reading.of_table(plain), progress, address=address)
        return _preview(record, plain.notes)


def _preview(record: TableRecord, notes: Sequence[str] = ()) -> DatasetPreview:
    doubts: dict[str, list[str]] = {}
    if record.reading:
        for question in record.reading.questions:
            doubts.setdefault(question.column, []).append(f"It {ask(question)}")
        for doubt in record.reading.doubts:
            doubts.setdefault(doubt.column, []).append(doubt_note(doubt))
    values = _first_values(record)
    formats = record.reading.table.dialect.formats if record.reading else {}
    columns = [
        PreviewColumn(
            column["name"],
            column["type"],
            formats[column["name"]].words if formats.get(column["name"], PLAIN) != PLAIN else "",
            column["nulls"],
            values.get(column["name"], []),
            doubts.get(column["name"], []),
        )
        for column in record.schema
    ]
    return DatasetPreview(record.row_count, columns, [*notes, *record.notes])


def _first_values(record: TableRecord) -> dict[str, list[str | None]]:
    kinds = {column["name"]: ColumnType(column["type"]) for column in record.schema}
    types = {name: ARROW_TYPES[kind] for name, kind in kinds.items() if kind is not ColumnType.UNSUPPORTED}
    if record.reading is None or not types:
        return {}
    batch = next(record.reading.table.batches(types))
    return {
        name: [
            None if value is None else str(value)[:VALUE_CHARACTERS]
            for value in column.slice(0, FIRST_VALUES).to_pylist()
        ]
        for name, column in zip(types, batch.columns, strict=True)
    }
