"""How a text file writes a table: what separates and encodes its cells, and how its numbers and dates are written."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from catalog.exceptions import counted

SEPARATORS = {",": "comma", "\t": "tab", " ": "blank"}
MARKS = {
    ",": "comma",
    ".": "point",
    " ": "blank",
    "'": "apostrophe",
    "\u2019": "apostrophe",
    "\u00a0": "blank",
    "\u202f": "blank",
}
DATE_WORDS = {"d": "day", "m": "month", "b": "month", "y": "yy", "Y": "year"}
# Behind a date's format: the times have AM or PM.
HALF_DAYS = " %I:%M %p"
SHOWN = 4


@dataclass(frozen=True)
class CellFormat:
    """How the cells of a column write numbers or dates that are not written as 1234.5 or 2026-01-31.

    `symbol` is a currency's sign or %, which stands at every number; `date` is a format as `%d/%m/%Y`, which a time
    may follow; `%b` is a month's name, and after ` %I:%M %p` the times have AM or PM.
    """

    decimal: str = "."
    thousands: str = ""
    symbol: str = ""
    date: str = ""

    @property
    def words(self) -> str:
        """As people say it."""
        if self.date:
            return f"dates as {date_words(self.date)}"
        words = [f"decimal {MARKS[self.decimal]}"] if self.decimal != "." else []
        words += [f"thousands {MARKS[self.thousands]}"] if self.thousands else []
        return ", ".join([*words, *([f"{self.symbol} at every number"] if self.symbol else [])]) or "decimal point"

    @property
    def parts(self) -> list[str]:
        """The words for each part of it."""
        return [self.words] if self.date else self.words.split(", ")


PLAIN = CellFormat()
ALL = ""


@dataclass(frozen=True)
class GivenFormats:
    """What people said of how numbers and dates are written, by column; ALL stands for all others."""

    decimal: Mapping[str, str] = field(default_factory=dict)
    thousands: Mapping[str, str] = field(default_factory=dict)
    date: Mapping[str, str] = field(default_factory=dict)

    def marks(self, column: str) -> dict[str, str]:
        """The decimal mark and that of thousands; empty where nothing was said."""
        given = {"decimal": self.decimal, "thousands": self.thousands}
        return {name: marks.get(column, marks.get(ALL, "")) for name, marks in given.items()}

    def date_format(self, column: str) -> str:
        return self.date.get(column, self.date.get(ALL, ""))

    @property
    def columns(self) -> set[str]:
        return {*self.decimal, *self.thousands, *self.date} - {ALL}


def date_words(date: str) -> str:
    """`%d/%m/%Y` as day/month/year."""
    day, clock = (date.removesuffix(HALF_DAYS), "AM/PM") if date.endswith(HALF_DAYS) else (date, "")
    words = re.sub("%(.)", lambda part: DATE_WORDS[part[1]], day)
    more = [word for word in ("names of months" if "%b" in day else "", clock) if word]
    return f"{words} with {' and '.join(more)}" if more else words


@dataclass(frozen=True)
class Dialect:
    """`formats` are those of the columns whose cells are not written plainly. `skip_rows` are the lines above the
    header, `skip_footer` those below the last row, and lines that begin with `comment` are left out."""

    delimiter: str = ","
    encoding: str = "utf-8"
    skip_rows: int = 0
    skip_footer: int = 0
    comment: str = ""
    formats: Mapping[str, CellFormat] = field(default_factory=dict)

    @property
    def skips_lines(self) -> bool:
        return bool(self.skip_rows or self.skip_footer or self.comment)

    def join(self, other: Self) -> Self | None:
        """That of both together, if neither contradicts the other."""
        shared = self.formats.keys() & other.formats.keys()
        is_alike = replace(self, formats={}) == replace(other, formats={})
        if not is_alike or any(self.formats[name] != other.formats[name] for name in shared):
            return None
        return replace(self, formats={**self.formats, **other.formats})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        formats = {name: CellFormat(**written) for name, written in values.get("formats", {}).items()}
        return cls(**{**values, "formats": formats})

    def words(self, example: str = "", names: Iterable[str] | None = None) -> list[str]:
        """What is not as in plain CSV, as people say it; `example` is a text that shows the encoding, and `names` are
        the columns whose formats are told."""
        parts = []
        if self.delimiter != ",":
            parts.append(f"{SEPARATORS.get(self.delimiter, self.delimiter)}-separated")
        if self.encoding != "utf-8":
            parts.append(f"{self.encoding} ({example!r})" if example else self.encoding)
        head = [" ".join(parts)] if parts else []
        kept = self.formats if names is None else {name: self.formats[name] for name in names if name in self.formats}
        return [*head, *_format_words(kept), *self._line_words()]

    def _line_words(self) -> list[str]:
        words = [f"{counted(self.skip_rows, 'line')} above the header"] if self.skip_rows else []
        words += [f"{counted(self.skip_footer, 'line')} below the last row"] if self.skip_footer else []
        words += [f"lines that begin with {self.comment}"] if self.comment else []
        return [f"without {' and '.join(words)}"] if words else []


def _format_words(formats: Mapping[str, CellFormat]) -> list[str]:
    """Each way of writing with its columns: `dates as day/month/year (born, hired)`."""
    columns: dict[str, list[str]] = defaultdict(list)
    for name, written in sorted(formats.items(), key=lambda item: bool(item[1].date)):
        for part in written.parts:
            columns[part].append(name)
    return [f"{part} ({_some(names)})" for part, names in columns.items()]


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown


@dataclass(frozen=True)
class DialectRequest:
    """What people said of a file's dialect; the rest is found by looking at it."""

    delimiter: str = ""
    encoding: str = ""
    skip_rows: int = 0
    skip_footer: int = 0
    comment: str = ""
    formats: GivenFormats = field(default_factory=GivenFormats)
