"""A table in any format as CSV or Parquet: what the rest of the catalog reads.

Text formats become CSV, compressed with gzip; those whose columns have types become Parquet. Neither grows memory with
the rows, but for workbooks, which are read whole in a process of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.file_formats import WORKBOOKS, AnyFormat, FileFormat, ForeignFormat, detect_any_format
from catalog.temporary_files import temporary_folder


@dataclass(frozen=True)
class PlainFile:
    """`notes` is what people should hear of the conversion, one line each."""

    path: Path
    notes: tuple[str, ...] = ()


@contextmanager
def plain_file(path: Path, name: str, *, sheet: str = "") -> Iterator[PlainFile]:
    """The file itself when it is CSV or Parquet, else a converted copy, removed at the end. Raises InvalidData.

    `sheet` is the one to read of a workbook; the first that is not empty when it is not said.
    """
    found = detect_any_format(path, name)
    if sheet and found not in (*WORKBOOKS, ForeignFormat.ZIP):
        raise InvalidRequest(f"`sheet` is for workbooks, and {name} is {found}.")
    if isinstance(found, FileFormat):
        yield PlainFile(path)
        return
    with temporary_folder() as folder:
        yield _convert(path, name, found, folder, sheet)


def _convert(path: Path, name: str, found: AnyFormat, folder: Path, sheet: str) -> PlainFile:
    from catalog.ml.tables.importing import arrow_files, json_lines, packed_files, workbooks

    text, typed = folder / "table.csv.gz", folder / "table.parquet"
    if found in WORKBOOKS:
        return PlainFile(typed, (workbooks.convert_workbook(path, name, typed, sheet),))
    if found is ForeignFormat.ZIP:
        return _convert_member(path, name, folder, sheet)
    if found is ForeignFormat.JSON_LINES:
        json_lines.convert_json_lines(path, name, typed)
    elif found is ForeignFormat.ARROW:
        arrow_files.convert_arrow(path, name, typed)
    else:
        packed_files.repack(path, name, {"csv.bz2": "bz2", "csv.zst": "zstd"}[found], text)
    return PlainFile(typed if typed.exists() else text)


def _convert_member(path: Path, name: str, folder: Path, sheet: str) -> PlainFile:
    from catalog.ml.tables.importing.packed_files import extract_table, pack_text

    member, inside = extract_table(path, name, folder / "member")
    found = detect_any_format(member, inside)
    if found is ForeignFormat.ZIP:
        raise InvalidData(f"{name} holds a zip file. Unpack it first.")
    if sheet and found not in WORKBOOKS:
        raise InvalidRequest(f"`sheet` is for workbooks, and {inside} is {found}.")
    if found is FileFormat.CSV:
        pack_text(member, folder / "table.csv.gz")
        return PlainFile(folder / "table.csv.gz")
    if isinstance(found, FileFormat):
        return PlainFile(member)
    return _convert(member, inside, found, folder, sheet)
