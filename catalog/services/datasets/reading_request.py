"""How people want a table to be read, as they write it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from catalog.exceptions import InvalidRequest, near
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.dialects.dialect import ALL, HALF_DAYS, MARKS, Dialect, DialectRequest, GivenFormats
from catalog.ml.tables.dialects.text_encodings import check_encoding
from catalog.ml.tables.importing.plain_files import PlainFile
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType, parse_overrides

DELIMITER_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
# What only files of text have; texts that write numbers and dates in their own way are in others too.
TEXT_FIELDS = ("delimiter", "encoding", "skip_rows", "skip_footer", "comment")
DATE_PARTS = (["Y", "d", "m"], ["d", "m", "y"], ["Y", "b", "d"], ["b", "d", "y"])
# A time may follow each date: only whether it has AM or PM is a matter of the format.
WITH_CLOCK = re.compile(r"(.*?)(,?[ T]+(?:%H:%M(?::%S(?:\.%f)?)?|%I(?::%M(?::%S(?:\.%f)?)?)? ?%p))?")


@dataclass(frozen=True)
class ReadingRequest:
    """`column_types` are `column=type`, `missing` the words that mean a missing value instead of the usual ones,
    `missing_in` `column=word` for single columns. The others are what is not to be found by looking at a text file;
    `decimal`, `thousands` and `date_format` hold for all columns or, as `column=…`, for one."""

    column_types: Sequence[str] = ()
    missing: Sequence[str] | None = None
    missing_in: Sequence[str] = ()
    delimiter: str = ""
    encoding: str = ""
    decimal: Sequence[str] = ()
    thousands: Sequence[str] = ()
    date_format: Sequence[str] = ()
    skip_rows: int = 0
    skip_footer: int = 0
    comment: str = ""

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
        return ReadOptions(MissingWords(words, by_column), request=self.dialect_request)

    @property
    def dialect_request(self) -> DialectRequest:
        """Raises InvalidRequest."""
        for name in ("skip_rows", "skip_footer"):
            if getattr(self, name) < 0:
                raise InvalidRequest(f"`{name}` must be 0 or more, not {getattr(self, name)}.")
        delimiter = DELIMITER_WORDS.get(self.delimiter, self.delimiter)
        if len(delimiter) > 1 or delimiter in {'"', "\n", "\r"} or not delimiter.isascii():
            raise InvalidRequest(f"`delimiter` must be one sign, as ; or tab, not {self.delimiter!r}.")
        formats = GivenFormats(
            _by_column("decimal", self.decimal, ".,"),
            _by_column("thousands", self.thousands, "".join(MARKS)),
            {column: _check_date(date) for column, date in _by_column("date_format", self.date_format).items()},
        )
        encoding = check_encoding(self.encoding) if self.encoding else ""
        return DialectRequest(delimiter, encoding, self.skip_rows, self.skip_footer, self.comment, formats)

    def sheet(self, name: str, missing: MissingWords | None = None) -> SheetRequest:
        """What to read of a workbook, by the words that it says or by these."""
        return SheetRequest(name, self.skip_rows, self.skip_footer, missing or self.options.missing)

    def of_table(self, plain: PlainFile) -> Self:
        """What is left to say of the table: the lines around that of a sheet were left out already."""
        return replace(self, skip_rows=0, skip_footer=0) if plain.is_sheet else self

    def check_columns(self, options: ReadOptions, names: Sequence[str]) -> dict[str, ColumnType]:
        """The types that people gave, by column. Raises InvalidRequest for a column that is not there."""
        for column in options.missing.by_column:
            if column not in names:
                raise InvalidRequest(f"`missing_in`: there is no column {column!r}.{near(column, names)}")
        for field, values in _given(options.request.formats).items():
            for column in values:
                if column != ALL and column not in names:
                    raise InvalidRequest(f"`{field}`: there is no column {column!r}.{near(column, names)}")
        return parse_overrides(self.column_types, list(names))

    def check_no_dialect(self, source: str) -> None:
        """Raises InvalidRequest when it says how a file of text is written, and the table is in none."""
        for name in TEXT_FIELDS:
            if getattr(self, name):
                raise InvalidRequest(
                    f"`{name}` is for files of text, and the columns of {source} have types of their own."
                )

    def check_texts(self, table: TableFile) -> None:
        """Raises InvalidRequest when it says how a column is written that is no text in the table."""
        for field, values in _given(self.dialect_request.formats).items():
            for column in values:
                if column != ALL and not table.holds_texts(column):
                    raise InvalidRequest(f"`{field}`: column {column!r} of {table.name} is no text.")

    def check_formats_used(self, dialect: Dialect) -> None:
        """Raises InvalidRequest for a way of writing that no column has, or not the one for which it was said."""
        parts = {"decimal": "decimal", "thousands": "thousands", "date_format": "date"}
        for field, values in _given(self.dialect_request.formats).items():
            used = {name: getattr(written, parts[field]) for name, written in dialect.formats.items()}
            if field == "date_format" and not any(date.endswith(HALF_DAYS) for date in values.values()):
                used = {name: date.removesuffix(HALF_DAYS) for name, date in used.items()}
            for column, value in values.items():
                if (field, value) == ("decimal", "."):
                    continue
                if column == ALL and value not in used.values():
                    raise InvalidRequest(f"`{field}`: no column is written with {value!r} throughout.")
                if column != ALL and used.get(column) != value:
                    raise InvalidRequest(f"`{field}`: column {column!r} is not written with {value!r} throughout.")


def _given(formats: GivenFormats) -> dict[str, Mapping[str, str]]:
    """By field, what was said of which column."""
    return {"decimal": formats.decimal, "thousands": formats.thousands, "date_format": formats.date}


def _by_column(field: str, assignments: Sequence[str], allowed: str = "") -> Mapping[str, str]:
    """`["x=,", "."]` as values by column, with ALL for all others. Raises InvalidRequest."""
    values = {}
    for assignment in assignments:
        column, separator, value = assignment.rpartition("=")
        if not value or (allowed and (len(value) > 1 or value not in allowed)):
            marks = [repr(mark) for mark in dict.fromkeys(allowed)]
            expected, example = (" or ".join(marks), marks[0]) if marks else ("a format as %d/%m/%Y", "%d/%m/%Y")
            raise InvalidRequest(f"`{field}` {assignment}: write {expected}, or COLUMN={example} for one.")
        values[column if separator else ALL] = value
    return values


def _check_date(date: str) -> str:
    """Raises InvalidRequest."""
    found = WITH_CLOCK.fullmatch(date.replace("%B", "%b"))
    day, clock = (found[1], found[2] or "") if found else (date, "")
    parts, between = re.findall("%(.)", day), re.sub("%.", "", day).replace(" de ", "")
    if sorted(parts) not in DATE_PARTS or any(character.isalnum() for character in between):
        raise InvalidRequest(
            f"`date_format` {date}: write %d, %m (or %b, the name of a month) and %Y (or %y, of two digits), as "
            "%d/%m/%Y, and %I:%M %p behind it for times with AM or PM."
        )
    return day + HALF_DAYS if clock.endswith("%p") else day
