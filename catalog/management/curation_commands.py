"""What the commands of archive and trash share: their arguments, durations, and what they tell."""

import re
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.models import DatasetVersion, ModelVersion

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_curation_arguments(parser: ArgumentParser, example: str) -> None:
    parser.add_argument("reference", metavar="REF", help=f"One version by its number, as {example}.")
    parser.add_argument("--reason", default="", help="Why, for the history.")


def moved_values(version: DatasetVersion | ModelVersion, before: DatasetVersion | ModelVersion) -> dict[str, Any]:
    return {"reference": version.reference, "state": version.state, "previous_state": before.state}


def trashed_lines(version: DatasetVersion | ModelVersion, undo: str) -> list[str]:
    return [
        f"{version.reference} is in the trash. Its file stays until `manage.py purge_trash` deletes it for good.",
        f"  To bring it back: manage.py {undo} {version.reference}",
    ]


def restored_line(version: DatasetVersion | ModelVersion, before: DatasetVersion | ModelVersion) -> str:
    left = "the trash" if before.state == "TRASHED" else "the archive"
    return f"{version.reference} is out of {left}: it is {version.state}."


def duration(text: str) -> timedelta:
    """`30d`, `12h`, `2w` or `90m`. Raises InvalidRequest."""
    match = re.fullmatch(r"(\d{1,5})([mhdw])", text.strip().lower(), re.ASCII)
    if not match:
        raise InvalidRequest(f"{text[:80]!r} is not a duration. Write a number and a unit: 30d, 12h, 2w or 90m.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
