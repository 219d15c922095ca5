"""Which format a table's file has: by its name, checked against its first bytes."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from catalog.exceptions import InvalidData


class FileFormat(StrEnum):
    CSV = "csv"
    CSV_GZIP = "csv.gz"
    PARQUET = "parquet"


SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".csv.gz": FileFormat.CSV_GZIP,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
}

# `flights.v2:1` is a version in the catalog: what follows the full stop there is no ending of a file.
REFERENCE = re.compile(r":\d+$")


def find_format(name: str) -> FileFormat | None:
    return next((found for suffix, found in SUFFIXES.items() if name.lower().endswith(suffix)), None)


def require_format(name: str) -> FileFormat:
    """The format that the name says. Raises InvalidData when it says none."""
    found = find_format(name)
    if found is None:
        raise InvalidData(f"{name}: name a file that ends in {', '.join(SUFFIXES)}.")
    return found


def detect_format(path: Path, name: str) -> FileFormat:
    """The format of the file at `path`, which people call `name`. Raises InvalidData when name and bytes disagree."""
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise InvalidData(f"{name} is empty.")
    found = {b"PAR1": FileFormat.PARQUET}.get(head, FileFormat.CSV_GZIP if head[:2] == b"\x1f\x8b" else FileFormat.CSV)
    said = find_format(name)
    if said is None and "." in Path(name).name and not REFERENCE.search(name):
        require_format(name)
    if said is not None and said != found:
        raise InvalidData(f"{name} is named as {said}, but its first bytes are those of {found}. Rename it.")
    return found


def check_one_kind(names: Iterable[str], source: str) -> bool:
    """Whether all the names are of Parquet files. Raises InvalidData when only some are, or one is of no table."""
    kinds = {require_format(name) is FileFormat.PARQUET for name in names}
    if len(kinds) > 1:
        raise InvalidData(f"{source} holds both CSV and Parquet. Choose by a pattern, as in folder/*.parquet.")
    return kinds == {True}
