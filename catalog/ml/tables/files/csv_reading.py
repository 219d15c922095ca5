"""Reading CSV files in batches of explicit types: by Arrow's typed reader, and from the first cell on that it does not
take as text, which is converted as texts of other files are."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from catalog.ml.tables.conversion.casting import cast_columns, is_text
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.files.reading_errors import reading_errors

BLOCK_BYTES = 1024 * 1024
HEADER_BYTES = 16 * BLOCK_BYTES

Types = Mapping[str, pa.DataType | None]
OnBytes = Callable[[int], Any]
Batches = Generator[pa.RecordBatch, None, None]


@dataclass(frozen=True)
class CsvSource:
    """A CSV file, what people call it, and the words that mean a missing value in it."""

    path: Path
    name: str
    is_gzip: bool
    missing: MissingWords

    @contextmanager
    def open(self) -> Iterator[tuple[pa.NativeFile, pa.NativeFile]]:
        """The text of the file, and the file itself, whose position says how far the reading is.

        Both are Arrow's own: it reads ahead in a thread, which must not call into Python while the process ends.
        """
        with pa.OSFile(str(self.path)) as file:
            yield pa.CompressedInputStream(file, "gzip") if self.is_gzip else file, file


def read_header(source: CsvSource) -> list[str]:
    """The names in the first record, as they are written. Raises InvalidData."""
    options = pa.csv.ReadOptions(block_size=HEADER_BYTES, use_threads=False, autogenerate_column_names=False)
    with reading_errors(source.name), source.open() as (stream, _):
        head = stream.read(HEADER_BYTES)
        record = pa.BufferReader(head[: _end_of_first_record(head)] + b"\n")
        return list(pa.csv.read_csv(record, read_options=options, parse_options=_parse_options()).column_names)


def _end_of_first_record(head: bytes) -> int:
    """Where the header ends: the first line break that is not within quotes."""
    end = 0
    while True:
        breaks = [at for at in (head.find(b"\n", end), head.find(b"\r", end)) if at >= 0]
        end = min(breaks, default=len(head))
        line = head[:end]
        if end == len(head) or (line.count(b'"') % 2 == 0 and line.strip(b"\xef\xbb\xbf \r\n")):
            return end
        end += 1


def read_csv(source: CsvSource, names: Mapping[str, str], types: Types, on_bytes: OnBytes | None) -> Batches:
    """Batches with the columns of `types`, of which `names` are those in the file. Raises InvalidData."""
    kinds = {names[name]: kind for name, kind in types.items()}
    columns, done, position = list(types), 0, _Position(on_bytes)
    try:
        for batch in _read(source, _reader_types(kinds, names, source.missing), position):
            yield cast_columns(batch.rename_columns(columns), types, source.name, source.missing, done)
            done += batch.num_rows
    except _UnreadCell:
        for texts in _without_first(done, _read(source, dict.fromkeys(kinds, pa.string()), position)):
            yield cast_columns(texts.rename_columns(columns), types, source.name, source.missing, done)
            done += texts.num_rows


def _reader_types(kinds: Types, names: Mapping[str, str], missing: MissingWords) -> dict[str, pa.DataType]:
    """What Arrow's reader makes of each column; a column with missing words of its own is read as text."""
    own = {names[name] for name in missing.by_column if name in names}
    return {
        name: pa.string() if kind is None or (name in own and not is_text(kind)) else kind
        for name, kind in kinds.items()
    }


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


def _parse_options() -> pa.csv.ParseOptions:
    return pa.csv.ParseOptions(newlines_in_values=True)


def _read(source: CsvSource, types: Mapping[str, pa.DataType], position: _Position) -> Iterator[pa.RecordBatch]:
    convert = pa.csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=source.missing.words,
        # A text that means a missing value is found afterwards: one that is copied stays as it is written.
        strings_can_be_null=False,
    )
    read = pa.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
    with reading_errors(source.name), source.open() as (stream, file):
        try:
            for batch in pa.csv.open_csv(
                stream, read_options=read, parse_options=_parse_options(), convert_options=convert
            ):
                yield batch
                position.reached(file.tell())
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            if "conversion error" in str(error) and "UTF8" not in str(error):
                raise _UnreadCell from error
            raise
