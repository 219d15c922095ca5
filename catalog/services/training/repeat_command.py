"""The command that trains a version once more, from what was recorded of its training."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.models import ModelVersion

SPACE_FILE = "search-space.json"
OPTIONS = {"artifact_format": "--format", "params": "--param"}


def repeat_command(version: ModelVersion) -> str:
    """For a shell, on the same dataset version; empty where it was not recorded how the version was trained."""
    asked = version.report.get("request")
    if asked is None or not version.dataset_version_id:
        return ""
    words = [*_words("dataset", version.dataset_reference), *(word for item in asked.items() for word in _words(*item))]
    command = " ".join(["python", "manage.py", "train_model", version.registered_model.name, *map(shlex.quote, words)])
    if "search_space" not in asked:
        return command
    return f"echo {shlex.quote(json.dumps(asked['search_space']))} > {SPACE_FILE}\n{command}"


def _words(field: str, value: Any) -> Iterator[str]:
    option = OPTIONS.get(field, f"--{field.replace('_', '-')}")
    for text in _texts(field, value):
        if text is None:
            yield option
        elif text.startswith("-"):
            yield f"{option}={text}"
        else:
            yield from (option, text)


def _texts(field: str, value: Any) -> Iterator[str | None]:
    """What follows the option, each time that it is given; None for one that stands alone."""
    match value:
        case True:
            yield None
        case Mapping() if field == "params":
            yield from (f"{name}={json.dumps(item)}" for name, item in value.items())
        case _ if field == "search_space":
            yield SPACE_FILE
        case list() | tuple():
            yield from map(str, value)
        case _:
            yield str(value)
