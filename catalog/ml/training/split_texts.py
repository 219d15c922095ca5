"""Which rows were held out, in words; without scikit-learn, for the web process."""

from collections.abc import Mapping
from typing import Any


def split_text(rule: Mapping[str, Any]) -> str:
    """Of a rule as it is recorded: `the last 20 % by started_at`."""
    size = rule["test_size"]
    part = f"{size:.3g} rows" if size >= 1 else f"{size:.0%} of the rows"
    match rule["kind"]:
        case "time":
            return f"the last {part} by {rule['column']}"
        case "group":
            return f"{part} in whole groups of {rule['column']}"
    return f"{part} at random"
