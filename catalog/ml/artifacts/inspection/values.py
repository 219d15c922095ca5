"""Which of the values and names that a file makes up may be kept and shown."""

import math
import re
from typing import Any

LONGEST_TEXT = 1000
MOST_VALUES = 10_000
TYPE_NAME = re.compile(r"(?=.{1,300}\Z)[A-Za-z_]\w*(?:\.[\w<>]+)+", re.ASCII)
VERSION = re.compile(r"\d[\w.+-]{0,39}", re.ASCII)


def is_plain(value: Any) -> bool:
    """A truth value, a finite number, or a text that every database and JSON reader takes."""
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and "\0" not in value and value.isascii() | _is_unicode(value)
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def plain_list(value: Any) -> list[Any] | None:
    """The list, if it is one of plain values and not too long."""
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        return None
    return value if all(is_plain(item) for item in value) else None


def type_name(value: Any) -> str:
    """The text, if it is written as names of types are; else empty."""
    return value if isinstance(value, str) and TYPE_NAME.fullmatch(value) else ""


def version_name(value: Any) -> str:
    """The text, if it is written as versions are; else empty."""
    return value if isinstance(value, str) and VERSION.fullmatch(value) else ""
