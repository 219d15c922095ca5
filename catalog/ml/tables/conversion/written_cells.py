"""Cells of a text file, written in the way of its dialect, as values of a type."""

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.casting import cast_column, is_text, target_type
from catalog.ml.tables.conversion.cell_errors import Origin, bad_cell, show
from catalog.ml.tables.conversion.missing import NO_WORDS, MissingWords
from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.dialect import CellFormat


def cast_written(
    values: pa.Array, kind: pa.DataType | None, written: CellFormat | None, *, origin: Origin, missing: MissingWords
) -> pa.Array:
    """As `cast_column`, of texts that are `written` so, plainly without it. Raises InvalidData."""
    if written is None or kind is None or is_text(kind) or not pa.types.is_string(values.type):
        return cast_column(values, kind, origin=origin, missing=missing)
    plain, is_so = standard_texts(missing.to_nulls(values, origin.column), written)
    if not pc.all(is_so).as_py():
        position = pc.index(is_so, False).as_py()
        shown = bad_cell(origin, position, show(values[position]), target_type(kind)).removesuffix(".")
        raise InvalidData(f"{shown} ({written.words}).")
    return cast_column(plain, kind, origin=origin, missing=NO_WORDS)
