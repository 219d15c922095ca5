"""Texts that write numbers and dates in a way of their own, as values of a type."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.casting import (
    SourceType,
    cast_column,
    is_text,
    plain_values,
    source_type,
    target_type,
)
from catalog.ml.tables.conversion.cell_errors import Origin, bad_cell, check_utf8, show
from catalog.ml.tables.conversion.missing import NO_WORDS, MissingWords
from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.dialect import CellFormat


def cast_columns(
    batch: pa.RecordBatch,
    types: Mapping[str, pa.DataType | None],
    formats: Mapping[str, CellFormat],
    *,
    source: str,
    missing: MissingWords,
    first_row: int = 0,
) -> pa.RecordBatch:
    """The columns of `types`, each as its type. Raises InvalidData."""
    columns = [
        cast_written(
            batch.column(name), kind, formats.get(name), origin=Origin(source, name, first_row), missing=missing
        )
        for name, kind in types.items()
    ]
    return pa.RecordBatch.from_arrays(columns, names=list(types))


def cast_written(
    values: pa.Array, kind: pa.DataType | None, written: CellFormat | None, *, origin: Origin, missing: MissingWords
) -> pa.Array:
    """As `cast_column`, of texts that are `written` so, plainly without it. Raises InvalidData."""
    if written is None or kind is None or is_text(kind) or source_type(values.type) is not SourceType.TEXT:
        return cast_column(values, kind, origin=origin, missing=missing)
    texts = missing.to_nulls(check_utf8(plain_values(values), origin), origin.column)
    plain, is_so = standard_texts(texts, written)
    if not pc.all(is_so).as_py():
        position = pc.index(is_so, False).as_py()
        shown = bad_cell(origin, position, show(texts[position]), target_type(kind)).removesuffix(".")
        raise InvalidData(f"{shown} ({written.words}).")
    return cast_column(plain, kind, origin=origin, missing=NO_WORDS)
