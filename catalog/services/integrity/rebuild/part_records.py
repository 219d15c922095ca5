"""Whether the part records in a receipt's manifest are such as the catalog writes."""

import re
from collections.abc import Mapping
from typing import Any

from catalog.exceptions import InvalidData
from catalog.models import DatasetVersion, Prediction
from catalog.storage.keys import part_name

MEMBERS: dict[str, re.Pattern[str] | None] = {  # a pattern for texts, None for numbers
    "name": re.compile(r".+", re.DOTALL),
    "source": re.compile(r".+", re.DOTALL),
    "etag": re.compile(r".*", re.DOTALL),
    "rows": None,
    "bytes": None,
    "sha256": re.compile(r"[0-9a-f]{64}"),
}


def check_part_records(values: Mapping[str, Any]) -> None:
    """Raises InvalidData for parts that are none, and for names that are not those of all parts in their order.

    A run that was given up before its end has none.
    """
    parts = values.get("parts", [])
    if parts == [] and values.get("status") == Prediction.Status.FAILED:
        return
    is_list = isinstance(parts, list) and len(parts) == values.get("part_count", 0)
    if not (is_list and all(map(_is_part, parts)) and _are_numbered([part["name"] for part in parts])):
        raise InvalidData("its part records are not such as the catalog writes")


def _are_numbered(names: list[str]) -> bool:
    return any(
        names == [part_name(number, file_format) for number in range(len(names))]
        for file_format in DatasetVersion.Format.values
    )


def _is_part(part: Any) -> bool:
    return isinstance(part, dict) and part.keys() == MEMBERS.keys() and all(map(_is_member, part.items()))


def _is_member(member: tuple[str, Any]) -> bool:
    name, value = member
    pattern = MEMBERS[name]
    if pattern is None:
        return type(value) is int and value >= 0
    return isinstance(value, str) and pattern.fullmatch(value) is not None
