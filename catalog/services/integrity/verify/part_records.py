"""Whether a receipt's manifest tells of its parts as the catalog does."""

import re
from collections.abc import Mapping
from typing import Any

from catalog.exceptions import InvalidData
from catalog.models import DatasetVersion
from catalog.storage.keys import part_name

MEMBERS: dict[str, re.Pattern[str] | None] = {  # a pattern for texts, None for numbers
    "name": re.compile(r".+", re.DOTALL),
    "source": re.compile(r".+", re.DOTALL),
    "etag": re.compile(r".*", re.DOTALL),
    "rows": None,
    "bytes": None,
    "sha256": re.compile(r"[0-9a-f]{64}"),
}


def check_parts_told(values: Mapping[str, Any]) -> None:
    """Raises InvalidData for parts that are none, and for names that are not those of all parts in their order."""
    parts = values.get("parts", [])
    is_list = isinstance(parts, list) and len(parts) == values.get("part_count", 0)
    if not (is_list and all(map(_is_part, parts)) and _are_numbered([part["name"] for part in parts])):
        raise InvalidData("its parts are not told of as the catalog tells of them")


def _are_numbered(names: list[str]) -> bool:
    return any(names == [part_name(n, each) for n in range(len(names))] for each in DatasetVersion.Format.values)


def _is_part(part: Any) -> bool:
    return isinstance(part, dict) and part.keys() == MEMBERS.keys() and all(map(_is_member, part.items()))


def _is_member(member: tuple[str, Any]) -> bool:
    name, value = member
    pattern = MEMBERS[name]
    if pattern is None:
        return type(value) is int and value >= 0
    return isinstance(value, str) and pattern.fullmatch(value) is not None
