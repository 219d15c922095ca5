"""How values are written on the pages: rounded for people, all digits in the title; moments in the reader's zone."""

from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = "–"


def rounded(value: float) -> str:
    """Four significant digits, and no fraction from a thousand on."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e15 else f"{value:.4g}"


def number(value: Any) -> str:
    """The number for people, with all its digits in the title where some are left out; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    text = rounded(value)
    is_whole = float(text.replace(",", "")) == value or value != value
    return text if is_whole else format_html('<span title="{}">{}</span>', repr(value), text)


def file_size(count: int | None) -> str:
    """Bytes for people, with their exact number in the title where it is rounded."""
    text = filesizeformat(count or 0)
    return text if (count or 0) < 1024 else format_html('<span title="{} bytes">{}</span>', f"{count:,}", text)


def moment(at: datetime | None, form: str = "%Y-%m-%d %H:%M") -> SafeString:
    """In the reader's zone, year first and to the minute, so that a column of them can be compared at a glance."""
    if at is None:
        return SafeString(NOTHING)
    here = timezone.localtime(at)
    whole = f"{here:%Y-%m-%d %H:%M:%S} {zone_name(here)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', here.isoformat(), whole, here.strftime(form))


def zone_name(at: datetime) -> str:
    """`CET`, or `UTC+05` where a zone has no letters."""
    name = at.tzname() or ""
    return name if name.isalpha() else f"UTC{name}"
