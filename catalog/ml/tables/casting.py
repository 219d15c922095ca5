"""Values of one column as another Arrow type, with an error that names the first cell which does not fit."""

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData

# Written in a CSV file, each of these is a missing value; README.md lists them for users.
NULL_VALUES = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "n/a", "#N/A", "<NA>")


# How the texts of a feature are read: every category once, and its position in each cell.
CATEGORY_TYPE = pa.dictionary(pa.int32(), pa.string())


def is_text(kind: pa.DataType) -> bool:
    """Whether values of this type are texts, written out or as categories."""
    return bool(pa.types.is_string(kind) or kind == CATEGORY_TYPE)


def with_nulls(values: pa.Array) -> pa.Array:
    """Nulls in place of the texts that mean a missing value; of categories, those that are left keep their order."""
    if not pa.types.is_dictionary(values.type):
        return pc.if_else(is_null_text(values), pa.scalar(None, values.type), values)
    missing = is_null_text(values.dictionary)
    if not pc.any(missing).as_py():
        return values
    kept = pc.invert(missing)
    renumbered = pc.subtract(pc.cumulative_sum(pc.cast(kept, pa.int32())), pa.scalar(1, pa.int32()))
    codes = pc.if_else(kept, renumbered, pa.scalar(None, pa.int32())).take(values.indices)
    return pa.DictionaryArray.from_arrays(codes, values.dictionary.filter(kept))


def trim(values: pa.StringArray, kind: pa.DataType) -> pa.StringArray:
    """Without the white space that Arrow's CSV reader passes over around such values, and no other."""
    passes_over = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_date(kind)
    return pc.ascii_trim_whitespace(values) if passes_over else values


def is_null_text(values: pa.StringArray) -> pa.BooleanArray:
    return pc.is_in(values, value_set=pa.array(NULL_VALUES))


def cast_column(values: pa.Array, kind: pa.DataType | None, *, source: str, column: str, first_row: int) -> pa.Array:
    """`values` as `kind`; NaN becomes null. Raises InvalidData naming the first cell that does not fit."""
    if kind == CATEGORY_TYPE:
        if values.type == CATEGORY_TYPE:
            return values
        texts = cast_column(values, pa.string(), source=source, column=column, first_row=first_row)
        return texts.dictionary_encode()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if kind is None:
        return values
    if pa.types.is_string(kind) and (pa.types.is_floating(values.type) or pa.types.is_nested(values.type)):
        raise InvalidData(f"{source}: column {column!r} holds {values.type}, expected text.")
    try:
        cast = _cast(values, kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        row = _first_failing(values, kind)
        raise InvalidData(bad_cell(source, column, first_row + row, values[row].as_py(), kind)) from error
    return pc.if_else(pc.is_nan(cast), None, cast) if pa.types.is_floating(kind) else cast


def check_text(values: pa.StringArray, distinct: pa.StringArray, *, source: str, column: str, first_row: int) -> None:
    """Raises InvalidData for bytes that are no UTF-8, which Arrow lets pass in Parquet, and for the first cell with a
    NUL, which databases don't take. `distinct` are the values without repetition."""
    try:
        distinct.validate(full=True)
    except pa.ArrowInvalid as error:
        raise InvalidData(f"{source}: column {column!r} holds text that is not UTF-8. Save it as UTF-8.") from error
    if pc.any(pc.match_substring(distinct, "\0")).as_py():
        row = first_row + pc.index(pc.match_substring(values, "\0"), True).as_py() + 1
        raise InvalidData(f"{source}: column {column!r}, row {row} holds a NUL. Remove it.")


def bad_cell(source: str, column: str, row: int, value: object, kind: pa.DataType) -> str:
    """The message for a cell; `row` counts from 0, people from 1 (the header is not a row)."""
    words = {pa.float64(): "a number", pa.int64(): "an integer", pa.bool_(): "true or false", pa.date32(): "a date"}
    expected = words.get(kind, "text" if is_text(kind) else f"a {kind}")
    return f"{source}: column {column!r}, row {row + 1}: {str(value)[:80]!r} is not {expected}."


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    return pc.cast(values, kind, safe=pa.types.is_string(values.type) or pa.types.is_integer(kind))


def _first_failing(values: pa.Array, kind: pa.DataType) -> int:
    """The index of the first value that can't be cast, by halving."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            _cast(values.slice(low, middle - low), kind)
            low = middle
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            high = middle
    return low


def from_text(values: pa.Array, kind: pa.DataType, *, source: str, column: str, first_row: int) -> pa.Array:
    """A column read as it is written, as `kind`. Raises InvalidData naming the first cell that does not fit."""
    if pa.types.is_string(values.type):
        values = with_nulls(values)
        values = trim(values, kind)
    return cast_column(values, kind, source=source, column=column, first_row=first_row)
