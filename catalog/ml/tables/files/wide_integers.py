"""Which columns of a Parquet file hold integers of 128 bits, as Polars writes them: Arrow then opens none of the file.

Their type stands in the Arrow schema that the file carries, a FlatBuffer in base64:
https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc (Schema.fbs).
"""

import binascii
import re
import struct
from collections.abc import Iterator
from pathlib import Path

SCHEMA = re.compile(rb"ARROW:schema\x18[\x80-\xff]*[\x00-\x7f]([A-Za-z0-9+/=]+)")
FOOTER_BYTES = 16 * 1024 * 1024
MESSAGE_HEADER, SCHEMA_FIELDS, FIELD_NAME, FIELD_KIND, FIELD_TYPE, BIT_WIDTH = 2, 1, 0, 2, 3, 0
INTEGER, WIDE = 2, 128


def find_wide_integers(path: Path) -> list[str]:
    """The columns; none when the file carries no such schema."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - FOOTER_BYTES, 0))
        found = SCHEMA.search(file.read())
    try:
        return list(_wide_fields(binascii.a2b_base64(found[1])[8:])) if found else []
    except (struct.error, ValueError, IndexError):
        return []


def _wide_fields(buffer: bytes) -> Iterator[str]:
    schema = _follow(buffer, _slot(buffer, _follow(buffer, 0), MESSAGE_HEADER))
    fields = _follow(buffer, _slot(buffer, schema, SCHEMA_FIELDS))
    for number in range(_unsigned(buffer, fields)):
        field = _follow(buffer, fields + 4 * (number + 1))
        kind = _slot(buffer, field, FIELD_KIND)
        if kind and buffer[kind] == INTEGER:
            integer = _follow(buffer, _slot(buffer, field, FIELD_TYPE))
            if _unsigned(buffer, _slot(buffer, integer, BIT_WIDTH)) == WIDE:
                text = _follow(buffer, _slot(buffer, field, FIELD_NAME))
                yield buffer[text + 4 : text + 4 + _unsigned(buffer, text)].decode()


def _unsigned(buffer: bytes, position: int) -> int:
    return int(struct.unpack_from("<I", buffer, position)[0])


def _follow(buffer: bytes, position: int) -> int:
    return position + _unsigned(buffer, position)


def _slot(buffer: bytes, table: int, number: int) -> int:
    """Where a field of the table lies; 0 when it is left at its default."""
    layout = table - struct.unpack_from("<i", buffer, table)[0]
    size, entry = struct.unpack_from("<H", buffer, layout)[0], 4 + 2 * number
    offset = struct.unpack_from("<H", buffer, layout + entry)[0] if entry < size else 0
    return table + offset if offset else 0
