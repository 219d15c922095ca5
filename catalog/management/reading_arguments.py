"""Options that commands share: how a table is written, which is found by looking at it else, and whose code is run."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

MISSING = ("missing", "missing_in")
DIALECT = ("delimiter", "encoding", "decimal", "thousands", "date_format", "skip_rows", "skip_footer", "comment")


def add_missing_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--missing",
        action="append",
        default=None,
        metavar="WORD",
        help="A word that means a missing value, instead of the usual ones (NA, null, …); '' for blank cells.",
    )
    parser.add_argument(
        "--missing-in",
        action="append",
        default=[],
        metavar="COLUMN=WORD",
        help="The same for one column, instead of the words that hold for all.",
    )


def add_dialect_options(parser: ArgumentParser) -> None:
    """What is not said is found by looking at all of the file."""
    for name, metavar, what in (
        ("delimiter", "SIGN", "What separates the columns of a text: , ; | or tab."),
        ("encoding", "NAME", "The encoding of a text: utf-8, utf-16, cp1252, cp850, mac-roman and others."),
        ("comment", "SIGN", "Leave out lines that begin so, as with #."),
    ):
        parser.add_argument(f"--{name}", default="", metavar=metavar, help=what)
    for name, metavar, what in (
        ("decimal", "[COLUMN=]SIGN", "The decimal mark, . or , of all columns or of one."),
        ("thousands", "[COLUMN=]SIGN", "What stands between groups of thousands: . or , or ' or a blank."),
        (
            "date-format",
            "[COLUMN=]FORMAT",
            "How dates are written, as %%d/%%m/%%Y, %%d-%%b-%%y or %%m/%%d/%%Y %%I:%%M %%p.",
        ),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=what)
    for name, what in (
        ("skip-rows", "How many lines of a text or sheet stand above the one that names the columns."),
        ("skip-footer", "How many lines stand below the last row."),
    ):
        parser.add_argument(f"--{name}", type=int, default=0, metavar="N", help=what)


def dialect_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in DIALECT}


def reading_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """As `ReadingRequest` takes them."""
    return {**{name: options[name] for name in MISSING}, **dialect_options(options)}


def add_code_argument(parser: ArgumentParser) -> None:
    """For commands that load versions."""
    parser.add_argument(
        "--code-from-version",
        action="store_true",
        help="Run the copies of its own modules that are kept with a version, and not what this machine has of them.",
    )
