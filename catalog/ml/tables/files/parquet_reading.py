"""Reading Parquet files in batches of explicit types."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.exceptions import InvalidData, counted
from catalog.ml.tables.conversion.casting import CATEGORY_TYPE
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.conversion.written_cells import cast_columns
from catalog.ml.tables.dialects.dialect import CellFormat
from catalog.ml.tables.files.csv_reading import Batches, OnBytes, Types
from catalog.ml.tables.files.reading_errors import reading_errors
from catalog.ml.tables.files.wide_integers import find_wide_integers

BATCH_ROWS = 20_000


def open_parquet(path: Path, **options: Any) -> pq.ParquetFile:
    """Times that Spark, Hive and Impala wrote as INT96 are read as microseconds: as nanoseconds, which are Arrow's
    default, the year 9999 wraps to 1816."""
    return pq.ParquetFile(path, pre_buffer=False, coerce_int96_timestamp_unit="us", **options)


def read_parquet_schema(path: Path, name: str) -> pa.Schema:
    """Raises InvalidData."""
    try:
        with reading_errors(name), open_parquet(path) as file:
            return file.schema_arrow
    except InvalidData as error:
        if not (wide := find_wide_integers(path)):
            raise
        raise InvalidData(
            f"{name} can't be read: Arrow opens no file with integers of 128 bits, as in {', '.join(map(repr, wide))}. "
            "Write them as Int64, Decimal or text."
        ) from error


def index_columns(schema: pa.Schema) -> list[str]:
    """The columns that were the index of a DataFrame, by what pandas wrote into the file."""
    try:
        described = json.loads((schema.metadata or {})[b"pandas"])["index_columns"]
    except (KeyError, ValueError, TypeError):
        return []
    return [name for name in described if isinstance(name, str) and name in schema.names]


def read_parquet(
    path: Path,
    name: str,
    names: Mapping[str, str],
    types: Types,
    *,
    missing: MissingWords,
    formats: Mapping[str, CellFormat] | None = None,
    row_groups: Sequence[int] = (),
    on_bytes: OnBytes | None = None,
) -> Batches:
    """Batches with the columns of `types`, of which `names` are those in the file, and `formats` those of texts that
    write numbers or dates in their own way; of all row groups when none is given. Raises InvalidData."""
    stored = {names[column]: kind for column, kind in types.items()}
    total = path.stat().st_size
    with reading_errors(name), open_parquet(path, read_dictionary=_as_categories(path, stored)) as file:
        groups = row_groups or range(file.metadata.num_row_groups)
        rows = sum(file.metadata.row_group(number).num_rows for number in groups)
        promised = rows if row_groups else file.metadata.num_rows
        done = 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(stored), row_groups=list(groups)):
            named = batch.select(list(stored)).rename_columns(list(types))
            yield cast_columns(named, types, formats or {}, source=name, missing=missing, first_row=done)
            if on_bytes:
                on_bytes(total * (done + batch.num_rows) // rows - total * done // rows)
            done += batch.num_rows
    if types and done != promised:
        raise InvalidData(f"{name} is corrupted: it says that it has {counted(promised, 'row')}, and has {done:,}.")


def _as_categories(path: Path, stored: Types) -> list[str]:
    """The text columns that Arrow reads as categories. One that the file itself keeps as such may hold some that do not
    occur: it is written out first."""
    wanted = [name for name, kind in stored.items() if kind == CATEGORY_TYPE]
    if not wanted:
        return []
    with open_parquet(path) as file:
        schema = file.schema_arrow
    return [name for name in wanted if schema.field(name).type == pa.string()]
