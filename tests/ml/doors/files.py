"""A random table as the files that people's tools write of it."""

import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq

from catalog.ml.tables.conversion.casting import SourceType
from tests.ml.doors.frames import (
    as_arrow,
    as_arrow_of_other_widths,
    as_nullable_pandas,
    as_pandas,
    as_polars,
    as_polars_of_categories,
    json_text,
)
from tests.ml.doors.random_tables import RandomTable
from tests.workbooks import DATE, DATE_TIME, write_xlsx

FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - of sheets, which know no zones
EXACT = 2**53


class Unwritable(Exception):
    """The format has no way to write such a table."""


def parquet_of_arrow(table: RandomTable, folder: Path) -> Path:
    pq.write_table(as_arrow(table), path := folder / "arrow.parquet")
    return path


def parquet_of_other_widths(table: RandomTable, folder: Path) -> Path:
    """Also in several row groups, and times as Spark writes them."""
    path = folder / "widths.parquet"
    made = as_arrow_of_other_widths(table)
    is_zoneless = SourceType.TIMESTAMP_UTC not in table.types.values()  # INT96 has no zones
    pq.write_table(made, path, row_group_size=3, use_deprecated_int96_timestamps=is_zoneless)
    return path


def parquet_of_pandas(table: RandomTable, folder: Path) -> Path:
    as_pandas(table).to_parquet(path := folder / "pandas.parquet")
    return path


def parquet_of_nullable_pandas(table: RandomTable, folder: Path) -> Path:
    frame = as_nullable_pandas(table).sample(frac=1, random_state=table.seed).sort_index()
    frame.to_parquet(path := folder / "nullable.parquet")
    return path


def parquet_of_polars(table: RandomTable, folder: Path) -> Path:
    as_polars(table).write_parquet(path := folder / "polars.parquet")
    return path


def _by_duckdb(table: RandomTable, path: Path, options: str) -> Path:
    with duckdb.connect() as database:
        database.register("made", as_arrow(table))
        database.execute("set timezone = 'UTC'")
        database.execute(f"copy (select * from made) to '{path}' ({options})")
    return path


def parquet_of_duckdb(table: RandomTable, folder: Path) -> Path:
    return _by_duckdb(table, folder / "duckdb.parquet", "format parquet")


def csv_of_duckdb(table: RandomTable, folder: Path) -> Path:
    return _by_duckdb(table, folder / "duckdb.csv", "format csv, header")


def json_of_duckdb(table: RandomTable, folder: Path) -> Path:
    return _by_duckdb(table, folder / "duckdb.jsonl", "format json")


def csv_of_pandas(table: RandomTable, folder: Path) -> Path:
    as_pandas(table).to_csv(path := folder / "pandas.csv", index=False)
    return path


def csv_of_polars(table: RandomTable, folder: Path) -> Path:
    as_polars(table).write_csv(path := folder / "polars.csv")
    return path


def csv_of_arrow(table: RandomTable, folder: Path) -> Path:
    pa.csv.write_csv(as_arrow(table), path := folder / "arrow.csv")
    return path


def csv_of_python(table: RandomTable, folder: Path) -> Path:
    path = folder / "python.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows([plain_text(cell) for cell in row.values()] for row in table.rows)
    return path


def plain_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.isoformat() if isinstance(cell, date | datetime) else str(cell)


def json_of_python(table: RandomTable, folder: Path) -> Path:
    path = folder / "python.jsonl"
    rows = [{name: json_text(cell) for name, cell in row.items()} for row in table.rows]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def json_of_polars(table: RandomTable, folder: Path) -> Path:
    as_polars(table).write_ndjson(path := folder / "polars.jsonl")
    return path


def feather_of_arrow(table: RandomTable, folder: Path) -> Path:
    pyarrow.feather.write_feather(as_arrow(table), path := folder / "arrow.feather")
    return path


def arrow_of_polars(table: RandomTable, folder: Path) -> Path:
    as_polars(table).write_ipc(path := folder / "polars.arrow")
    return path


def arrow_of_polars_categories(table: RandomTable, folder: Path) -> Path:
    as_polars_of_categories(table).write_ipc_stream(path := folder / "categories.arrow")
    return path


def workbook(table: RandomTable, folder: Path) -> Path:
    """Sheets have no rows without a cell, no integers beyond 2**53, and no zones: these are written as texts."""
    if table.has_blank_row:
        raise Unwritable
    rows = [[_sheet_cell(cell) for cell in row.values()] for row in table.rows]
    return write_xlsx(folder / "sheet.xlsx", {"One": [list(table.columns), *rows]})


def _sheet_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        if cell.tzinfo:
            return cell.isoformat()
        return ((cell - FIRST_DAY).total_seconds() / 86_400, DATE_TIME)
    if isinstance(cell, date):
        return (float((cell - FIRST_DAY.date()).days), DATE)
    if isinstance(cell, bool | str) or cell is None:
        return cell
    return float(cell)


FILES: dict[str, Callable[[RandomTable, Path], Path]] = {
    "Parquet of Arrow": parquet_of_arrow,
    "Parquet of Arrow, other widths": parquet_of_other_widths,
    "Parquet of pandas": parquet_of_pandas,
    "Parquet of nullable pandas": parquet_of_nullable_pandas,
    "Parquet of Polars": parquet_of_polars,
    "Parquet of DuckDB": parquet_of_duckdb,
    "CSV of DuckDB": csv_of_duckdb,
    "CSV of pandas": csv_of_pandas,
    "CSV of Polars": csv_of_polars,
    "CSV of Arrow": csv_of_arrow,
    "CSV of Python": csv_of_python,
    "JSON Lines of Python": json_of_python,
    "JSON Lines of Polars": json_of_polars,
    "JSON Lines of DuckDB": json_of_duckdb,
    "Feather of Arrow": feather_of_arrow,
    "Arrow of Polars": arrow_of_polars,
    "Arrow of Polars, categories": arrow_of_polars_categories,
    "workbook": workbook,
}
