"""The process that reads a workbook: it limits its memory first, and ends with an answer or is killed."""

import csv
import io
import json
import resource
import sys
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from catalog.exceptions import counted, near
from catalog.ml.tables.dialects.layout import MOST_RECORDS, header_advice, lay_out
from catalog.ml.tables.files.column_names import clean_name
from catalog.ml.tables.importing.sheet_columns import SheetColumn, is_blank
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.ml.tables.importing.uncomputed_cells import find_uncomputed
from catalog.ml.tables.profiling.notes import emptied_note

BATCH_ROWS = 10_000


class SheetProblem(Exception):
    """What is wrong with the workbook, in a line without a full stop."""


def main() -> None:
    """Read the workbook argv[1] into the Parquet file argv[2]; print the notes or the problem as JSON."""
    path, target, asked, memory = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer: dict[str, Any] = {"notes": convert(Path(path), Path(target), SheetRequest.from_json(json.loads(asked)))}
    except (CalamineError, pa.ArrowException, OSError, ElementTree.ParseError, SheetProblem) as error:
        answer = {"problem": (str(error).splitlines() or [type(error).__name__])[0][:500].rstrip(".")}
    sys.stdout.write(json.dumps(answer))


def convert(path: Path, target: Path, asked: SheetRequest) -> tuple[str, ...]:
    """The sheet's table in `target`, with notes: which sheet it is, and which words emptied cells."""
    sheet = asked.name
    workbook = CalamineWorkbook.from_path(str(path))
    names = [found.name for found in workbook.sheets_metadata if found.typ is SheetTypeEnum.WorkSheet]
    if sheet and sheet not in names:
        raise SheetProblem(f"it has no sheet {sheet!r}.{near(sheet, names)}")
    for name in [sheet] if sheet else names:
        opened = workbook.get_sheet_by_name(name)
        if columns := _write_table(opened, asked, target):
            _check_rows(opened, asked, [repr(other) for other in names if other != name])
            _check_computed(path, opened, asked)
            of_all = f" of {len(names)}" if len(names) > 1 else ""
            emptied = emptied_note({clean_name(column.name): column.emptied for column in columns})
            return (f"Read the sheet {name!r}{of_all}{asked.words}.", *emptied)
    raise SheetProblem(f"the sheet {sheet!r} is empty" if sheet else "its sheets are empty")


def _check_computed(path: Path, sheet: CalamineSheet, asked: SheetRequest) -> None:
    """Raises SheetProblem when a formula has no result, but in rows that are left out."""
    last = (sheet.end or (0, 0))[0] + 1 - asked.skip_footer
    places = [place for row, place in find_uncomputed(path, sheet.name) if asked.skip_rows < row <= last]
    if places:
        raise SheetProblem(
            f"the program that wrote it left {counted(len(places), 'formula')} of the sheet {sheet.name!r} without a "
            f"result, the first in {places[0]}. Open it in a spreadsheet, and save it"
        )


def _write_table(sheet: CalamineSheet, asked: SheetRequest, target: Path) -> list[SheetColumn]:
    """The columns of the table that was written; none when there is no table. Empty rows and columns are none of it."""
    rows = _rows(sheet, asked)
    names = list(map(_written, next(rows, [])))
    columns = [SheetColumn(name, asked.missing.of(clean_name(name))) for name in names]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            column.see(cell)
    kept = [at for at, column in enumerate(columns) if column.name or column.kinds]
    if not kept:
        return []
    _check_names(sheet, [columns[at].name for at in kept])
    schema = pa.schema([(columns[at].name, columns[at].arrow_type) for at in kept])
    with pq.ParquetWriter(target, schema) as writer:
        for batch in _batches(sheet, asked):
            arrays = [pa.array([columns[at].value(row[at]) for row in batch], columns[at].arrow_type) for at in kept]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return [columns[at] for at in kept]


def _rows(sheet: CalamineSheet, asked: SheetRequest) -> Iterator[list[Any]]:
    """The rows that are asked for and not blank."""
    held: deque[list[Any]] = deque()
    for row in islice(sheet.iter_rows(), asked.skip_rows, None):
        if not all(map(is_blank, row)):
            held.append(row)
        if len(held) > asked.skip_footer:
            yield held.popleft()


def _check_rows(sheet: CalamineSheet, asked: SheetRequest, others: list[str]) -> None:
    """Raises SheetProblem for a sheet of a title alone, as covers are, when there are others."""
    if others and len(list(islice(_rows(sheet, asked), 2))) < 2:
        choice = f"Say which sheet to read: `sheet` {' or '.join(others)}"
        raise SheetProblem(f"the sheet {sheet.name!r} has a header but no rows. {choice}")


def _check_names(sheet: CalamineSheet, names: list[str]) -> None:
    """Raises SheetProblem when a column has no name, but for the first, which may count the rows."""
    if "" not in names[1:]:
        return
    text = io.StringIO()
    first = islice(sheet.iter_rows(), MOST_RECORDS)
    csv.writer(text).writerows([" ".join(_written(cell).split()) for cell in row] for row in first)
    advice = header_advice(lay_out(text.getvalue(), ",", is_whole=True))
    raise SheetProblem(
        f"column {names.index('', 1) + 1} of the sheet {sheet.name!r} has no name. The row above the table must name "
        f"every column; names that stand in two rows must be in one.{advice}"
    )


def _written(cell: Any) -> str:
    return "" if is_blank(cell) else SheetColumn.text_of(cell).strip()


def _batches(sheet: CalamineSheet, asked: SheetRequest) -> Iterator[list[list[Any]]]:
    """The rows below the header."""
    rows, batch = _rows(sheet, asked), []
    next(rows)
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
