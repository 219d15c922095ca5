"""Column types of a CSV file from all of its rows: the narrowest type that every value has."""

from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.casting import trimmed
from catalog.ml.schema import ARROW_TYPES, ColumnType
from catalog.ml.tables import OnBytes, TableFile, rows_at_once, slices

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
NOT_A_NUMBER = r"^\s*[+-]?0[0-9xX]"
BOOLEANS = pa.array(["true", "false", "True", "False", "TRUE", "FALSE"])


def infer_types(table: TableFile, *, on_bytes: OnBytes | None = None) -> dict[str, ColumnType]:
    """The type of each column, in the table's order; a column without a value is text. Raises InvalidData."""
    found = found_types(table, on_bytes=on_bytes)
    return {name: kind or ColumnType.STRING for name, kind in found.items()}


def found_types(table: TableFile, *, on_bytes: OnBytes | None = None) -> dict[str, ColumnType | None]:
    """The same with None for a column without a value."""
    found: dict[str, ColumnType | None] = dict.fromkeys(table.column_names)
    with closing(table.batches_ahead(dict.fromkeys(table.column_names, pa.string()), on_bytes=on_bytes)) as batches:
        for part in slices(batches, rows_at_once(len(table.column_names))):
            for name in table.column_names:
                if found[name] is not ColumnType.STRING:
                    found[name] = _widened(part.column(name).combine_chunks(), found[name])
    return found


def _widened(values: pa.StringArray, present: ColumnType | None) -> ColumnType | None:
    """`present`, or the next type wide enough for `values` too."""
    values = values.drop_null()
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
    if kind is ColumnType.BOOLEAN:
        return bool(pc.all(pc.is_in(values, value_set=BOOLEANS)).as_py())
    if kind.is_numeric and _holds_leading_zero(values):
        return False
    return _can_be_cast(values, kind) or _can_be_cast(trimmed(values, ARROW_TYPES[kind]), kind)


def _holds_leading_zero(values: pa.StringArray) -> bool:
    """The regular expression is for the few values that begin with what sorts before "1": zeros, signs, white space."""
    suspects = values.filter(pc.less(values, "1"))
    return bool(pc.any(pc.match_substring_regex(suspects, NOT_A_NUMBER)).as_py())


def _can_be_cast(values: pa.StringArray, kind: ColumnType) -> bool:
    try:
        pc.cast(values, ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        return False
    return True
