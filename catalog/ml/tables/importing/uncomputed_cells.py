"""Cells of an .xlsx sheet whose formulas nobody has computed: programs write formulas, and spreadsheets the results.

XlsxWriter gives each the result 0, openpyxl none at all; both ask spreadsheets to compute all when they open the file
(ECMA-376, part 1, 18.2.2: `fullCalcOnLoad`).
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

CHUNK_BYTES = 1024 * 1024
FORMULA, LONGEST_TAG = re.compile(rb"<(\w{1,50}:)?f[\s/>]"), 60
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def find_uncomputed(path: Path, sheet: str) -> list[tuple[int, str]]:
    """The rows and places of such cells, as (2, "B2"). None of another format than .xlsx.

    Raises ElementTree.ParseError.
    """
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return []
        workbook = _parse(archive, "xl/workbook.xml")
        member = _member(archive, workbook, sheet)
        if member not in archive.namelist():
            return []
        with archive.open(member) as file:
            if not _may_hold_formulas(file):
                return []
        with archive.open(member) as file:
            results = list(_results(file))
    numbers = {value for _, value in results}
    missing = {"", "0"} if _asks_to_compute(workbook) and numbers <= {"", "0"} else {""}
    return [place for place, value in results if value in missing]


def _may_hold_formulas(file: IO[bytes]) -> bool:
    """Most sheets have none, and to search their text takes a tenth of the time of parsing it."""
    end = b""
    while chunk := file.read(CHUNK_BYTES):
        if FORMULA.search(end + chunk):
            return True
        end = chunk[-LONGEST_TAG:]
    return False


def _results(file: IO[bytes]) -> Iterator[tuple[tuple[int, str], str]]:
    """The row and place of each formula, and its result as it is written; none whose result is a text or the like."""
    for _, row in ElementTree.iterparse(file):  # noqa: S314 - in a process with a limit on its memory
        if row.tag.endswith("}row"):
            for cell in row:
                value = cell.findtext("{*}v")
                if cell.find("{*}f") is not None and (value is None or cell.get("t", "n") == "n"):
                    yield (int(row.get("r", 0)), cell.get("r", "")), (value or "").strip()
            row.clear()


def _parse(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - in a process with a limit on its memory


def _asks_to_compute(workbook: ElementTree.Element) -> bool:
    return any(part.get("fullCalcOnLoad") in {"1", "true"} for part in workbook.iterfind("{*}calcPr"))


def _member(archive: zipfile.ZipFile, workbook: ElementTree.Element, sheet: str) -> str:
    """The name in the archive of what holds the sheet's cells, if it is written as usual."""
    keys = {part.get("name"): part.get(RELATION) for part in workbook.iterfind("{*}sheets/{*}sheet")}
    targets = {link.get("Id"): link.get("Target", "") for link in _parse(archive, "xl/_rels/workbook.xml.rels")}
    target = targets.get(keys.get(sheet), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
