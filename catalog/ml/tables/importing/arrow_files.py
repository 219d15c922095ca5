"""Arrow's own files (Feather version 2 is one) and streams, as Parquet."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.casting import plain_values

FILE_HEAD = b"ARROW1"
# Of a stream. Without it one that is cut behind a batch reads as a shorter one.
END = b"\xff\xff\xff\xff" + bytes(4)


def convert_arrow(path: Path, name: str, target: Path) -> None:
    """The same columns, batch by batch. Raises InvalidData, for a type that Parquet does not have naming the column."""
    try:
        with pa.memory_map(str(path)) as source:
            is_file = source.read(len(FILE_HEAD)) == FILE_HEAD
            source.seek(max(source.size() - len(END), 0))
            if not is_file and source.read() != END:
                raise InvalidData(f"{name} is cut off: it does not end as a stream of Arrow does.")
            source.seek(0)
            reader = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
            schema = pa.schema([_storable(field, name) for field in reader.schema], reader.schema.metadata)
            with pq.ParquetWriter(target, schema) as writer:
                for batch in _batches(reader):
                    columns = [_stored(batch.column(at), field) for at, field in enumerate(schema)]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            if not is_file and source.tell() != source.size():
                raise InvalidData(f"{name} holds more than one stream of Arrow, one behind the other. Write one table.")
    except (pa.ArrowException, OSError, EOFError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InvalidData(f"{name} can't be read: {lines[0][:300]}.") from error


def _batches(reader: pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        yield from (reader.get_batch(number) for number in range(reader.num_record_batches))
    else:
        yield from reader


def _storable(field: pa.Field, name: str) -> pa.Field:
    """As Parquet and all that reads it take it: texts and bytes in one piece, and neither runs nor scales below 0."""
    kind = _storable_type(field.type)
    if pa.types.is_union(kind) or pa.types.is_interval(kind):
        raise InvalidData(f"{name}: column {field.name!r} holds {kind}, which is not read. Leave it out.")
    return field.with_type(kind)


def _storable_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_run_end_encoded(kind):
        return _storable_type(kind.value_type)
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _storable_type(kind.value_type))
    if pa.types.is_decimal(kind) and kind.scale < 0:
        return pa.decimal256(min(kind.precision - kind.scale, 76), 0)
    return {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}.get(kind, kind)


def _stored(values: pa.Array, field: pa.Field) -> pa.Array:
    if pa.types.is_run_end_encoded(values.type):
        runs = pa.RunEndEncodedArray.from_arrays(values.run_ends, plain_values(values.values))
        return pc.run_end_decode(runs.slice(values.offset, len(values))).cast(field.type)
    if pa.types.is_dictionary(values.type):
        return _stored_categories(values, field.type)
    return values if values.type == field.type else values.cast(field.type)


def _stored_categories(values: pa.DictionaryArray, kind: pa.DictionaryType) -> pa.Array:
    """None of which is null, which Parquet does not have."""
    plain = pa.DictionaryArray.from_arrays(values.indices, values.dictionary.cast(kind.value_type))
    return plain.dictionary_decode().dictionary_encode().cast(kind) if plain.dictionary.null_count else plain
