"""A random table as the frames that people hold in memory."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from catalog.ml.tables.conversion.casting import SourceType
from tests.ml.doors.random_tables import RandomTable

TIMES = {SourceType.DATE, SourceType.TIMESTAMP, SourceType.TIMESTAMP_UTC}
ARROW = {
    SourceType.INTEGER: pa.int64(), SourceType.FLOAT: pa.float64(), SourceType.DECIMAL: pa.decimal128(38, 2),
    SourceType.BOOLEAN: pa.bool_(), SourceType.DATE: pa.date32(), SourceType.TIMESTAMP: pa.timestamp("us"),
    SourceType.TIMESTAMP_UTC: pa.timestamp("us", "UTC"), SourceType.TEXT: pa.string(),
}  # fmt: skip
POLARS = {
    SourceType.INTEGER: pl.Int64, SourceType.FLOAT: pl.Float64, SourceType.DECIMAL: pl.Decimal(38, 2),
    SourceType.BOOLEAN: pl.Boolean, SourceType.DATE: pl.Date, SourceType.TIMESTAMP: pl.Datetime("us"),
    SourceType.TIMESTAMP_UTC: pl.Datetime("us", "UTC"), SourceType.TEXT: pl.String,
}  # fmt: skip
# Other types of the same kind, as other writers choose them.
WIDTHS = {
    SourceType.DECIMAL: pa.decimal256(50, 4), SourceType.DATE: pa.date64(), SourceType.TIMESTAMP: pa.timestamp("s"),
    SourceType.TIMESTAMP_UTC: pa.timestamp("ns", "America/Sao_Paulo"),
}  # fmt: skip
TEXTS = (pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.large_string()))


def as_arrow(table: RandomTable) -> pa.Table:
    return pa.table({name: pa.array(cells, ARROW[table.types[name]]) for name, cells in table.columns.items()})


def as_arrow_of_other_widths(table: RandomTable) -> pa.Table:
    made, columns = as_arrow(table), {}
    for at, (name, cells) in enumerate(table.columns.items()):
        kind = WIDTHS.get(table.types[name], ARROW[table.types[name]])
        if table.types[name] is SourceType.TEXT:
            kind = TEXTS[(table.seed + at) % len(TEXTS)]
        elif table.types[name] is SourceType.INTEGER and all(cell is None or abs(cell) < 2**31 for cell in cells):
            kind = pa.int32()
        elif table.types[name] is SourceType.TIMESTAMP and any(cell and cell.microsecond for cell in cells):
            kind = pa.timestamp("ns")
        columns[name] = made.column(name).cast(kind)
    return pa.table(columns)


def as_polars(table: RandomTable) -> pl.DataFrame:
    return pl.DataFrame(table.columns, schema={name: POLARS[table.types[name]] for name in table.columns})


def as_polars_of_categories(table: RandomTable) -> pl.DataFrame:
    return as_polars(table).with_columns(pl.col(pl.String).cast(pl.Categorical))


def as_pandas_of_arrow(table: RandomTable) -> pd.DataFrame:
    return as_arrow(table).to_pandas(types_mapper=pd.ArrowDtype)


def as_pandas(table: RandomTable) -> pd.DataFrame:
    """As pandas makes it of the columns: integers with gaps are floats, booleans with gaps objects."""
    columns: dict[str, Any] = {}
    for name, cells in table.columns.items():
        kind = table.types[name]
        if kind in TIMES:
            zone = ", UTC" if kind is SourceType.TIMESTAMP_UTC else ""
            columns[name] = pd.Series(pd.to_datetime(cells, utc=bool(zone))).astype(f"datetime64[us{zone}]")
        elif kind is SourceType.INTEGER:
            columns[name] = pd.Series(cells, dtype="float64" if None in cells else "int64")
        else:
            columns[name] = pd.Series(cells, dtype=None if any(cell is not None for cell in cells) else "float64")
    return pd.DataFrame(columns)


def as_nullable_pandas(table: RandomTable) -> pd.DataFrame:
    """With pandas' own missing values, and texts as categories of these rows, in their order."""
    kinds = {SourceType.INTEGER: "Int64", SourceType.FLOAT: "Float64", SourceType.BOOLEAN: "boolean"}
    frame = as_pandas(table)
    for name, cells in table.columns.items():
        if dtype := kinds.get(table.types[name]):
            frame[name] = pd.array(cells, dtype=dtype)
        elif table.types[name] is SourceType.TEXT:
            frame[name] = pd.Categorical(cells)
    return frame


def as_objects(table: RandomTable) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in table.columns.items()})


def as_numpy_dicts(table: RandomTable) -> list[dict[str, Any]]:
    """Rows as scalars of numpy, and NaN where there is no value."""
    return [{name: _numpy(cell) for name, cell in row.items()} for row in table.rows]


def _numpy(cell: Any) -> Any:
    if cell is None:
        return np.nan
    if isinstance(cell, bool):
        return np.bool_(cell)
    return np.float64(cell) if isinstance(cell, float) else np.int64(cell) if isinstance(cell, int) else cell


def json_text(cell: Any) -> Any:
    """A cell as JSON has it."""
    if isinstance(cell, Decimal):
        return float(cell)
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def as_request(table: RandomTable) -> list[dict[str, Any]]:
    """Rows as a request brings them."""
    rows = [{name: json_text(cell) for name, cell in row.items()} for row in table.rows]
    return list(json.loads(json.dumps(rows)))


FRAMES: dict[str, Callable[[RandomTable], Any]] = {
    "frame of pandas": as_pandas,
    "frame of nullable pandas": as_nullable_pandas,
    "frame of objects": as_objects,
    "frame of pandas over Arrow": as_pandas_of_arrow,
    "frame of Polars": as_polars,
    "frame of Polars, categories": as_polars_of_categories,
    "table of Arrow": as_arrow,
    "table of Arrow, other widths": as_arrow_of_other_widths,
    "dicts": lambda table: table.rows,
    "dicts of numpy": as_numpy_dicts,
    "request": as_request,
}
