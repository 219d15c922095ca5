"""JSON without the numbers that it lacks: infinity and NaN are written as `{"$float": "Infinity"}`."""

import json
import math
from typing import Any

# JSON has no such numbers, and parameters do: `C` of a logistic regression may be infinite.
MARK = "$float"
BY_NAME = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def restore_number(members: dict[str, Any]) -> Any:
    """An object hook: the number that the object stands for, or the object itself."""
    return BY_NAME.get(str(members[MARK]), members) if members.keys() == {MARK} else members


def replace_numbers(value: Any) -> Any:
    """The value with such objects in place of infinity and NaN."""
    match value:
        case dict():
            return {name: replace_numbers(member) for name, member in value.items()}
        case list() | tuple():
            return [replace_numbers(member) for member in value]
        case float() if not math.isfinite(value):
            return {MARK: "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    return value


class StrictDecoder(json.JSONDecoder):
    """What was written so, with the numbers as they were.

    Nearly all texts hold none of these numbers, and are read without the hook: the profile of a wide table has 50,000
    objects, of each of which it would be asked.
    """

    def decode(self, s: str, *options: Any) -> Any:
        return json.loads(s, object_hook=restore_number) if MARK in s else super().decode(s, *options)
