"""How commands and their arguments are called: services name a field of a request, people type an option.

What is printed to be typed again works where it is read.
"""

import shlex
import shutil
import sys
import textwrap
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import DjangoHelpFormatter

MANAGE = "manage.py"
# Of the fields whose option is not their own name with dashes, and of those that are given by position.
ARGUMENTS = {
    "address": "ADDRESS",
    "artifact_format": "--format",
    "column_types": "--column-type",
    "folder": "DIR",
    "id_columns": "--id-column",
    "job_id": "ID",
    "metrics": "--metric",
    "name": "NAME",
    "names": "NAME",
    "new_name": "NEW_NAME",
    "params": "--param",
    "reference": "REF",
    "references": "REF",
    "source": "SOURCE",
    "tags": "KEY=VALUE",
    "text": "TEXT",
    "unsigned": "--no-sign-request",
    "with_probabilities": "--proba",
}
PREDICTION_ARGUMENTS = {"source": "--input"}


def argument_names(fields: Iterable[str]) -> dict[str, str]:
    """The argument of each field, as people type it."""
    return {field: f"--{field.replace('_', '-')}" for field in fields} | ARGUMENTS


def program() -> str:
    """As `python manage.py`, `.venv/bin/python manage.py` or `model-catalog`; `manage.py` where nobody typed it."""
    name = Path(sys.argv[0]).name if sys.argv else ""
    if name != MANAGE:
        return name if name == "model-catalog" else MANAGE
    typed = sys.orig_argv
    return shlex.join(typed[: typed.index(sys.argv[0]) + 1]) if sys.argv[0] in typed else MANAGE


def as_typed(text: str) -> str:
    """The text with the commands in it as this program is called."""
    return text.replace(f"{MANAGE} ", f"{program()} ")


class ExampleFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Leaves the example in one line, as it is copied."""


def add_example(parser: ArgumentParser, example: str) -> None:
    """Below the options; the parser's formatter is an ExampleFormatter."""
    width = shutil.get_terminal_size().columns - 2
    parser.description = textwrap.fill(parser.description or "", width)
    parser.epilog = f"Example:\n  {program()} {example}"
