"""Reading CSV files in batches of explicit types: by Arrow's typed reader, and from the first cell on that it does not
take as text, which is converted as texts of other files are."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.csv

from catalog.ml.tables.conversion.casting import is_text
from catalog.ml.tables.conversion.cell_errors import Origin
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.conversion.written_cells import cast_written
from catalog.ml.tables.dialects.dialect import CellFormat
from catalog.ml.tables.dialects.text_encodings import UTF_8, to_utf8
from catalog.ml.tables.files.csv_advice import advise_on_lines
from catalog.ml.tables.files.csv_source import BLOCK_BYTES, CsvSource, not_decoded
from catalog.ml.tables.files.reading_errors import reading_errors

Types = Mapping[str, pa.DataType | None]
OnBytes = Callable[[int], Any]
Batches = Generator[pa.RecordBatch, None, None]


@dataclass(frozen=True)
class CsvColumns:
    """What is read of a CSV file: `names` are those in the file by those here, `types` what each is read as."""

    source: CsvSource
    names: Mapping[str, str]
    types: Types
    missing: MissingWords

    @property
    def formats(self) -> Mapping[str, CellFormat]:
        """How the columns are written that are not read as texts, and not written plainly."""
        written = self.source.dialect.formats
        return {
            name: written[name]
            for name, kind in self.types.items()
            if name in written and kind is not None and not is_text(kind)
        }

    @property
    def decimal(self) -> str:
        """The decimal mark that Arrow's reader is told: it knows one for a file, and nothing of groups and signs."""
        numbers = [name for name, kind in self.types.items() if kind == pa.float64()]
        marks = {written.decimal for name in numbers if (written := self.formats.get(name)) and _is_simple(written)}
        return marks.pop() if len(marks) == 1 else "."

    @property
    def reader_types(self) -> dict[str, pa.DataType]:
        """What Arrow's reader makes of each column; as text those that have missing words or a way of writing of
        their own."""
        formats, decimal = self.formats, self.decimal
        read = {}
        for name, kind in self.types.items():
            written = formats.get(name)
            own_words = name in self.missing.by_column and kind is not None and not is_text(kind)
            is_other = kind == pa.float64() and (written.decimal if written else ".") != decimal
            is_unknown = written is not None and not (kind == pa.float64() and _is_simple(written))
            read[self.names[name]] = pa.string() if kind is None or own_words or is_other or is_unknown else kind
        return read

    def cast(self, batch: pa.RecordBatch, first_row: int) -> pa.RecordBatch:
        """The columns as their types. Raises InvalidData."""
        formats = self.formats
        columns = [
            cast_written(
                batch.column(self.names[name]),
                kind,
                formats.get(name),
                origin=Origin(self.source.name, name, first_row),
                missing=self.missing,
            )
            for name, kind in self.types.items()
        ]
        return pa.RecordBatch.from_arrays(columns, names=list(self.types))


def _is_simple(written: CellFormat) -> bool:
    return written == CellFormat(written.decimal)


def read_csv(columns: CsvColumns, on_bytes: OnBytes | None) -> Batches:
    """Batches with the columns. Raises InvalidData."""
    done, position = 0, _Position(on_bytes)
    try:
        for batch in _read(columns, columns.reader_types, position):
            yield columns.cast(batch, done)
            done += batch.num_rows
    except _UnreadCell:
        as_texts = dict.fromkeys(columns.reader_types, pa.string())
        for texts in _without_first(done, _read(columns, as_texts, position)):
            yield columns.cast(texts, done)
            done += texts.num_rows


def _without_first(rows: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        left = batch.slice(min(rows, batch.num_rows))
        rows -= batch.num_rows - left.num_rows
        if left.num_rows:
            yield left


class _UnreadCell(Exception):
    """A cell that Arrow's reader does not take as its column's type."""


class _Position:
    """Tells how many bytes were read, each once though some are read again."""

    def __init__(self, on_bytes: OnBytes | None) -> None:
        self.on_bytes, self.last = on_bytes, 0

    def reached(self, position: int) -> None:
        if self.on_bytes and position > self.last:
            self.on_bytes(position - self.last)
            self.last = position


def _read(columns: CsvColumns, types: Mapping[str, pa.DataType], position: _Position) -> Batches:
    source = columns.source
    names, start = source.header
    convert = pa.csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=columns.missing.words,
        # A text that means a missing value is found afterwards: one that is copied stays as it is written.
        strings_can_be_null=False,
        decimal_point=columns.decimal,
        check_utf8=source.encoding == UTF_8,
    )
    read = pa.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False, column_names=names)
    with reading_errors(source.name, partial(advise_on_lines, source)), source.readable.open() as (stream, file):
        stream.read(start)
        try:
            for batch in pa.csv.open_csv(
                stream, read_options=read, parse_options=source.parsing, convert_options=convert
            ):
                yield _as_utf8(batch, source)
                position.reached(file.tell())
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            if "conversion error" in str(error) and "UTF8" not in str(error):
                raise _UnreadCell from error
            raise


def _as_utf8(batch: pa.RecordBatch, source: CsvSource) -> pa.RecordBatch:
    if source.encoding == UTF_8:
        return batch
    try:
        decoded = [to_utf8(column, source.encoding) if is_text(column.type) else column for column in batch.columns]
    except UnicodeDecodeError as error:
        raise not_decoded(source.name, source.encoding) from error
    return pa.RecordBatch.from_arrays(decoded, batch.schema.names)
