"""Texts that a spreadsheet takes for formulas, and how CSV that people open there is kept from being one.

Excel and LibreOffice compute a cell of a CSV file that begins so, and it can call programs and addresses (CWE-1236). A
single quote before it makes it text. The light half, for the site too: no library but Python's own.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Also as the wide characters of East Asian keyboards, which Excel takes for the same.
FIRST = "=+-@\t\r\n＝＋－＠"
BEGINNING = rf"\A[{re.escape(FIRST)}]"
NUMBER = r"\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z"
STARTS = frozenset(FIRST)
QUOTE = "'"
ROWS = 100
IS_NUMBER = re.compile(NUMBER.replace(r"\z", r"\Z"), re.ASCII)
# With decimal commas, thousands and a sign of money or %: nothing in it can be computed but the number.
IS_WRITTEN_NUMBER = re.compile(r"\A[+-][€$£¥]?\d[\d.,'\u2019 \u00a0\u202f]*[€$£¥%]?\Z", re.ASCII)
MARK = "\ufeff"  # of the byte order
MARKED = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
GUESSED_DELIMITERS = ",;\t|"
LONGEST = 4 * 1024**2  # characters of a line or cell: what is longer is no table, and ends the download
GZIP = 31  # the window bits by which zlib writes gzip's header


@dataclass(frozen=True)
class CsvText:
    """How a CSV file is written. `has_marks` says that numbers are not all written as -1.5."""

    delimiter: str = ","
    encoding: str = "utf-8"
    has_marks: bool = False
    is_packed: bool = False

    @classmethod
    def guess(cls, head: bytes) -> "CsvText":
        """Of a file that nobody described, by its beginning: the separator that its first line has most of."""
        encoding = next((name for mark, name in MARKED.items() if head.startswith(mark)), "utf-8")
        first = head.decode(encoding, errors="replace").partition("\n")[0]
        return cls(max(GUESSED_DELIMITERS, key=first.count), encoding, has_marks=True)

    def escape(self, cell: str) -> str:
        is_number = self.has_marks and IS_WRITTEN_NUMBER.match(cell)
        return cell if is_number else escape_formula(cell)


PLAIN = CsvText()


def escape_formula(text: str) -> str:
    """The text, after a single quote if a spreadsheet would take it for a formula; -1.5 is a number and stays one."""
    return f"{QUOTE}{text}" if text[:1] in STARTS and not IS_NUMBER.match(text) else text


def escape_formulas(content: Iterable[bytes], written: CsvText = PLAIN) -> Iterator[bytes]:
    """A CSV file in pieces, with all such cells after a single quote; lines end as RFC 4180 has them."""
    file = cast(IO[bytes], io.BufferedReader(_Pieces(content)))
    if not written.is_packed:
        yield from _escaped(file, written)
        return
    packing = zlib.compressobj(wbits=GZIP)
    with gzip.GzipFile(fileobj=file) as unpacked:
        for piece in _escaped(cast(IO[bytes], unpacked), written):
            yield packing.compress(piece)
    yield packing.flush()


def _escaped(file: IO[bytes], written: CsvText) -> Iterator[bytes]:
    csv.field_size_limit(LONGEST)
    # Bytes that are no text in that encoding go through as they are.
    text = io.TextIOWrapper(file, written.encoding, errors="surrogateescape", newline="")
    first = text.read(1)
    yield (first if first == MARK else "").encode(written.encoding)
    rows = csv.reader(_lines("" if first == MARK else first, text), delimiter=written.delimiter)
    while some := list(islice(rows, ROWS)):
        lines = io.StringIO(newline="")
        fit = ([written.escape(cell) if cell[:1] in STARTS else cell for cell in row] for row in some)
        csv.writer(lines, delimiter=written.delimiter).writerows(fit)
        yield lines.getvalue().encode(written.encoding, errors="surrogateescape")


def _lines(first: str, text: IO[str]) -> Iterator[str]:
    """The lines of the text, of which the first character was read already."""
    while line := first + text.readline(LONGEST):
        if len(line) >= LONGEST:
            raise csv.Error(f"line longer than {LONGEST:,} characters")
        yield line
        first = ""


class _Pieces(io.RawIOBase):
    """Pieces of bytes, read as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer)
        self.rest = self.rest or next(self.pieces, b"")
        count = min(len(target), len(self.rest))
        target[:count], self.rest = self.rest[:count], self.rest[count:]
        return count
