"""How names and references are written, said once for the database, for messages, and for programs without either."""

import re

from catalog.exceptions import InvalidReference

PATTERN = r"[a-z0-9][a-z0-9._-]{0,62}"
RULE = "1 to 63 lowercase letters, digits, '-', '_' and '.', beginning with a letter or digit"
DEFAULT_ALIAS = "production"
LATEST = "latest"
MODEL_REFERENCE = re.compile(rf"(?a)(?P<name>{PATTERN})(?::(?P<number>[1-9]\d{{0,8}}|latest)|@(?P<alias>{PATTERN}))?")
NUMBERED = re.compile(rf"(?a){PATTERN}:[1-9]\d{{0,8}}")


def parse_model_reference(reference: str) -> re.Match[str]:
    """With the groups `name`, `number` and `alias`. Raises InvalidReference."""
    match = MODEL_REFERENCE.fullmatch(reference)
    if not match:
        is_dataset = reference.startswith("dataset:")
        what = "names a dataset, and a version of a model is meant here" if is_dataset else "is not a reference"
        raise InvalidReference(
            f"{reference[:80]!r} {what}. Write name, name:3, name:latest or name@alias; a name is {RULE}."
        )
    return match
