"""Rows in memory, of whichever library, as the frame that an estimator was fitted on: the contract that files have."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from catalog.exceptions import InvalidData, InvalidRequest, near
from catalog.ml.features import Feature, Signature, to_frame
from catalog.ml.tables.casting import CATEGORY_TYPE, bad_cell, from_text

KINDS = "a DataFrame of pandas or Polars, an Arrow table, a list of dicts, or one dict"
NO_ARRAY = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, TypeError, ValueError)


def convert_rows(rows: object, signature: Signature, *, source: str = "rows") -> pd.DataFrame:
    """The estimator's input, of shape (n_rows, n_features).

    Parameters
    ----------
    rows : pandas.DataFrame, polars.DataFrame, pyarrow.Table, list of dict, or dict
        Columns that the signature does not name are ignored. Of dicts each row names every feature; None is a missing
        value.
    signature : Signature
        Of the version that predicts.
    source : str
        What messages call the rows.

    Raises
    ------
    InvalidRequest
        `rows` is of another kind.
    InvalidData
        There are no rows, a feature is missing, or a cell does not fit; the message names column and row.
    """
    columns = _columns(rows, [feature.name for feature in signature.features], source)
    converted = {feature.name: _typed(columns[feature.name], feature, source) for feature in signature.features}
    table = pa.table(converted)
    if not table.num_rows:
        raise InvalidData(f"{source} has no rows to predict.")
    return to_frame(table, signature.features)


def _columns(rows: object, names: Sequence[str], source: str) -> dict[str, Any]:
    """The values of each column: an Arrow array or a list."""
    if isinstance(rows, Mapping):
        rows = [rows]
    if isinstance(rows, pd.DataFrame):
        _require(names, [str(name) for name in rows.columns], source)
        return {name: _from_pandas(rows[name]) for name in names}
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        return _from_dicts(rows, names, source)
    if not hasattr(rows, "__arrow_c_stream__") and not isinstance(rows, pa.RecordBatch):
        raise InvalidRequest(f"`rows` is a {type(rows).__name__}. Give {KINDS}.")
    table = pa.table(rows)
    _require(names, table.column_names, source)
    return {name: table.column(name).combine_chunks() for name in names}


def _require(names: Sequence[str], present: Sequence[str], source: str) -> None:
    """Raises InvalidData when a column is missing, or is there twice."""
    for name in names:
        if name not in present:
            raise InvalidData(f"{source} has no column {name!r}.{near(name, present)}")
        if present.count(name) > 1:
            raise InvalidData(f"{source} has two columns named {name!r}. Rename one of them.")


def _from_pandas(values: "pd.Series[Any]") -> Any:
    try:
        return pa.array(values, from_pandas=True)
    except NO_ARRAY:
        return values.tolist()


def _from_dicts(rows: Sequence[Mapping[str, Any]], names: Sequence[str], source: str) -> dict[str, Any]:
    for name in names:
        for number, row in enumerate(rows, 1):
            if name not in row:
                raise InvalidData(f"{source}: row {number} has no {name!r}.{near(name, [str(key) for key in row])}")
    return {name: [row[name] for row in rows] for name in names}


def _typed(values: Any, feature: Feature, source: str) -> pa.Array:
    """The column with the type that it was read with in training. Raises InvalidData for a cell that does not fit."""
    if isinstance(values, list):
        try:
            values = pa.array(values, from_pandas=True)
        except NO_ARRAY:
            return _typed_by_cell(values, feature, source)
    return _typed_array(values, feature, source, 0)


def _typed_by_cell(values: list[Any], feature: Feature, source: str) -> pa.Array:
    """Of values of several types, each by itself."""
    cells = []
    for row, value in enumerate(values):
        try:
            cell = pa.array([value], from_pandas=True)
        except NO_ARRAY as error:
            raise InvalidData(bad_cell(source, feature.name, row, value, feature.read_type)) from error
        typed = _typed_array(cell, feature, source, row)
        cells.append(typed.dictionary_decode() if feature.is_category else typed)
    column = pa.concat_arrays(cells)
    return column.dictionary_encode() if feature.is_category else column


def _typed_array(values: pa.Array, feature: Feature, source: str, first_row: int) -> pa.Array:
    kind = feature.read_type
    if pa.types.is_nested(values.type):
        raise InvalidData(bad_cell(source, feature.name, first_row, values[0].as_py(), kind))
    if pa.types.is_dictionary(values.type) and values.type != CATEGORY_TYPE:
        categories = _plain_text(values.dictionary)
        values = pa.DictionaryArray.from_arrays(values.indices, categories).dictionary_decode()
    values = _plain_text(values)
    return from_text(values, kind, source=source, column=feature.name, first_row=first_row)


def _plain_text(values: pa.Array) -> pa.Array:
    """Texts of the other layouts that Arrow has, in the one that files are read into; all else as it is."""
    is_other = pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type)
    return values.cast(pa.string()) if is_other else values
