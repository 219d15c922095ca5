"""Which source type fits which type of a column, and how its values are converted: exactly, or not at all.

Nothing is converted on a guess. `CASTS` is the whole list; a column without one value fits every type, and everything
else is an error that names column, row, what it holds and what is expected.
"""

from collections.abc import Callable
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.cell_errors import EXPECTED, Origin, advise, bad_cell, check_range, check_utf8, show
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.conversion.text_parsing import (
    parse_boolean,
    parse_date,
    parse_integer,
    parse_number,
    parse_timestamp,
    parse_timestamp_utc,
)
from catalog.ml.tables.schema import ColumnType

# How the texts of a feature are read: every category once, and its position in each cell.
CATEGORY_TYPE = pa.dictionary(pa.int32(), pa.string())


class SourceType(StrEnum):
    """What a column of a file or a frame holds, whatever it is stored as."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMP_UTC = "timestamp with a zone"
    OTHER = "other"


def source_type(arrow: pa.DataType) -> SourceType:
    types = pa.types
    if types.is_dictionary(arrow):
        return source_type(arrow.value_type)
    if types.is_timestamp(arrow):
        return SourceType.TIMESTAMP_UTC if arrow.tz else SourceType.TIMESTAMP
    tests: dict[SourceType, tuple[Callable[[pa.DataType], bool], ...]] = {
        SourceType.BOOLEAN: (types.is_boolean,),
        SourceType.INTEGER: (types.is_integer,),
        SourceType.FLOAT: (types.is_floating,),
        SourceType.DECIMAL: (types.is_decimal,),
        SourceType.TEXT: (types.is_string, types.is_large_string, types.is_string_view),
        SourceType.DATE: (types.is_date,),
    }
    return next((kind for kind, known in tests.items() if any(test(arrow) for test in known)), SourceType.OTHER)


def target_type(arrow: pa.DataType) -> ColumnType:
    """The type of a column that is read as that Arrow type."""
    if arrow == CATEGORY_TYPE:
        return ColumnType.STRING
    if pa.types.is_timestamp(arrow):
        return ColumnType.TIMESTAMP_UTC if arrow.tz else ColumnType.TIMESTAMP
    return {
        pa.int64(): ColumnType.INTEGER,
        pa.float64(): ColumnType.NUMBER,
        pa.bool_(): ColumnType.BOOLEAN,
        pa.date32(): ColumnType.DATE,
        pa.string(): ColumnType.STRING,
    }[arrow]


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type is read as texts, written out or as categories."""
    return bool(pa.types.is_string(kind) or kind == CATEGORY_TYPE)


def _exactly(kind: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.cast(values, kind)


def _nearest_float(values: pa.Array) -> pa.Array:
    return pc.cast(values, pa.float64(), safe=False)


def _by_text(kind: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    """Arrow's own cast of decimals to float64 is off by one unit in the last place for many amounts of money."""
    return lambda values: pc.cast(pc.cast(values, pa.string()), kind)


def _decimal_to_integer(values: pa.Array) -> pa.Array:
    """By way of the widest decimals: Arrow's cast of decimal32 finds ordinary integers out of bounds."""
    return pc.cast(pc.cast(values, pa.decimal256(76, values.type.scale)), pa.int64())


def _zero_or_one(values: pa.Array) -> pa.Array:
    values = pc.cast(values, pa.float64(), safe=False)
    return pc.cast(_require(values, pc.or_(pc.equal(values, 0), pc.equal(values, 1))), pa.bool_(), safe=False)


def _decimal_to_boolean(values: pa.Array) -> pa.Array:
    return _zero_or_one(_by_text(pa.float64())(values))


def _to_microseconds(zone: str | None) -> Callable[[pa.Array], pa.Array]:
    """Of nanoseconds, the microseconds that have begun."""

    def cast(values: pa.Array) -> pa.Array:
        if values.type.unit == "ns":
            values = pc.floor_temporal(values, unit="microsecond")
        return pc.cast(values, pa.timestamp("us", zone))

    return cast


def _midnight_to_date(values: pa.Array) -> pa.Array:
    return pc.cast(_require(values, pc.equal(values, pc.floor_temporal(values, unit="day"))), pa.date32())


def _require(values: pa.Array, holds: pa.BooleanArray) -> pa.Array:
    if pc.all(holds).as_py():
        return values
    raise pa.ArrowInvalid("a value is lost by this conversion")


CASTS: dict[tuple[SourceType, ColumnType], Callable[[pa.Array], pa.Array]] = {
    (SourceType.BOOLEAN, ColumnType.BOOLEAN): _exactly(pa.bool_()),
    (SourceType.INTEGER, ColumnType.INTEGER): _exactly(pa.int64()),
    (SourceType.INTEGER, ColumnType.NUMBER): _nearest_float,
    (SourceType.INTEGER, ColumnType.BOOLEAN): _zero_or_one,
    (SourceType.INTEGER, ColumnType.STRING): _exactly(pa.string()),
    (SourceType.FLOAT, ColumnType.INTEGER): _exactly(pa.int64()),
    (SourceType.FLOAT, ColumnType.NUMBER): _exactly(pa.float64()),
    (SourceType.FLOAT, ColumnType.BOOLEAN): _zero_or_one,
    (SourceType.DECIMAL, ColumnType.INTEGER): _decimal_to_integer,
    (SourceType.DECIMAL, ColumnType.NUMBER): _by_text(pa.float64()),
    (SourceType.DECIMAL, ColumnType.BOOLEAN): _decimal_to_boolean,
    (SourceType.TEXT, ColumnType.INTEGER): parse_integer,
    (SourceType.TEXT, ColumnType.NUMBER): parse_number,
    (SourceType.TEXT, ColumnType.BOOLEAN): parse_boolean,
    (SourceType.TEXT, ColumnType.DATE): parse_date,
    (SourceType.TEXT, ColumnType.TIMESTAMP): parse_timestamp,
    (SourceType.TEXT, ColumnType.TIMESTAMP_UTC): parse_timestamp_utc,
    (SourceType.TEXT, ColumnType.STRING): _exactly(pa.string()),
    (SourceType.DATE, ColumnType.DATE): _exactly(pa.date32()),
    (SourceType.DATE, ColumnType.TIMESTAMP): _exactly(pa.timestamp("us")),
    (SourceType.DATE, ColumnType.STRING): _exactly(pa.string()),
    (SourceType.TIMESTAMP, ColumnType.DATE): _midnight_to_date,
    (SourceType.TIMESTAMP, ColumnType.TIMESTAMP): _to_microseconds(None),
    (SourceType.TIMESTAMP_UTC, ColumnType.TIMESTAMP_UTC): _to_microseconds("UTC"),
}


def cast_column(values: pa.Array, kind: pa.DataType | None, *, origin: Origin, missing: MissingWords) -> pa.Array:
    """`values` as `kind`, with null for NaN and for the words that mean a missing value; as they are without a kind.

    Raises InvalidData naming the first cell that does not fit.
    """
    if kind is None:
        return values
    if kind == CATEGORY_TYPE:
        return _as_categories(values, origin, missing)
    values = plain_values(values)
    if source_type(values.type) is SourceType.TEXT:
        values = missing.to_nulls(check_utf8(values, origin), origin.column)
    elif pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if values.null_count == len(values):
        return pa.nulls(len(values), kind)
    cast = _cast(values, target_type(kind), origin)
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(cast), None, cast)
    return check_range(cast, origin)


def _as_categories(values: pa.Array, origin: Origin, missing: MissingWords) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(values.type) or source_type(values.type) is not SourceType.TEXT:
        return cast_column(values, pa.string(), origin=origin, missing=missing).dictionary_encode()
    if values.dictionary.null_count:  # cells that have a category, which is null
        values = values.dictionary_decode().dictionary_encode()
    if values.type != CATEGORY_TYPE:
        values = values.cast(CATEGORY_TYPE)
    check_utf8(values.dictionary, origin)
    return missing.to_nulls(values, origin.column)


def plain_values(values: pa.Array) -> pa.Array:
    """Written out, where a file keeps values once and their positions; of texts, as Arrow's ordinary ones."""
    if pa.types.is_dictionary(values.type):
        if pa.types.is_string_view(values.type.value_type):  # as Polars gives categories, and Arrow can't write out
            values = pa.DictionaryArray.from_arrays(values.indices, values.dictionary.cast(pa.string()))
        values = values.dictionary_decode()
    is_unusual_text = pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type)
    return values.cast(pa.string()) if is_unusual_text else values


def _cast(values: pa.Array, kind: ColumnType, origin: Origin) -> pa.Array:
    cast = CASTS.get((source_type(values.type), kind))
    if cast is None:
        position = pc.index(pc.is_valid(values), True).as_py()
        raise InvalidData(
            f"{origin.source}: column {origin.column!r} holds {values.type}, expected {EXPECTED[kind]}: row "
            f"{origin.row(position)} is {show(values[position])}."
        )
    try:
        return cast(values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        position = _first_failing(values, cast)
        advice = advise(values[position], kind) if source_type(values.type) is SourceType.TEXT else ""
        raise InvalidData(f"{bad_cell(origin, position, show(values[position]), kind)}{advice}") from error


def _first_failing(values: pa.Array, cast: Callable[[pa.Array], pa.Array]) -> int:
    """The index of the first value that can't be cast, by halving."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            cast(values.slice(low, middle - low))
            low = middle
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            high = middle
    return low
