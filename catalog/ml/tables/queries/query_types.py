"""What a column of a query becomes in Parquet: ADBC's drivers give some types of PostgreSQL in ways of their own."""

import datetime as dt
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData

MOST_DIGITS = 18  # that always fit int64
TYPMOD_HEADER = 4
FIRST, LAST = dt.date.min, dt.date.max


def stored_type(field: pa.Field) -> pa.DataType:
    """The column's type in Parquet. Raises InvalidData naming the column whose values would not be what they are."""
    kind, written = field.type, source_type(field)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        raise _refusal(field, "an array", "array_to_string", "(column, ',')")
    if pa.types.is_struct(kind):
        raise InvalidData(f"Column {field.name!r} is a composite value. Select its fields: (column).field.")
    if written == "numeric":
        return pa.int64() if _is_whole(field) else pa.float64()
    if written == "money":
        return pa.float64()
    if written == "oid":
        return pa.int64()
    if isinstance(kind, pa.UuidType | pa.JsonType):
        return pa.string()
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_interval(kind) or pa.types.is_binary(kind):
        raise InvalidData(
            f"Column {field.name!r} is of the type {written or kind}, which is not read. Leave it out, or select it as "
            "text: column::text."
        )
    return kind


def _refusal(field: pa.Field, what: str, function: str, arguments: str) -> InvalidData:
    return InvalidData(f"Column {field.name!r} is {what}. Leave it out, or select {function}{arguments}.")


def source_type(field: pa.Field) -> str:
    """The type's name in PostgreSQL; empty in other databases."""
    metadata = field.metadata or {}
    return str(metadata.get(b"POSTGRESQL:type", b"").decode())


def _is_whole(field: pa.Field) -> bool:
    """Whether it is numeric(18, 0) or shorter, whose values int64 holds exactly."""
    modifier = int(field.metadata.get(b"POSTGRESQL:typmod", b"-1")) - TYPMOD_HEADER
    digits, scale = modifier >> 16, modifier & 0xFFFF
    return modifier >= 0 and scale == 0 and digits <= MOST_DIGITS


def store(values: pa.Array, field: pa.Field, money_units: int) -> pa.Array:
    """The values as stored_type() says; `money_units` are those of money that make one. Raises InvalidData."""
    kind, written = stored_type(field), source_type(field)
    if isinstance(values.type, pa.UuidType):
        return pa.array([None if value is None else str(value) for value in map(_uuid, values.storage)], kind)
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if written == "numeric" and pa.types.is_integer(kind):
        values = pc.if_else(pc.equal(pc.utf8_lower(values), "nan"), pa.scalar(None, values.type), values)
    elif written == "money":
        return pc.divide(values.cast(pa.float64()), pa.scalar(float(money_units)))
    elif written == "oid":
        return values.view(pa.uint32()).cast(kind)
    elif written == "bpchar":
        return pc.utf8_rtrim(values, " ")
    elif pa.types.is_temporal(kind) and not pa.types.is_time(kind):
        _require_calendar(values, field)
    return values.cast(kind)


def _uuid(value: pa.Scalar) -> UUID | None:
    return None if value.as_py() is None else UUID(bytes=value.as_py())


def _require_calendar(values: pa.Array, field: pa.Field) -> None:
    """Raises InvalidData for infinity, which comes as a day far away, and for years before 1 or after 9999."""
    if pa.types.is_date(values.type):
        bounds = [pa.scalar(day, pa.date32()) for day in (FIRST, LAST)]
    else:
        kind = pa.timestamp(values.type.unit)
        bounds = [pa.scalar(day, pa.date32()).cast(kind) for day in (FIRST, LAST)]
        values = values.cast(kind)
    outside = pc.or_(pc.less(values, bounds[0]), pc.greater(values, bounds[1]))
    if pc.any(outside).as_py():
        raise InvalidData(
            f"Column {field.name!r} holds infinity or a year outside 1 to 9999. Select nullif(column, 'infinity') or "
            "a range of days."
        )
