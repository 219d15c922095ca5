"""Which bytes of a Parquet file hold which rows, so that a part of it can be read without the rest.

Layout by https://parquet.apache.org/docs/file-format/: row groups one after another, then the footer, its length in
four bytes and the letters PAR1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from catalog.exceptions import InvalidData
from catalog.ml.tables.files.parquet_reading import read_parquet_schema
from catalog.ml.tables.files.reading_errors import reading_errors

MAGIC_BYTES, TAIL_BYTES = 4, 8


@dataclass(frozen=True)
class RowGroups:
    """Neighbouring row groups: `numbers` from 0, and the bytes that hold them (first, one past the last)."""

    numbers: tuple[int, ...]
    rows: int
    first_byte: int
    end_byte: int


def footer_start(path: Path, size_bytes: int, name: str) -> int:
    """Where the footer of the file begins, of which the last bytes are there. Raises InvalidData."""
    with path.open("rb") as file:
        file.seek(max(size_bytes - TAIL_BYTES, 0))
        tail = file.read(TAIL_BYTES)
    start = size_bytes - TAIL_BYTES - int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or start < MAGIC_BYTES:
        raise InvalidData(f"{name} is no whole Parquet file: its last bytes are not those of one.")
    return start


def adjacent_row_groups(path: Path, name: str, target_bytes: int) -> Iterator[RowGroups]:
    """The row groups of the file, of which the footer is there, in runs of about `target_bytes` in the file."""
    read_parquet_schema(path, name)  # whose errors say more
    with reading_errors(name):
        metadata = pq.read_metadata(path)
    run: RowGroups | None = None
    for number in range(metadata.num_row_groups):
        run = _join(run, _row_group(metadata, number))
        if run.end_byte - run.first_byte >= target_bytes:
            yield run
            run = None
    if run:
        yield run


def _row_group(metadata: Any, number: int) -> RowGroups:
    group = metadata.row_group(number)
    columns = [group.column(position) for position in range(group.num_columns)]
    starts = [min(filter(None, (column.dictionary_page_offset, column.data_page_offset))) for column in columns]
    ends = [start + column.total_compressed_size for start, column in zip(starts, columns, strict=True)]
    return RowGroups((number,), group.num_rows, min(starts), max(ends))


def _join(run: RowGroups | None, added: RowGroups) -> RowGroups:
    if run is None:
        return added
    return RowGroups(
        run.numbers + added.numbers,
        run.rows + added.rows,
        min(run.first_byte, added.first_byte),
        max(run.end_byte, added.end_byte),
    )
