"""Workbooks as the tests need them, written cell by cell."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# The styles of cells by their position here: general, a date, a date with time, a percent, a length of time.
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="5">{{}}</cellXfs></styleSheet>'.format(
    "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 9, 46))
)
DATE, DATE_TIME, PERCENT, ELAPSED = 1, 2, 3, 4
ODS_MANIFEST = '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
ODS_MIME = "application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class Formula:
    """Of a cell, with its result as XML, and the type of that; None as openpyxl writes one that nobody has computed."""

    text: str
    result: str | None
    kind: str = "n"


Cell = str | float | bool | None | tuple[float, int] | Formula


def error(name: str) -> tuple[float, int]:
    """A cell with an error, whatever its name."""
    return (float("nan"), -1 if name else 0)


def write_xlsx(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], *, from_1904: bool = False, computes: bool = False
) -> Path:
    """A workbook; a tuple is a number with its style. `computes` asks spreadsheets to compute its formulas."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in zip(numbers, sheets, strict=True)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    calendar = '<workbookPr date1904="1"/>' if from_1904 else ""
    computing = '<calcPr fullCalcOnLoad="1"/>' if computes else ""
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{calendar}'
        f"<sheets>{listed}</sheets>{computing}</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        f'<Relationship Id="styles" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
    }
    for number, rows in zip(numbers, sheets.values(), strict=True):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return path


def _sheet(rows: Sequence[Sequence[Cell]]) -> str:
    text = "".join(
        f'<row r="{y}">{"".join(_cell(f"{chr(64 + x)}{y}", cell) for x, cell in enumerate(row, 1))}</row>'
        for y, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{text}</sheetData></worksheet>'


def _cell(at: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Formula):
        result = "<v />" if cell.result is None else f"<v>{cell.result}</v>"
        return f'<c r="{at}" t="{cell.kind}"><f>{escape(cell.text)}</f>{result}</c>'
    if isinstance(cell, str):
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    if isinstance(cell, bool):
        return f'<c r="{at}" t="b"><v>{cell:d}</v></c>'
    value, style = cell if isinstance(cell, tuple) else (cell, 0)
    if style < 0:
        return f'<c r="{at}" t="e"><v>#DIV/0!</v></c>'
    return f'<c r="{at}" s="{style}"><v>{value!r}</v></c>'


def write_ods(path: Path, rows: Sequence[Sequence[str | float]]) -> Path:
    """An OpenDocument workbook of one sheet."""
    cells = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="One">{cells}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", ODS_MIME)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", ODS_MANIFEST)
    return path


def _ods_cell(cell: str | float) -> str:
    kind = f'"float" office:value="{cell}"' if isinstance(cell, float | int) else '"string"'
    return f"<table:table-cell office:value-type={kind}><text:p>{cell}</text:p></table:table-cell>"
