"""The process that reads a workbook: it limits its memory first, and ends with an answer or is killed."""

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from catalog.exceptions import near
from catalog.ml.tables.importing.sheet_columns import SheetColumn, is_blank

BATCH_ROWS = 10_000


class _SheetProblem(Exception):
    """What is wrong with the workbook, in a line without a full stop."""


def main() -> None:
    """Read the workbook argv[1] into the Parquet file argv[2]; print the note or the problem as JSON."""
    path, target, sheet, memory = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = {"note": convert(Path(path), Path(target), sheet)}
    except (CalamineError, pa.ArrowException, OSError, _SheetProblem) as error:
        answer = {"problem": (str(error).splitlines() or [type(error).__name__])[0][:300].rstrip(".")}
    sys.stdout.write(json.dumps(answer))


def convert(path: Path, target: Path, sheet: str) -> str:
    """The sheet's table in `target`, with the note that says which sheet it is."""
    workbook = CalamineWorkbook.from_path(str(path))
    names = [found.name for found in workbook.sheets_metadata if found.typ is SheetTypeEnum.WorkSheet]
    if sheet and sheet not in names:
        raise _SheetProblem(f"it has no sheet {sheet!r}.{near(sheet, names)}")
    for name in [sheet] if sheet else names:
        if _write_table(workbook.get_sheet_by_name(name), target):
            return f"Read the sheet {name!r} of {len(names)}." if len(names) > 1 else f"Read the sheet {name!r}."
    raise _SheetProblem(f"the sheet {sheet!r} is empty" if sheet else "its sheets are empty")


def _write_table(sheet: CalamineSheet, target: Path) -> bool:
    """Whether there is a table in the sheet. Empty rows and columns are none of it."""
    rows = _rows(sheet)
    header = next(rows, None)
    if header is None:
        return False
    columns = [SheetColumn("" if is_blank(cell) else SheetColumn.text_of(cell).strip()) for cell in header]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            column.see(cell)
    kept = [at for at, column in enumerate(columns) if column.name or column.kinds]
    schema = pa.schema([(columns[at].name, columns[at].arrow_type) for at in kept])
    with pq.ParquetWriter(target, schema) as writer:
        for batch in _batches(sheet):
            arrays = [pa.array([columns[at].value(row[at]) for row in batch], columns[at].arrow_type) for at in kept]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return True


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    return (row for row in sheet.iter_rows() if not all(map(is_blank, row)))


def _batches(sheet: CalamineSheet) -> Iterator[list[list[Any]]]:
    """The rows below the header."""
    rows, batch = _rows(sheet), []
    next(rows)
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
