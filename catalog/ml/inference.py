"""Column types of a CSV file from all of its rows: the narrowest type that every value has."""

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.casting import is_null_text, trimmed
from catalog.ml.schema import ARROW_TYPES, ColumnType
from catalog.ml.tables import OnBytes, TableFile

# What a column may still be when it turns out not to be what it seemed; text when none fits.
WIDER = {ColumnType.INTEGER: ColumnType.NUMBER, ColumnType.DATE: ColumnType.TIMESTAMP}
CANDIDATES = (
    ColumnType.BOOLEAN,
    ColumnType.INTEGER,
    ColumnType.NUMBER,
    ColumnType.DATE,
    ColumnType.TIMESTAMP,
    ColumnType.TIMESTAMP_UTC,
)
# Leading zeros carry meaning (postcodes, account numbers), and 0x1F is a name before it is a number.
NOT_A_NUMBER = r"^[+-]?0[0-9xX]"


def infer_types(table: TableFile, *, on_bytes: OnBytes | None = None) -> dict[str, ColumnType]:
    """The type of each column, in the table's order; a column without a value is text. Raises InvalidData."""
    found = found_types(table, on_bytes=on_bytes)
    return {name: kind or ColumnType.STRING for name, kind in found.items()}


def found_types(table: TableFile, *, on_bytes: OnBytes | None = None) -> dict[str, ColumnType | None]:
    """The same with None for a column without a value."""
    found: dict[str, ColumnType | None] = dict.fromkeys(table.column_names)
    for batch in table.batches(dict.fromkeys(table.column_names), on_bytes=on_bytes):
        for position, name in enumerate(table.column_names):
            if found[name] is not ColumnType.STRING:
                found[name] = _widened(batch.column(position), found[name])
    return found


def _widened(values: pa.StringArray, present: ColumnType | None) -> ColumnType | None:
    """`present`, or the next type wide enough for `values` too."""
    values = values.filter(pc.invert(is_null_text(values)))
    if len(values) == 0:
        return present
    if present is None:
        return next((kind for kind in CANDIDATES if _fits(values, kind)), ColumnType.STRING)
    while not _fits(values, present):
        if present not in WIDER:
            return ColumnType.STRING
        present = WIDER[present]
    return present


def _fits(values: pa.StringArray, kind: ColumnType) -> bool:
    values = trimmed(values, ARROW_TYPES[kind])
    if kind is ColumnType.BOOLEAN:
        return bool(
            pc.all(pc.is_in(values, value_set=pa.array(["true", "false", "True", "False", "TRUE", "FALSE"]))).as_py()
        )
    if kind.is_numeric and pc.any(pc.match_substring_regex(values, NOT_A_NUMBER)).as_py():
        return False
    try:
        pc.cast(values, ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        return False
    return True
