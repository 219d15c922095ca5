"""Columns that are copied from the input beside its predictions, to know the rows by."""

import pyarrow as pa

from catalog.exceptions import InvalidRequest
from catalog.ml.tables.conversion.cell_errors import Origin, check_utf8
from catalog.ml.tables.conversion.uuid_texts import uuid_texts


def check_id_column(name: str, kind: pa.DataType, source: str) -> None:
    """Raises InvalidRequest for a column whose cells are no single values that can be written as text."""
    types = pa.types
    unfit = (types.is_nested, types.is_interval, types.is_fixed_size_binary)
    if any(test(kind) for test in unfit) or (isinstance(kind, pa.BaseExtensionType) and not _is_known(kind)):
        raise InvalidRequest(
            f"`id_columns` {name}: in {source} it holds {kind}, by which no row can be known. Name a column of texts, "
            "numbers, dates, times or UUIDs."
        )


def _is_known(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.UuidType | pa.JsonType)


def copy_column(values: pa.ChunkedArray, origin: Origin, *, is_csv: bool) -> pa.ChunkedArray:
    """The same cells, for a CSV file in a type that one can be written from. Raises InvalidData for bytes that are no
    text."""
    chunks = [_as_csv(chunk) if is_csv else chunk for chunk in values.chunks]
    for chunk in chunks:
        texts = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type):
            check_utf8(texts, origin)
    return pa.chunked_array(chunks, chunks[0].type)


def _as_csv(values: pa.Array) -> pa.Array:
    types, kind = pa.types, values.type
    if isinstance(kind, pa.UuidType):
        return uuid_texts(values)
    if isinstance(kind, pa.BaseExtensionType):
        return values.storage
    if types.is_string_view(kind):
        return values.cast(pa.string())
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return values.cast(pa.large_binary()).view(pa.large_string())  # some writers of Parquet mark no text as such
    return values
