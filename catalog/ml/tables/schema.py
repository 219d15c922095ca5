"""Columns of a table and the types that the catalog knows, with their Arrow counterparts."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import pyarrow as pa

from catalog.exceptions import InvalidRequest, near


class ColumnType(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMP_UTC = "timestamp_utc"
    STRING = "string"
    UNSUPPORTED = "unsupported"

    @property
    def is_numeric(self) -> bool:
        return self in {ColumnType.INTEGER, ColumnType.NUMBER}


ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.INTEGER: pa.int64(),
    ColumnType.NUMBER: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: pa.timestamp("us"),
    ColumnType.TIMESTAMP_UTC: pa.timestamp("us", tz="UTC"),
    ColumnType.STRING: pa.string(),
}


@dataclass(frozen=True)
class Column:
    name: str
    type: ColumnType
    nulls: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(name=values["name"], type=ColumnType(values["type"]), nulls=values["nulls"])


def column_type(arrow: pa.DataType) -> ColumnType:
    """The catalog's type for a column of a Parquet file."""
    types = pa.types
    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    if types.is_boolean(arrow):
        return ColumnType.BOOLEAN
    if types.is_integer(arrow) and not types.is_uint64(arrow):
        return ColumnType.INTEGER
    if types.is_floating(arrow) or types.is_decimal(arrow) or types.is_uint64(arrow):
        return ColumnType.NUMBER
    if types.is_date(arrow):
        return ColumnType.DATE
    if types.is_timestamp(arrow):
        return ColumnType.TIMESTAMP_UTC if arrow.tz else ColumnType.TIMESTAMP
    if types.is_string(arrow) or types.is_large_string(arrow) or types.is_string_view(arrow) or types.is_null(arrow):
        return ColumnType.STRING
    return ColumnType.UNSUPPORTED


def parse_overrides(assignments: Iterable[str], names: list[str]) -> dict[str, ColumnType]:
    """`["zip=string"]` as types by column. Raises InvalidRequest for an unknown column or type."""
    overrides = {}
    for assignment in assignments:
        name, _, type_name = assignment.rpartition("=")
        if name not in names:
            raise InvalidRequest(f"`column_types` {assignment}: there is no column {name!r}.{near(name, names)}")
        if type_name not in set(ColumnType) - {ColumnType.UNSUPPORTED}:
            known = ", ".join(sorted(set(ColumnType) - {ColumnType.UNSUPPORTED}))
            raise InvalidRequest(f"`column_types` {assignment}: {type_name!r} is not a type. Use one of: {known}.")
        overrides[name] = ColumnType(type_name)
    return overrides
