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
# Of one cell; a formula has at most 8,192 characters.
LONGEST_CELL = 65_536
CELL = re.compile(
    rb"<(?:\w+:)?c\b(?P<attributes>[^>]*)>\s*<(?P<f>(?:\w+:)?f)\b(?:[^>]*/>|[^>]*>[^<]*</(?P=f)>)"
    rb"\s*(?:<(?:\w+:)?v>(?P<value>[^<]*)</(?:\w+:)?v>|<(?:\w+:)?v\s*/>)?\s*</(?:\w+:)?c>"
)
PLACE = re.compile(rb'\br="(?P<column>[A-Z]+)(?P<row>\d+)"')
# A result that is no number.
TYPED = re.compile(rb'\bt="(?!n")')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def find_uncomputed(path: Path, sheet: str) -> list[tuple[str, int]]:
    """The columns and rows of such cells, as ("B", 2). None of another format than .xlsx."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return []
        workbook = _parse(archive, "xl/workbook.xml")
        with archive.open(_member(archive, workbook, sheet)) as file:
            results = list(_results(file))
    numbers = {value for _, value in results}
    missing = {b"", b"0"} if _asks_to_compute(workbook) and numbers <= {b"", b"0"} else {b""}
    return [place for place, value in results if value in missing]


def _results(file: IO[bytes]) -> Iterator[tuple[tuple[str, int], bytes]]:
    """The place of each formula, and its result as it is written, but for results that are texts or the like."""
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        text, end = rest + chunk, 0
        for cell in CELL.finditer(text):
            end = cell.end()
            place, value = PLACE.search(cell["attributes"]), cell["value"]
            if place and (value is None or not TYPED.search(cell["attributes"])):
                yield (place["column"].decode(), int(place["row"])), (value or b"").strip()
        rest = text[max(end, len(text) - LONGEST_CELL) :]


def _parse(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - in a process with a limit on its memory


def _asks_to_compute(workbook: ElementTree.Element) -> bool:
    return any(part.get("fullCalcOnLoad") in {"1", "true"} for part in workbook.iterfind("{*}calcPr"))


def _member(archive: zipfile.ZipFile, workbook: ElementTree.Element, sheet: str) -> str:
    """The name in the archive of what holds the sheet's cells."""
    key = next(part.get(RELATION) for part in workbook.iterfind("{*}sheets/{*}sheet") if part.get("name") == sheet)
    links = _parse(archive, "xl/_rels/workbook.xml.rels")
    target = next(link.get("Target", "") for link in links if link.get("Id") == key)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
