"""Column types of a CSV file from all of its rows: the narrowest type that every value has."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.conversion.casting import CASTS, SourceType
from catalog.ml.tables.conversion.text_parsing import parse_digits
from catalog.ml.tables.files.csv_reading import Batches, OnBytes
from catalog.ml.tables.reading import TableFile, rebatch, rows_at_once, to_record_batch
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType

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


def infer_types(table: TableFile, *, on_bytes: OnBytes | None = None) -> dict[str, ColumnType | None]:
    """The type of each column, in the table's order; None for a column without a value. Raises InvalidData."""
    types: dict[str, ColumnType | None] = dict.fromkeys(table.column_names)
    missing = table.missing
    for texts in text_batches(table, on_bytes=on_bytes):
        for name, values in zip(types, texts.columns, strict=True):
            types[name], _ = infer_type(missing.to_nulls(values.unique(), name).drop_null(), types[name])
    return types


def infer_partitions(files: Iterable[Mapping[str, str | None]]) -> dict[str, ColumnType]:
    """The types of the columns that folders hold, from their values at all files: as those of a CSV file."""
    texts: dict[str, list[str | None]] = {}
    for values in files:
        for name, value in values.items():
            texts.setdefault(name, []).append(value)
    inferred = {name: infer_type(pa.array(values, pa.string()), None)[0] for name, values in texts.items()}
    return {name: kind or ColumnType.STRING for name, kind in inferred.items()}


def text_batches(table: TableFile, *, on_bytes: OnBytes | None = None) -> Batches:
    """All columns of a CSV file as they are written, in batches of as many rows as one column's work is worth."""
    names = dict.fromkeys(table.column_names)
    with closing(table.prefetch_batches(names, on_bytes=on_bytes)) as batches:
        # map() holds no batch while the next one is made.
        yield from map(to_record_batch, rebatch(batches, rows_at_once(len(names))))


def infer_type(values: pa.StringArray, present: ColumnType | None) -> tuple[ColumnType | None, pa.Array]:
    """`present`, or the next type wide enough for `values` too, and the values as that type.

    Without a value `present` stays, and None keeps the nulls as text.
    """
    if values.null_count == len(values):
        return present, values if present is None else pc.cast(values, ARROW_TYPES[present])
    for kind in CANDIDATES if present is None else _from(present):
        cast = as_type(values, kind)
        if cast is not None:
            return kind, cast
    return ColumnType.STRING, values


def _from(present: ColumnType) -> Iterator[ColumnType]:
    """The type and those that are wider, without text, which everything fits."""
    kind: ColumnType | None = present
    while kind is not None and kind is not ColumnType.STRING:
        yield kind
        kind = WIDER.get(kind)


def as_type(values: pa.StringArray, kind: ColumnType) -> pa.Array | None:
    """The values as that type; None when some are not of it."""
    if kind is ColumnType.BOOLEAN and not pc.all(pc.is_in(values.drop_null(), value_set=BOOLEANS)).as_py():
        return None
    if kind.is_numeric and _holds_leading_zero(values):
        return None
    try:
        # 3.0 is a whole number, and was written by what had numbers.
        return parse_digits(values) if kind is ColumnType.INTEGER else CASTS[SourceType.TEXT, kind](values)
    except pa.ArrowInvalid:
        return None


def _holds_leading_zero(values: pa.StringArray) -> bool:
    """The regular expression is for the few values that begin with what sorts before "1": zeros, signs, white space."""
    suspects = values.filter(pc.less(values, "1"))
    return bool(pc.any(pc.match_substring_regex(suspects, NOT_A_NUMBER)).as_py())
