"""Names of columns as a file has them, and as people and programs write them."""

import unicodedata
from collections.abc import Sequence

from catalog.exceptions import InvalidData

# What pandas calls a first column without a name.
UNNAMED = "Unnamed: 0"


def clean_name(name: str) -> str:
    """Without white space around it, and with accents composed, which look the same when they are not."""
    return unicodedata.normalize("NFC", name.strip())


def clean_names(raw: Sequence[str], table: str, *, is_legacy: bool = False) -> list[str]:
    """The name of each column. The first may have none, as the index that pandas writes into a CSV file: UNNAMED.

    `is_legacy` leaves names as the file has them. Raises InvalidData for a column without a name, or with another's.
    """
    names = [name if is_legacy else clean_name(name) for name in raw]
    if names and not names[0].strip() and len(names) > 1 and UNNAMED not in names:
        names[0] = UNNAMED
    first: dict[str, int] = {}
    for position, name in enumerate(names):
        if not name.strip():
            raise no_name(table, position)
        if "\0" in name:
            raise InvalidData(f"{table}: the name of column {position + 1} holds a NUL. Rename it.")
        if name in first:
            raise InvalidData(_two_of(raw[first[name]], raw[position], name, table))
        first[name] = position
    return names


def name_blank_ends(raw: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names, with one for each of the last columns that have none, as `Unnamed: 4`; and these. Where each line ends
    with a separator, as in files of authorities, there is such a column, and nothing in it."""
    named = next((at for at in range(len(raw), 1, -1) if raw[at - 1].strip()), 1)
    blank = [f"{UNNAMED[:-1]}{at}" for at in range(named, len(raw))]
    return [*raw[:named], *blank], blank


def no_name(table: str, position: int) -> InvalidData:
    """Of the column at that position, from 0."""
    return InvalidData(f"{table}: column {position + 1} has no name. The first line must name every column.")


def _two_of(one: str, other: str, name: str, table: str) -> str:
    if one == other:
        return f"{table} has two columns named {name!r}. Rename one of them."
    return (
        f"{table} has two columns whose names differ only in white space or in how accents are composed: {one!a} "
        f"and {other!a}. Rename one of them."
    )
