"""Texts as numbers, booleans, dates and timestamps, the same whatever file or frame they stand in.

Each function gives nulls for nulls and raises pa.ArrowInvalid when a text is not of the type.
"""

import pyarrow as pa
import pyarrow.compute as pc

# Those that Arrow's CSV reader takes, and the floats.
TRUE_WORDS, FALSE_WORDS = ("1", "true", "True", "TRUE", "1.0"), ("0", "false", "False", "FALSE", "0.0")
EXACT = 2.0**53  # from here on not every whole number is a float
BEYOND_MICROSECONDS = r"(\.\d{6})\d+"
ZONE_BY_NAME = r" ?(UTC|GMT)$"


def parse_integer(texts: pa.StringArray) -> pa.Array:
    """Written as integers, or as whole floats are: 3.0."""
    try:
        return parse_digits(texts)
    except pa.ArrowInvalid:
        numbers = pc.cast(_trim(texts), pa.float64())
        if pc.any(pc.greater_equal(pc.abs(numbers), EXACT)).as_py():
            raise
        return pc.cast(numbers, pa.int64())


def parse_digits(texts: pa.StringArray) -> pa.Array:
    return pc.cast(_trim(texts), pa.int64())


def parse_number(texts: pa.StringArray) -> pa.Array:
    return pc.cast(_trim(texts), pa.float64())


def parse_boolean(texts: pa.StringArray) -> pa.BooleanArray:
    """True and false, 1 and 0, and 1.0 and 0.0, which pandas writes where values are missing."""
    texts = _trim(texts)
    true = pc.is_in(texts, value_set=pa.array(TRUE_WORDS))
    known = pc.or_(true, pc.is_in(texts, value_set=pa.array(FALSE_WORDS)))
    if not pc.all(pc.or_(known, pc.is_null(texts))).as_py():
        raise pa.ArrowInvalid("a text is neither true nor false")
    return pc.if_else(pc.is_null(texts), pa.scalar(None, pa.bool_()), true)


def parse_date(texts: pa.StringArray) -> pa.Array:
    """Days, also those that are written as the time at which they begin."""
    try:
        return parse_day(texts)
    except pa.ArrowInvalid:
        times = parse_timestamp(texts)
        days = pc.cast(times, pa.date32(), safe=False)
        if not pc.all(pc.equal(pc.cast(days, times.type), times)).as_py():
            raise
        return days


def parse_day(texts: pa.StringArray) -> pa.Array:
    return pc.cast(_trim(texts), pa.date32())


def parse_timestamp(texts: pa.StringArray) -> pa.Array:
    return _parse_time(_trim(texts), pa.timestamp("us"))


def parse_timestamp_utc(texts: pa.StringArray) -> pa.Array:
    """Texts with an offset from UTC, a Z, or the name of UTC, as BigQuery writes it."""
    texts = _trim(texts)
    try:
        return _parse_time(texts, pa.timestamp("us", tz="UTC"))
    except pa.ArrowInvalid:
        return _parse_time(pc.replace_substring_regex(texts, ZONE_BY_NAME, "Z"), pa.timestamp("us", tz="UTC"))


def _parse_time(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    """Of nanoseconds, as Polars writes them, the microseconds that have begun."""
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return pc.cast(pc.replace_substring_regex(texts, BEYOND_MICROSECONDS, r"\1"), kind)


def _trim(texts: pa.StringArray) -> pa.StringArray:
    return pc.utf8_trim_whitespace(texts)
