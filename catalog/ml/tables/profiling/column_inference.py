"""The type of one column of text, and how its numbers or dates are written, from all of its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.conversion.casting import CASTS, SourceType
from catalog.ml.tables.conversion.cell_errors import find_beyond
from catalog.ml.tables.conversion.text_parsing import parse_day, parse_digits
from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.date_evidence import ISO, DateEvidence
from catalog.ml.tables.dialects.dialect import HALF_DAYS, PLAIN, CellFormat, GivenFormats
from catalog.ml.tables.dialects.number_evidence import NumberEvidence
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType

# What a column may still be when it turns out not to be what it seemed; text when none fits.
WIDER = {ColumnType.INTEGER: ColumnType.NUMBER, ColumnType.DATE: ColumnType.TIMESTAMP}
NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER)
TIMES = (ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMP_UTC)
CANDIDATES = (ColumnType.BOOLEAN, *NUMBERS, *TIMES)
# Leading zeros carry meaning (postcodes, account numbers), and 0x1F is a name before it is a number.
NOT_A_NUMBER = r"^\s*[+-]?0[0-9xX]"
# 3.0 is a whole number that was written by what had numbers, and a midnight by what had times.
STRICT = {ColumnType.INTEGER: parse_digits, ColumnType.DATE: parse_day}
FEW_VALUES = 20
BOOLEANS = pa.array(["true", "false", "True", "False", "TRUE", "FALSE"])


class ColumnInference:
    """What the values seen until now allow.

    `type` is the narrowest type that all of them have, None before there is one; `format` is how they are written;
    `lost_format` how those were written that came before the first that made the column text.
    """

    def __init__(self, name: str, given: GivenFormats | None = None) -> None:
        given = given or GivenFormats()
        self.name, self.marks = name, given.marks(name)
        self.type: ColumnType | None = None
        self.format = self.lost_format = PLAIN
        self.numbers = NumberEvidence()
        date = given.date_format(name)
        self.dates = DateEvidence((date, date.removesuffix(HALF_DAYS) + HALF_DAYS)) if date else DateEvidence()

    @property
    def state(self) -> tuple[ColumnType | None, CellFormat]:
        return self.type, self.format

    def read(self, values: pa.StringArray) -> pa.Array:
        """The values, of which missing ones are null, as the type that fits them too; text while there is none."""
        if values.null_count == len(values):
            return values if self.type is None else pc.cast(values, ARROW_TYPES[self.type])
        if self.type is ColumnType.STRING:
            return values
        read = self._read_plainly(values) if self.format == PLAIN else self._read_as(self.format, values)
        if read is None:
            read = self._read_otherwise(values)
        if read is None:
            self.lost_format = self.format if self.format != PLAIN else self._format_of_first(values)
            self.type, self.format = ColumnType.STRING, PLAIN
        return values if read is None else read

    def _format_of_first(self, values: pa.StringArray) -> CellFormat:
        """How the values before the first are written that is unlike those before it; found by halving."""
        if self.type is not None or len(values) == 1 or self._alone(values.slice(0, 1)).type is ColumnType.STRING:
            return PLAIN
        fit, unfit = 1, len(values)
        while unfit - fit > 1:
            middle = (fit + unfit) // 2
            is_text = self._alone(values.slice(0, middle)).type is ColumnType.STRING
            fit, unfit = (fit, middle) if is_text else (middle, unfit)
        return self._alone(values.slice(0, fit)).format

    def _alone(self, values: pa.StringArray) -> "ColumnInference":
        """What these values are by themselves."""
        alone = ColumnInference(self.name)
        alone.read(values)
        return alone

    def _read_plainly(self, values: pa.StringArray) -> pa.Array | None:
        found = plain_type(values, self.type)
        if found is None or (found[0] is ColumnType.NUMBER and any(self.marks.values())):
            return None
        self.type, read = found
        if self.type in NUMBERS:
            self.numbers.symbols.add("")
            if self.type is ColumnType.NUMBER and not self.numbers.is_certain:
                self.numbers.see(_trimmed(values))
        return read

    def _read_as(self, written: CellFormat, values: pa.StringArray) -> pa.Array | None:
        """The values if all are written so, with what they tell of how they may be written else."""
        plain, is_so = standard_texts(values, written, is_distinct=True)
        if not pc.all(is_so).as_py():
            return None
        kinds = TIMES if written.date else NUMBERS
        found = plain_type(plain, self.type, kinds)
        if found is None:
            return None
        if written.date and len(self.dates.formats) > 1:
            self.dates.see(values.drop_null())
            if self.dates.format() != written:
                return None
        elif not written.date and not self.numbers.is_certain:
            self.numbers.see(_trimmed(values))
            if self.numbers.format(**self.marks) != written:
                return None
        self.type = found[0]
        return found[1]

    def _read_otherwise(self, values: pa.StringArray) -> pa.Array | None:
        """The values written in another way that fits all until now."""
        if self.type is None or self.type in NUMBERS:
            self.numbers.see(_trimmed(values))
            written = self.numbers.format(**self.marks) if self.numbers.is_number else None
            if written is not None and (read := self._take(written, values, NUMBERS)) is not None:
                return read
        if self.type is ColumnType.DATE and self.format == PLAIN:  # days until now, to which times may be added
            self.dates.formats = tuple(date for date in self.dates.formats if date == ISO + HALF_DAYS)
        if self.type in {None, ColumnType.DATE} or self.format.date:
            self.dates.see(values.drop_null())
            written = self.dates.format()
            if written is not None:
                return self._take(written, values, TIMES)
        return None

    def _take(self, written: CellFormat, values: pa.StringArray, kinds: tuple[ColumnType, ...]) -> pa.Array | None:
        plain, is_so = standard_texts(values, written, is_distinct=True)
        found = plain_type(plain, self.type, kinds) if pc.all(is_so).as_py() else None
        if found is None:
            return None
        self.type, read = found
        self.format = written
        return read

    def merge(self, other: "ColumnInference") -> bool:
        """Whether the values of both, of one table, are written alike; types are compared elsewhere."""
        if self.type is None:
            self.__dict__.update(other.__dict__)
            return True
        if self.type in NUMBERS and other.type in NUMBERS:
            self.numbers.merge(other.numbers)
            written = self.numbers.format(**self.marks)
            self.format = written or self.format
            return written is not None
        if self.type in TIMES and other.type in TIMES:
            if self.format.date and other.format.date:
                self.dates.merge(other.dates)
                self.format = self.dates.format() or self.format
                return self.dates.is_date
            return self.format == other.format
        return True


@dataclass(frozen=True)
class Question:
    """A column that can be read in two ways, by an `example` of its cells; `readings` are the options that say which.
    The first is how it is read when nobody says; `must_ask` when it is not read then."""

    column: str
    example: str
    readings: tuple[CellFormat, CellFormat]
    must_ask: bool

    def is_answered_by(self, kind: ColumnType | None) -> bool:
        """Whether the type that people gave the column says which: an integer has no decimals."""
        return kind is not None and kind not in (TIMES if self.readings[0].date else (ColumnType.NUMBER,))


def settle_formats(
    columns: Mapping[str, ColumnInference],
) -> tuple[dict[str, CellFormat], dict[str, Question]]:
    """How each column is written that is not written plainly, and what of it is a question, by all rows of the file.

    Columns of numbers help each other: beside 12,5 in one, 1.234 in another is grouped, and becomes an integer.
    """
    numbers = [column for column in columns.values() if column.type in NUMBERS]
    marks = {mark for column in numbers for mark in column.numbers.decimals}
    formats, questions = {}, {}
    for name, column in columns.items():
        written = column.format
        if column.type in NUMBERS and column.numbers.is_doubtful and not any(column.marks.values()):
            written = column.numbers.format(marks) or written
            if len(marks) != 1:
                questions[name] = _number_question(column)
            elif written.thousands and not column.numbers.has_exponents:
                column.type = ColumnType.INTEGER  # there are groups alone
        elif column.format.date and (pair := column.dates.doubtful):
            questions[name] = _date_question(column, pair)
        if written != PLAIN:
            formats[name] = written
    return formats, questions


def _number_question(column: ColumnInference) -> Question:
    mark = "," if "," in column.numbers.doubtful else "."
    as_decimal = CellFormat(mark)
    grouped = CellFormat("," if mark == "." else ".", mark)
    return Question(column.name, column.numbers.example, (as_decimal, grouped), must_ask=mark == ",")


def _date_question(column: ColumnInference, pair: tuple[str, str]) -> Question:
    first, second = (CellFormat(date=date) for date in pair)
    return Question(column.name, column.dates.unlike[pair], (first, second), must_ask=True)


def _trimmed(values: pa.StringArray) -> pa.StringArray:
    return pc.utf8_trim_whitespace(values.drop_null())


def plain_type(
    values: pa.StringArray, present: ColumnType | None, kinds: tuple[ColumnType, ...] = CANDIDATES
) -> tuple[ColumnType, pa.Array] | None:
    """`present`, or the next type wide enough for `values` too, and the values as that type; None when it is text."""
    for kind in kinds if present is None else _from(present):
        if (cast := as_type(values, kind)) is not None:
            return kind, cast
    return None


def _from(present: ColumnType) -> Iterator[ColumnType]:
    """The type and those that are wider, without text, which everything fits."""
    kind: ColumnType | None = present
    while kind is not None and kind is not ColumnType.STRING:
        yield kind
        kind = WIDER.get(kind)


def as_type(values: pa.StringArray, kind: ColumnType) -> pa.Array | None:
    """The values as that type; None when some are not of it: the first tell that soonest."""
    if len(values) > FEW_VALUES and as_type(values.slice(0, FEW_VALUES), kind) is None:
        return None
    if kind is ColumnType.BOOLEAN and not pc.all(pc.is_in(values.drop_null(), value_set=BOOLEANS)).as_py():
        return None
    if kind.is_numeric and _holds_leading_zero(values):
        return None
    try:
        read = STRICT.get(kind, CASTS[SourceType.TEXT, kind])(values)
    except pa.ArrowInvalid:
        return None
    return read if find_beyond(read) is None else None


def _holds_leading_zero(values: pa.StringArray) -> bool:
    """The regular expression is for the few values that begin with what sorts before "1": zeros, signs, white space."""
    suspects = values.filter(pc.less(values, "1"))
    return bool(pc.any(pc.match_substring_regex(suspects, NOT_A_NUMBER)).as_py())
