"""Rows in memory, of whatever kind, as Arrow columns with the types that they have; nothing is converted here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData, InvalidRequest, absent
from catalog.ml.tables.conversion.casting import CATEGORY_TYPE, SourceType, cast_column, source_type, target_type
from catalog.ml.tables.conversion.cell_errors import Origin, bad_cell
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.files.column_names import clean_name

NO_ARRAY = (pa.ArrowException, TypeError, ValueError, OverflowError)


def as_arrow(rows: Any, names: Iterable[str], source: str) -> dict[str, pa.Array | list[Any]]:
    """The columns of these names, in their order; a list where Python's values are of several kinds.

    `rows` is a DataFrame of pandas or Polars, a table or batch of pyarrow, anything else that exports Arrow's C stream,
    a dictionary a row, or one dictionary. Raises InvalidRequest for another thing, and InvalidData for a column that is
    missing or twice there.
    """
    names = list(names)
    if isinstance(rows, Mapping):
        rows = [rows]
    if isinstance(rows, pd.DataFrame):
        columns = _find_columns(names, list(rows.columns), source)
        return {name: _from_pandas(rows.iloc[:, at], name, source) for name, at in columns.items()}
    if isinstance(rows, pa.RecordBatch):
        rows = pa.Table.from_batches([rows])
    elif not isinstance(rows, pa.Table) and hasattr(rows, "__arrow_c_stream__"):
        rows = _import_table(rows, source)
    if isinstance(rows, pa.Table):
        columns = _find_columns(names, rows.column_names, source)
        return {name: _one_array(rows.column(at)) for name, at in columns.items()}
    if isinstance(rows, Sequence) and not isinstance(rows, str) and all(isinstance(row, Mapping) for row in rows):
        return {name: _from_objects(_cells(rows, name, names, source)) for name in names}
    raise InvalidRequest(
        f"`rows` is a {type(rows).__name__}. Give a DataFrame of pandas or Polars, an Arrow table, a list of "
        "dicts, or one dict."
    )


def _import_table(rows: Any, source: str) -> pa.Table:
    """Raises InvalidData for what is no table, as one row of a DataFrame, and for a type that Arrow has not."""
    try:
        return pa.table(rows)
    except pa.ArrowException as error:
        kind, reason = type(rows).__name__, str(error).splitlines()[0][:200].rstrip(".")
        raise InvalidData(
            f"{source}: Arrow makes no table of this {kind}: {reason}. Give a table, or a dict for one row, without "
            "columns of types that Arrow has not, as integers of 128 bits."
        ) from error


def _find_columns(names: Sequence[str], columns: Sequence[Any], source: str) -> dict[str, int]:
    """The positions of the columns, whose names may have white space around them or decomposed accents, as in files."""
    places = {name: _find_places(name, columns) for name in names}
    if missing := [name for name, found in places.items() if not found]:
        raise InvalidData(f"{source} has {absent(missing, map(str, columns))}")
    if twice := next((name for name, found in places.items() if len(found) > 1), None):
        raise InvalidData(f"{source} has two columns named {twice!r}. Rename one of them.")
    return {name: found[0] for name, found in places.items()}


def _find_places(name: str, columns: Sequence[Any]) -> list[int]:
    found = [at for at, column in enumerate(columns) if column == name]
    return found or [at for at, column in enumerate(columns) if clean_name(str(column)) == name]


def _one_array(values: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.unify_dictionaries()
    combined = values.combine_chunks()
    combined = combined if isinstance(combined, pa.Array) else combined.chunk(0)
    return pc.run_end_decode(combined) if pa.types.is_run_end_encoded(combined.type) else combined


def _from_pandas(column: "pd.Series[Any]", name: str, source: str) -> pa.Array | list[Any]:
    if column.dtype == object:
        return _from_objects(column.tolist())
    try:
        converted = pa.Array.from_pandas(column)
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError) as error:
        raise InvalidData(f"{source}: column {name!r} holds {column.dtype}, which is no type of a table.") from error
    return _one_array(converted) if isinstance(converted, pa.ChunkedArray) else converted


def _cells(rows: Sequence[Mapping[str, Any]], name: str, names: Sequence[str], source: str) -> list[Any]:
    """The values of each row; a row that has not the key is no row with a missing value, and is told all that it lacks
    of `names`."""
    cells = []
    for number, row in enumerate(rows, 1):
        if (key := _find_key(name, row)) is None:
            missing = [each for each in names if _find_key(each, row) is None]
            raise InvalidData(f"{source}: row {number} has {absent(missing, map(str, row), '')}")
        cells.append(row[key])
    return cells


def _find_key(name: str, row: Mapping[str, Any]) -> str | None:
    return name if name in row else next((key for key in row if clean_name(str(key)) == name), None)


def _from_objects(values: list[Any]) -> pa.Array | list[Any]:
    """Python's values of one kind as an array, of several as they are: Arrow would take 1.5 and true as numbers, and
    a time without a zone as UTC beside one with a zone."""
    plain = [_plain(value) for value in values]
    if len({_kind(value) for value in plain if value is not None}) > 1:
        return plain
    try:
        return pa.array(plain, from_pandas=True)
    except NO_ARRAY:
        return plain


def cast_cells(values: list[Any], kind: pa.DataType, origin: Origin, missing: MissingWords) -> pa.Array:
    """Values of several kinds, each converted by itself, as it would be in a row alone. Raises InvalidData."""
    cells = []
    for position, value in enumerate(values):
        own = replace(origin, first_row=origin.first_row + position)
        try:
            cell = pa.array([value], from_pandas=True)
        except NO_ARRAY as error:
            raise InvalidData(bad_cell(own, 0, repr(str(value)[:80]), target_type(kind))) from error
        if source_type(cell.type) is SourceType.OTHER and cell.null_count == 0:
            raise InvalidData(bad_cell(own, 0, repr(str(value)[:80]), target_type(kind)))
        typed = cast_column(cell, kind, origin=own, missing=missing)
        cells.append(typed.dictionary_decode() if kind == CATEGORY_TYPE else typed)
    column = pa.concat_arrays(cells)
    return column.dictionary_encode() if kind == CATEGORY_TYPE else column


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _plain(value: Any) -> Any:
    if _is_missing(value):
        return None
    return value.item() if isinstance(value, np.generic) and not isinstance(value, np.datetime64) else value


def _kind(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, Integral | Real | Decimal):
        return "decimal" if isinstance(value, Decimal) else "number"
    if isinstance(value, datetime):
        return "timestamp with a time zone" if value.tzinfo else "timestamp"
    return "date" if isinstance(value, date) else "text" if isinstance(value, str) else type(value).__name__
