"""Columns without a name: the first is the index of a DataFrame when it counts the rows, the last are none when they
hold nothing."""

from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.files.column_names import UNNAMED, no_name
from catalog.ml.tables.reading import TableFile

COUNTS = (pa.types.is_integer, pa.types.is_string)


def check_counts_rows(table: TableFile) -> None:
    """Raises InvalidData when the first column has no name and does anything but count the rows, from 0 or from 1."""
    if UNNAMED not in table.index_columns:
        return
    kind = table.stored_type(UNNAMED) or pa.string()
    if not any(is_count(kind) for is_count in COUNTS) or not _counts_rows(table):
        raise no_name(table.name, 0)


def check_blank_columns(table: TableFile) -> None:
    """Raises InvalidData when one of the last columns, which has no name, has a value."""
    for column, raw in table.blank_columns.items():
        alone = replace(table, raw_names={column: raw})
        with closing(alone.batches({column: None})) as batches:
            if any(
                pc.any(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(batch.column(0))), 0)).as_py()
                for batch in batches
            ):
                raise no_name(table.name, int(column.rpartition(" ")[2]))


def _counts_rows(table: TableFile) -> bool:
    start: int | None = None
    with closing(table.batches({UNNAMED: None})) as batches:
        for batch in batches:
            if not batch.num_rows:
                continue
            texts = batch.column(0).cast(pa.string())
            if start is None:
                start = 1 if texts[0].as_py() == "1" else 0
            counted = pa.array(range(start, start + batch.num_rows), pa.int64()).cast(pa.string())
            if not pc.all(pc.equal(texts, counted), skip_nulls=False).as_py():
                return False
            start += batch.num_rows
    return True
