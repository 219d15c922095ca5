"""Column types of texts from all rows of a table, as of a CSV file: the narrowest type that every value has."""

from collections.abc import Iterable, Mapping
from contextlib import closing

import pyarrow as pa

from catalog.ml.tables.dialects.dialect import GivenFormats
from catalog.ml.tables.files.csv_reading import Batches, OnBytes
from catalog.ml.tables.profiling.column_inference import ColumnInference, plain_type
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.rebatching import rebatch, rows_at_once, to_record_batch
from catalog.ml.tables.schema import ColumnType


def infer_columns(
    table: TableFile,
    names: Iterable[str] | None = None,
    given: GivenFormats | None = None,
    *,
    on_bytes: OnBytes | None = None,
) -> dict[str, ColumnInference]:
    """What all rows tell of each column of texts, of all columns when none are named. Raises InvalidData."""
    columns = {name: ColumnInference(name, given) for name in (table.column_names if names is None else names)}
    missing = table.missing
    for texts in text_batches(table, columns, on_bytes=on_bytes):
        for column, values in zip(columns.values(), texts.columns, strict=True):
            column.read(missing.to_nulls(values.unique(), column.name).drop_null())
    return columns


def infer_partitions(files: Iterable[Mapping[str, str | None]]) -> dict[str, ColumnType]:
    """The types of the columns that folders hold, from their values at all files: as those of a plain CSV file."""
    texts: dict[str, list[str | None]] = {}
    for values in files:
        for name, value in values.items():
            texts.setdefault(name, []).append(value)
    return {name: _partition_type(pa.array(values, pa.string())) for name, values in texts.items()}


def _partition_type(values: pa.StringArray) -> ColumnType:
    found = plain_type(values, None) if values.null_count < len(values) else None
    return found[0] if found else ColumnType.STRING


def text_batches(table: TableFile, names: Iterable[str] | None = None, *, on_bytes: OnBytes | None = None) -> Batches:
    """Columns of texts as they are written, in batches of as many rows as one column's work is worth."""
    kind = None if table.is_csv else pa.string()
    asked = dict.fromkeys(table.column_names if names is None else names, kind)
    with closing(table.prefetch_batches(asked, on_bytes=on_bytes)) as batches:
        # map() holds no batch while the next one is made.
        yield from map(to_record_batch, rebatch(batches, rows_at_once(len(asked))))
