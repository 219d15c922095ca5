"""What is wrong with a cell, in one line that names its column and row, and the checks that texts and times pass."""

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.date_texts import LIKE_DAY
from catalog.ml.tables.schema import ColumnType

EXPECTED = {
    ColumnType.INTEGER: "an integer",
    ColumnType.NUMBER: "a number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a date",
    ColumnType.TIMESTAMP: "a timestamp without a time zone",
    ColumnType.TIMESTAMP_UTC: "a timestamp with a time zone",
    ColumnType.STRING: "text",
}
EXAMPLES = {
    ColumnType.INTEGER: "1234",
    ColumnType.NUMBER: "1234.5",
    ColumnType.DATE: "2026-01-31",
    ColumnType.TIMESTAMP: "2026-01-31 14:05:00",
    ColumnType.TIMESTAMP_UTC: "2026-01-31 14:05:00Z",
}
# But for 1234.5 and 2026-01-31 themselves.
LIKE_NUMBER = r"(?![-+]?\d*\.?\d*$)\s*\(?\s*[-+]?(?:[A-Z]{0,3}[$€£])?\s*[-+]?\d[\d.,'\s]*[%€]?[-)]?\s*"
LIKE_DATE = rf"(?!\d{{4}}-\d\d-\d\d)\s*{LIKE_DAY}(?:[,T\s].*)?"
# Years 1 to 9999, which Python, pandas and ISO 8601 have; infinite dates of databases lie far beyond.
DAYS = (-719_162, 2_932_896)
DAY_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True)
class Origin:
    """Where the values of a column come from, for messages; `first_row` counts from 0, people from 1."""

    source: str
    column: str
    first_row: int = 0

    def row(self, position: int) -> int:
        return self.first_row + position + 1


def bad_cell(origin: Origin, position: int, shown: str, kind: ColumnType) -> str:
    return f"{origin.source}: column {origin.column!r}, row {origin.row(position)}: {shown} is not {EXPECTED[kind]}."


def advise(value: pa.Scalar, kind: ColumnType) -> str:
    """How to write a number or date that is written in another way; empty for what is none."""
    text = str(value.as_py())
    if kind in EXAMPLES and re.fullmatch(LIKE_NUMBER if kind.is_numeric else LIKE_DATE, text):
        return f" Write it as {EXAMPLES[kind]}."
    return ""


def show(value: pa.Scalar) -> str:
    try:
        return repr(str(value.as_py())[:80])
    except (ValueError, OverflowError):  # a time that Python has not
        return repr(str(value)[:80])


def check_range(values: pa.Array, origin: Origin) -> pa.Array:
    """The values, unless a date or timestamp lies beyond the years that there are."""
    beyond = find_beyond(values)
    if beyond is not None:
        raise InvalidData(
            f"{origin.source}: column {origin.column!r}, row {origin.row(beyond)} is beyond the years 1 to 9999, as an "
            "infinite date is. Leave such cells empty."
        )
    return values


def find_beyond(values: pa.Array) -> int | None:
    """The position of the first date or timestamp that lies beyond the years 1 to 9999; None when there is none."""
    if not (pa.types.is_date(values.type) or pa.types.is_timestamp(values.type)):
        return None
    scale = 1 if pa.types.is_date(values.type) else DAY_MICROSECONDS
    numbers = pc.cast(values, pa.int32() if scale == 1 else pa.int64())
    beyond = pc.or_(pc.less(numbers, DAYS[0] * scale), pc.greater_equal(numbers, (DAYS[1] + 1) * scale))
    return pc.index(beyond, True).as_py() if pc.any(beyond).as_py() else None


def check_utf8(texts: pa.StringArray, origin: Origin) -> pa.StringArray:
    """The texts. Raises InvalidData for bytes that are no UTF-8, which Arrow lets pass in Parquet."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid as error:
        raise InvalidData(
            f"{origin.source}: column {origin.column!r} holds text that is not UTF-8. Save it as UTF-8."
        ) from error
    return texts


def check_no_nul(texts: pa.StringArray, distinct: pa.StringArray, origin: Origin) -> None:
    """Raises InvalidData for the first cell with a NUL, which databases don't take. `distinct` are the texts without
    repetition."""
    if pc.any(pc.match_substring(distinct, "\0")).as_py():
        row = origin.row(pc.index(pc.match_substring(texts, "\0"), True).as_py())
        raise InvalidData(f"{origin.source}: column {origin.column!r}, row {row} holds a NUL. Remove it.")
