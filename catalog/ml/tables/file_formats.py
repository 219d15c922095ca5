"""Which format a table's file has: by its name, checked against its first bytes."""

import json
import re
import zipfile
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from catalog.exceptions import InvalidData


class FileFormat(StrEnum):
    """What the catalog stores, writes and reads as it is."""

    CSV = "csv"
    CSV_GZIP = "csv.gz"
    PARQUET = "parquet"


class ForeignFormat(StrEnum):
    """What is converted into one of FileFormat before it is read."""

    ZIP = "zip"
    CSV_BZIP2 = "csv.bz2"
    CSV_ZSTD = "csv.zst"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    JSON_LINES = "jsonl"
    ARROW = "arrow"
    GZIP = "gz"
    BZIP2 = "bz2"
    ZSTD = "zst"


AnyFormat = FileFormat | ForeignFormat

OUTPUT_SUFFIXES = {
    ".csv": FileFormat.CSV,
    ".csv.gz": FileFormat.CSV_GZIP,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
}
SUFFIXES: dict[str, AnyFormat] = {
    **OUTPUT_SUFFIXES,
    ".tsv": FileFormat.CSV,
    ".csv.bz2": ForeignFormat.CSV_BZIP2,
    ".csv.zst": ForeignFormat.CSV_ZSTD,
    ".zip": ForeignFormat.ZIP,
    ".xlsx": ForeignFormat.XLSX,
    ".xls": ForeignFormat.XLS,
    ".ods": ForeignFormat.ODS,
    ".jsonl": ForeignFormat.JSON_LINES,
    ".ndjson": ForeignFormat.JSON_LINES,
    ".arrow": ForeignFormat.ARROW,
    ".feather": ForeignFormat.ARROW,
    ".gz": ForeignFormat.GZIP,
    ".bz2": ForeignFormat.BZIP2,
    ".zst": ForeignFormat.ZSTD,
}
# Called so, JSON Lines are read by themselves; beside tables in an archive or a folder it is mostly what tells of them.
JSON = ".json"
ENDINGS = (*SUFFIXES, JSON)
# What is packed in these is seen by unpacking alone; of CSV the same bytes are called so.
PACKED: dict[AnyFormat, AnyFormat] = {
    ForeignFormat.GZIP: FileFormat.CSV_GZIP,
    ForeignFormat.BZIP2: ForeignFormat.CSV_BZIP2,
    ForeignFormat.ZSTD: ForeignFormat.CSV_ZSTD,
}
WORKBOOKS = (ForeignFormat.XLSX, ForeignFormat.XLS, ForeignFormat.ODS)
# Whose columns have types of their own.
TYPED = {FileFormat.PARQUET, ForeignFormat.ARROW, ForeignFormat.JSON_LINES, *WORKBOOKS}
# Whose bytes are text, and which only a name or the first line tells apart.
TEXTS = {FileFormat.CSV, ForeignFormat.JSON_LINES}

HEADS: dict[bytes, AnyFormat] = {
    b"PAR1": FileFormat.PARQUET,
    b"\x1f\x8b": FileFormat.CSV_GZIP,
    b"BZh": ForeignFormat.CSV_BZIP2,
    b"\x28\xb5\x2f\xfd": ForeignFormat.CSV_ZSTD,
    b"\x50\x2a\x4d\x18": ForeignFormat.CSV_ZSTD,  # as pzstd begins: a frame to be skipped
    b"PK\x03\x04": ForeignFormat.ZIP,
    b"PK\x05\x06": ForeignFormat.ZIP,
    b"ARROW1": ForeignFormat.ARROW,
    b"\xff\xff\xff\xff": ForeignFormat.ARROW,
    b"\xd0\xcf\x11\xe0": ForeignFormat.XLS,
}
HEAD_BYTES = 65_536
# What servers send in place of a file, and some programs call .xls.
MARKUP = re.compile(rb"<(!doctype|html|head|body|table|\?xml)[\s>]", re.IGNORECASE)
JSON_ARRAY = re.compile(rb"\[\s*(\{|\])")
AS_LINES = "Write one object a line, as jq -c '.[]' FILE.json > FILE.jsonl does."

# `flights.v2:1` is a version in the catalog: what follows the full stop there is no ending of a file.
REFERENCE = re.compile(r":\d+$")


def find_format(name: str) -> AnyFormat | None:
    return next((found for suffix, found in SUFFIXES.items() if name.lower().endswith(suffix)), None)


def require_format(name: str) -> AnyFormat:
    """The format that the name says. Raises InvalidData when it says none."""
    found = find_format(name)
    if found is None:
        raise InvalidData(f"{name}: name a file that ends in {', '.join(ENDINGS)}.")
    return found


def require_output_format(name: str) -> FileFormat:
    """The same of a file that is to be written."""
    for suffix, found in OUTPUT_SUFFIXES.items():
        if name.lower().endswith(suffix):
            return found
    raise InvalidData(f"{name}: name a file that ends in {', '.join(OUTPUT_SUFFIXES)}.")


def detect_any_format(path: Path, name: str) -> AnyFormat:
    """The format of the file at `path`, which people call `name`. Raises InvalidData when name and bytes disagree."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise InvalidData(f"{name} is empty.")
    said, is_json = find_format(name), name.lower().endswith(JSON)
    if said is None and "." in Path(name).name and not is_json and not REFERENCE.search(name):
        require_format(name)
    found = _format_of_bytes(path, name, head)
    if is_json and found is FileFormat.CSV:
        raise InvalidData(f"{name} is one JSON document, no table. {AS_LINES}")
    if (found is FileFormat.CSV and said in TEXTS) or (said and PACKED.get(said) is found):
        return said
    if said is not None and said != found:
        hint = " or take the password from it" if found is ForeignFormat.XLS else ""
        raise InvalidData(f"{name} is named as {said}, but its first bytes are those of {found}. Rename it{hint}.")
    return found


def _format_of_bytes(path: Path, name: str, head: bytes) -> AnyFormat:
    if head.startswith(b"FEA1"):
        raise InvalidData(f"{name} is Feather version 1, which is not read. Write it as version 2.")
    check_no_document(head, name)
    found = format_of_head(head)
    return _format_of_zip(path, name) if found is ForeignFormat.ZIP else found


def check_no_document(head: bytes, name: str) -> None:
    """Raises InvalidData for text that would be read as a table with odd columns."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if MARKUP.match(text):
        raise InvalidData(f"{name} is a page of HTML or XML, no table. Open it in a spreadsheet, and save it as .xlsx.")
    if JSON_ARRAY.match(text):
        raise InvalidData(f"{name} is one JSON array. {AS_LINES}")


def name_inside(name: str) -> str:
    """What to call what is packed in a file of that name: without an ending if that says no format, so that its first
    bytes do."""
    inside = name.rpartition(".")[0]
    return inside if find_format(inside) else inside.replace(".", "_")


def format_of_head(head: bytes) -> AnyFormat:
    """By the first bytes; a workbook may be in what begins as a zip file does, and anything else is text."""
    if _is_json_object(head):
        return ForeignFormat.JSON_LINES
    return next((found for start, found in HEADS.items() if head.startswith(start)), FileFormat.CSV)


def _format_of_zip(path: Path, name: str) -> ForeignFormat:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InvalidData(f"{name} can't be read: it is no intact zip file ({error}).") from error
    if "xl/workbook.xml" in names:
        return ForeignFormat.XLSX
    return ForeignFormat.ODS if {"mimetype", "content.xml"} <= names else ForeignFormat.ZIP


def _is_json_object(head: bytes) -> bool:
    """Whether the first line is a JSON object; of a line that is too long to see, whether it begins as one."""
    line, end, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    if not end and len(head) == HEAD_BYTES:
        return line[1:].lstrip().startswith(b'"')
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def detect_format(path: Path, name: str) -> FileFormat:
    """The format of a file of the catalog's own formats. Raises InvalidData when name and bytes disagree.

    What was converted is called by the name that it had, which says another format.
    """
    if isinstance(find_format(name), ForeignFormat):
        with path.open("rb") as file:
            head = file.read(4)
        if not head:
            raise InvalidData(f"{name} is empty.")
        own = {b"PAR1": FileFormat.PARQUET}
        return own.get(head, FileFormat.CSV_GZIP if head[:2] == b"\x1f\x8b" else FileFormat.CSV)
    found = detect_any_format(path, name)
    if isinstance(found, ForeignFormat):
        raise InvalidData(f"{name} is {found}. Name it so.")
    return found


def check_one_kind(names: Iterable[str], source: str) -> bool:
    """Whether the columns of all the files have types, as in Parquet. Raises InvalidData when only some do."""
    by_kind = {_holds_types(name): name for name in names}
    if len(by_kind) > 1:
        raise InvalidData(
            f"{source} holds texts, as {by_kind[False]}, and files whose columns have types, as {by_kind[True]}. "
            "Choose by a pattern, as in folder/*.parquet."
        )
    return True in by_kind


def _holds_types(name: str) -> bool:
    said = require_format(name)
    inside = find_format(name_inside(name)) if said in PACKED else None
    return (inside or said) in TYPED
