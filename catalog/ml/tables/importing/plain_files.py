"""A table in any format as CSV or Parquet: what the rest of the catalog reads.

Text formats become CSV, compressed with gzip; those whose columns have types become Parquet. Neither grows memory with
the rows, but for workbooks, which are read whole in a process of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.file_formats import (
    HEAD_BYTES,
    PACKED,
    WORKBOOKS,
    AnyFormat,
    FileFormat,
    ForeignFormat,
    check_no_document,
    detect_any_format,
    find_format,
    format_of_head,
    name_inside,
)
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.temporary_files import temporary_folder

FIRST_SHEET = SheetRequest()

COMPRESSIONS: dict[AnyFormat, str] = {
    FileFormat.CSV_GZIP: "gzip",
    ForeignFormat.CSV_BZIP2: "bz2",
    ForeignFormat.CSV_ZSTD: "zstd",
    ForeignFormat.GZIP: "gzip",
    ForeignFormat.BZIP2: "bz2",
    ForeignFormat.ZSTD: "zstd",
}


@dataclass(frozen=True)
class PlainFile:
    """`notes` is what people should hear of the conversion, one line each; `is_sheet` tells that it was a sheet, of
    which is there what was asked for; `member` is what it is called in its zip file, with the folders there."""

    path: Path
    notes: tuple[str, ...] = ()
    is_sheet: bool = False
    member: str = ""

    def address_in(self, source: str) -> str:
        """Where the table lies when its file is kept there."""
        return f"{source}/{self.member}" if self.member else source


@contextmanager
def plain_file(path: Path, name: str, *, sheet: SheetRequest = FIRST_SHEET) -> Iterator[PlainFile]:
    """The file itself when it is CSV or Parquet, else a converted copy, removed at the end. `sheet` is what to read of
    a workbook. Raises InvalidData, and InvalidRequest when a sheet is named and it is none."""
    found = detect_any_format(path, name)
    if sheet.name and found not in (*WORKBOOKS, *PACKED, ForeignFormat.ZIP):
        raise InvalidRequest(f"`sheet` is for workbooks, and {name} is {found}.")
    if found in {FileFormat.CSV, FileFormat.PARQUET}:
        yield PlainFile(path)
        return
    with temporary_folder() as folder:
        yield _convert(path, name, found, folder, sheet)


def _convert(path: Path, name: str, found: AnyFormat, folder: Path, sheet: SheetRequest) -> PlainFile:
    from catalog.ml.tables.importing import arrow_files, json_lines, workbooks

    typed = folder / "table.parquet"
    if compression := COMPRESSIONS.get(found):
        return _convert_packed(path, name, compression, folder, sheet)
    if found in WORKBOOKS:
        return PlainFile(typed, workbooks.convert_workbook(path, name, typed, sheet), is_sheet=True)
    if found is ForeignFormat.ZIP:
        return _convert_member(path, name, folder, sheet)
    if found is ForeignFormat.JSON_LINES:
        json_lines.convert_json_lines(path, name, typed)
    else:
        arrow_files.convert_arrow(path, name, typed)
    return PlainFile(typed)


def _convert_packed(path: Path, name: str, compression: str, folder: Path, sheet: SheetRequest) -> PlainFile:
    """Of a file that was compressed whole, by what is in it: `table.gz` and `table.jsonl.gz` alike."""
    from catalog.ml.tables.importing.packed_files import packed_head, repack, unpack

    text, unpacked = folder / "table.csv.gz", folder / "unpacked"
    head = packed_head(path, name, compression, HEAD_BYTES)
    if not head:
        raise InvalidData(f"{name} is empty.")
    check_no_document(head, name)
    found, said = format_of_head(head), name_inside(name)
    if found is FileFormat.CSV and find_format(said) in {None, FileFormat.CSV}:
        if compression == "gzip":
            return PlainFile(path)
        repack(path, name, compression, text)
        return PlainFile(text)
    unpack(path, name, compression, unpacked)
    found = detect_any_format(unpacked, said)
    if found is ForeignFormat.ZIP or found in COMPRESSIONS:
        raise InvalidData(f"{name} is packed twice. Unpack it first.")
    return _convert_inside(unpacked, name, found, folder, sheet)


def _convert_member(path: Path, name: str, folder: Path, sheet: SheetRequest) -> PlainFile:
    from catalog.ml.tables.importing.packed_files import extract_table

    member, called = extract_table(path, name, folder / "member")
    inside = f"{name}/{called.rpartition('/')[2]}"
    found = detect_any_format(member, inside)
    if found is ForeignFormat.ZIP:
        raise InvalidData(f"{name} holds a zip file. Unpack it first.")
    if compression := COMPRESSIONS.get(found):
        return replace(_convert_packed(member, inside, compression, folder, sheet), member=called)
    return replace(_convert_inside(member, inside, found, folder, sheet), member=called)


def _convert_inside(member: Path, inside: str, found: AnyFormat, folder: Path, sheet: SheetRequest) -> PlainFile:
    from catalog.ml.tables.importing.packed_files import pack_text

    if sheet.name and found not in WORKBOOKS:
        raise InvalidRequest(f"`sheet` is for workbooks, and {inside} is {found}.")
    if found is FileFormat.CSV:
        pack_text(member, folder / "table.csv.gz")
        return PlainFile(folder / "table.csv.gz")
    if found is FileFormat.PARQUET:
        return PlainFile(member)
    return _convert(member, inside, found, folder, sheet)
