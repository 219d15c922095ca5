"""A CSV file as it lies there, and as Arrow can read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import Dialect
from catalog.ml.tables.dialects.text_copy import TextCopy, needs_copy
from catalog.ml.tables.dialects.text_encodings import UTF_8, is_one_byte
from catalog.ml.tables.files.column_names import name_blank_ends
from catalog.ml.tables.files.reading_errors import reading_errors

BLOCK_BYTES = 1024 * 1024
HEADER_BYTES = 16 * BLOCK_BYTES


@dataclass(frozen=True)
class TextFile:
    """A file of text, perhaps compressed by gzip, and what people call it."""

    path: Path
    name: str
    is_gzip: bool

    @contextmanager
    def open(self) -> Iterator[tuple[pa.NativeFile, pa.NativeFile]]:
        """The text of the file, and the file itself, whose position says how far the reading is.

        Both are Arrow's own: it reads ahead in a thread, which must not call into Python while the process ends.
        """
        with pa.OSFile(str(self.path)) as file:
            yield pa.CompressedInputStream(file, "gzip") if self.is_gzip else file, file

    def chunks(self) -> Iterator[bytes]:
        """Raises InvalidData."""
        with reading_errors(self.name), self.open() as (stream, _):
            while chunk := stream.read(BLOCK_BYTES):
                yield chunk

    def tail(self, size: int) -> bytes:
        """About as many bytes of the end."""
        last = b""
        for chunk in self.chunks():
            last = (last[-size:] if len(chunk) < size else b"") + chunk
        return last[-size:]

    def head(self, size: int) -> bytes:
        with reading_errors(self.name), self.open() as (stream, _):
            return bytes(stream.read(size))


@dataclass(frozen=True)
class CsvSource:
    """The table in a text file, and its dialect. `copy` is what Arrow reads where it finds no rows and cells in the
    file itself."""

    file: TextFile
    dialect: Dialect
    copy: TextCopy | None = None

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def encoding(self) -> str:
        """Of the readable file, of which Arrow knows UTF-8 alone."""
        return self.dialect.encoding if is_one_byte(self.dialect.encoding) else UTF_8

    @property
    def readable(self) -> TextFile:
        return TextFile(self.copy.path, self.name, is_gzip=False) if self.copy else self.file

    @cached_property
    def _first_record(self) -> tuple[list[str], int]:
        """Its cells, and the byte at which the rows begin. Raises InvalidData."""
        head = self.readable.head(HEADER_BYTES)
        end = end_of_first_record(head)
        try:
            record = head[:end].decode(self.encoding).encode()
        except UnicodeDecodeError as error:
            raise not_decoded(self.name, self.encoding) from error
        options = pa.csv.ReadOptions(block_size=HEADER_BYTES, use_threads=False)
        with reading_errors(self.name):
            read = pa.csv.read_csv(pa.BufferReader(record + b"\n"), read_options=options, parse_options=self.parsing)
        return list(read.column_names), _next_line(head, end)

    @property
    def header(self) -> tuple[list[str], int]:
        """The names of the columns as they are written, and the byte at which the rows begin. Raises InvalidData."""
        cells, start = self._first_record
        return name_blank_ends(cells)[0], start

    @property
    def blank_columns(self) -> list[str]:
        """What the last columns are called, of those that have no name."""
        return name_blank_ends(self._first_record[0])[1]

    @property
    def parsing(self) -> pa.csv.ParseOptions:
        return pa.csv.ParseOptions(delimiter=self.dialect.delimiter, newlines_in_values=True)


def open_source(file: TextFile, dialect: Dialect) -> CsvSource:
    """Raises InvalidData."""
    if not needs_copy(dialect):
        return CsvSource(file, dialect)
    try:
        return CsvSource(file, dialect, TextCopy(file.chunks(), dialect))
    except UnicodeDecodeError as error:
        raise not_decoded(file.name, dialect.encoding) from error


def not_decoded(name: str, encoding: str) -> InvalidData:
    advice = "Save it as UTF-8." if encoding == UTF_8 else "Say its `encoding`, or save it as UTF-8."
    return InvalidData(f"{name} can't be read: it holds bytes that are not {encoding}. {advice}")


def end_of_first_record(head: bytes) -> int:
    """Where the header ends: the first line break that is not within quotes."""
    end = 0
    while True:
        breaks = [at for at in (head.find(b"\n", end), head.find(b"\r", end)) if at >= 0]
        end = min(breaks, default=len(head))
        line = head[:end]
        if end == len(head) or (line.count(b'"') % 2 == 0 and line.strip(b"\xef\xbb\xbf \r\n")):
            return end
        end += 1


def _next_line(head: bytes, end: int) -> int:
    return end + (2 if head[end : end + 2] == b"\r\n" else 1 if end < len(head) else 0)
