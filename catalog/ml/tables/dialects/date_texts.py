"""Dates and times as people write them, as the ISO texts of plain CSV: 31-Jan-2026 2:05 PM as 2026-01-31 14:05."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.dialects.dialect import HALF_DAYS

# In English and Portuguese, which call no two months alike; short, in full, or short with a point.
MONTHS = (
    ("jan", "january", "janeiro"),
    ("feb", "february", "fev", "fevereiro"),
    ("mar", "march", "março", "marc\u0327o", "marco"),
    ("apr", "april", "abr", "abril"),
    ("may", "mai", "maio"),
    ("jun", "june", "junho"),
    ("jul", "july", "julho"),
    ("aug", "august", "ago", "agosto"),
    ("sep", "sept", "september", "set", "setembro"),
    ("oct", "october", "out", "outubro"),
    ("nov", "november", "novembro"),
    ("dec", "december", "dez", "dezembro"),
)
NAMES = {name: f"{month:02d}" for month, names in enumerate(MONTHS, 1) for name in names}
MONTH_NAME = rf"(?i:{'|'.join(sorted(NAMES, key=len, reverse=True))})\.?"
# What all of these ways begin with, and nothing else that is usual.
LIKE_DAY = (
    r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
    rf"|\d{{1,4}}(?:[-/. ]| de )?{MONTH_NAME}(?:[-/. ]|, | de )?\d{{1,4}}"
    rf"|{MONTH_NAME}[-/. ]\d{{1,2}}(?:[-/. ]|, )\d{{4}})"
)
PARTS = {
    "d": r"(?P<day>\d{1,2})",
    "m": r"(?P<month>\d{1,2})",
    "b": rf"(?P<name>{MONTH_NAME})",
    "y": r"(?P<short>\d{2})",
    "Y": r"(?P<year>\d{4})",
}
MINUTES = r":\d{2}(?::\d{2}(?:\.\d+)?)?"
ZONE = r"(?P<zone>(?: ?(?:UTC|GMT|Z|[+-]\d{2}(?::?\d{2})?))?)"
CLOCK = rf"(?:,?[ T]+(?P<hour>\d{{1,2}})(?P<minutes>{MINUTES}){ZONE})?"
# Browsers write a narrow blank before PM.
HALF = r"[ \x{a0}\x{202f}]*(?P<half>[AaPp])\.? ?[Mm]\.?"
HALF_DAY_CLOCK = rf"(?:,?[ T]+(?P<hour>0?[1-9]|1[0-2])(?P<minutes>(?:{MINUTES})?){HALF}{ZONE})?"
# Years of two digits are those of 1969 to 2068, as in POSIX.
FIRST_OF_LAST_CENTURY = "69"


def iso_texts(texts: pa.StringArray, date: str) -> pa.StringArray:
    """The texts, without white space around them, as ISO dates and times; null where one is not written so."""
    found = pc.extract_regex(texts, date_pattern(date))
    part = {field.name: pc.struct_field(found, field.name) for field in found.type}
    if "short" in part:
        is_last = pc.greater_equal(part["short"], FIRST_OF_LAST_CENTURY)
        part["year"] = pc.binary_join_element_wise(pc.if_else(is_last, "19", "20"), part["short"], "")
    if "name" in part:
        part["month"] = _month_numbers(part["name"])
    days = pc.binary_join_element_wise(part["year"], _two_digits(part["month"]), _two_digits(part["day"]), "-")
    hours = _day_hours(part["hour"], part["half"]) if "half" in part else _two_digits(part["hour"])
    minutes = pc.if_else(pc.equal(part["minutes"], ""), ":00", part["minutes"])
    times = pc.binary_join_element_wise(days, " ", hours, minutes, part["zone"], "")
    return pc.if_else(pc.equal(part["hour"], ""), days, times)


def date_pattern(date: str) -> str:
    """Of texts in that format, with a name for each part, and for those of a time that may follow."""
    has_halves = date.endswith(HALF_DAYS)
    pieces = re.split(r"%(.)", date.removesuffix(HALF_DAYS))
    between, parts = pieces[0::2], pieces[1::2]
    written = "".join(PARTS[part] + re.escape(text) for part, text in zip(parts, between[1:], strict=True))
    return f"^{re.escape(between[0])}{written}{HALF_DAY_CLOCK if has_halves else CLOCK}$"


def _two_digits(numbers: pa.StringArray) -> pa.StringArray:
    return pc.utf8_lpad(numbers, 2, "0")


def _month_numbers(names: pa.StringArray) -> pa.StringArray:
    known = pc.index_in(pc.utf8_rtrim(pc.utf8_lower(names), "."), value_set=pa.array(list(NAMES)))
    return pa.array(list(NAMES.values())).take(known)


def _day_hours(hours: pa.StringArray, halves: pa.StringArray) -> pa.StringArray:
    """From 12 AM, which is 00, to 11 PM, which is 23."""
    numbers = pc.cast(pc.if_else(pc.equal(hours, ""), "0", hours), pa.int64())
    of_half = pc.if_else(pc.equal(numbers, 12), 0, numbers)
    is_later = pc.equal(pc.utf8_lower(halves), "p")
    return _two_digits(pc.cast(pc.add(of_half, pc.if_else(is_later, 12, 0)), pa.string()))
