"""Texts that a spreadsheet takes for formulas, and how CSV that people open there is kept from being one.

Excel and LibreOffice compute a cell of a CSV file that begins so, and it can call programs and addresses (CWE-1236). A
single quote before it makes it text. The light half, for the site too: no library but Python's own.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

# Also as the wide characters of East Asian keyboards, which Excel takes for the same.
FIRST = "=+-@\t\r\n＝＋－＠"
BEGINNING = rf"\A[{re.escape(FIRST)}]"
NUMBER = r"\A[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\z"
STARTS = frozenset(FIRST)
QUOTE = "'"
ROWS = 1000
IS_NUMBER = re.compile(NUMBER.replace(r"\z", r"\Z"), re.ASCII)


def escape_formula(text: str) -> str:
    """The text, after a single quote if a spreadsheet would take it for a formula; -1.5 is a number and stays one."""
    return f"{QUOTE}{text}" if text[:1] in STARTS and not IS_NUMBER.match(text) else text


def escape_formulas(content: Iterable[bytes]) -> Iterator[bytes]:
    """A CSV file in UTF-8, in pieces, with all such cells after a single quote; lines end as RFC 4180 has them."""
    csv.field_size_limit(sys.maxsize)
    rows = csv.reader(io.TextIOWrapper(io.BufferedReader(_Pieces(content)), "utf-8", newline=""))
    while some := list(islice(rows, ROWS)):
        lines = io.StringIO(newline="")
        fit = ([escape_formula(cell) if cell[:1] in STARTS else cell for cell in row] for row in some)
        csv.writer(lines).writerows(fit)
        yield lines.getvalue().encode()


class _Pieces(io.RawIOBase):
    """Pieces of bytes, read as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.rest = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        self.rest = self.rest or next(self.pieces, b"")
        count = min(len(buffer), len(self.rest))
        buffer[:count], self.rest = self.rest[:count], self.rest[count:]
        return count
