"""Reading CSV and Parquet files in batches of explicit types, in bounded memory.

Types are never guessed here: the caller names each column's Arrow type, or None for a column as it is written (text in
a CSV file, its own type in Parquet). A cell that does not fit is an error that names column, row and expected type.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from catalog.exceptions import InvalidData, near
from catalog.ml.tables.casting import CATEGORY_TYPE, NULL_VALUES, cast_column, from_text, is_text, with_nulls
from catalog.ml.tables.file_formats import FileFormat, detect_format
from catalog.ml.tables.prefetch import prefetch

BLOCK_BYTES = 1024 * 1024
HEADER_BYTES = 16 * BLOCK_BYTES
PARQUET_ROWS = 20_000
READ_CELLS, FEWEST_ROWS = 850_000, 1_000

Types = Mapping[str, pa.DataType | None]
OnBytes = Callable[[int], Any]
Batches = Generator[pa.RecordBatch, None, None]


@dataclass(frozen=True)
class TableFile:
    """A table on this machine. `name` is what people call it, in messages.

    Of a Parquet file, `row_groups` are those that are read; all when there are none.
    """

    path: Path
    file_format: FileFormat
    name: str
    column_names: list[str]
    column_types: Mapping[str, pa.DataType]
    row_groups: tuple[int, ...] = ()

    def batches(self, types: Types, *, on_bytes: OnBytes | None = None) -> Batches:
        """Record batches with the columns of `types`, in its order. Raises InvalidData."""
        self.require(types)
        if self.file_format is FileFormat.PARQUET:
            yield from _parquet_batches(self, types, on_bytes)
        else:
            yield from _csv_batches(self, types, on_bytes)

    def prefetch_batches(self, types: Types, *, on_bytes: OnBytes | None = None) -> Batches:
        """The same, read by a thread while the caller works on what it has. Close the iterator to end it before the
        last batch."""
        return prefetch(self.batches(types, on_bytes=on_bytes))

    def require(self, names: Mapping[str, Any]) -> None:
        """Raises InvalidData when a column is missing, with the names near it."""
        missing = names.keys() - set(self.column_names)
        for name in names:
            if name in missing:
                raise InvalidData(f"{self.name} has no column {name!r}.{near(name, self.column_names)}")


def open_table(path: Path, name: str, row_groups: tuple[int, ...] = ()) -> TableFile:
    """The table in the file, with its header read. Raises InvalidData for anything that is not a table."""
    file_format = detect_format(path, name)
    with reading_errors(name):
        if file_format is FileFormat.PARQUET:
            schema = pq.read_schema(path)
            names, types = list(schema.names), {field.name: field.type for field in schema}
        else:
            names, types = _csv_header(path, file_format), {}
    seen: set[str] = set()
    for position, column in enumerate(names, 1):
        if not column.strip():
            raise InvalidData(f"{name}: column {position} has no name. The first line must name every column.")
        if "\0" in column:
            raise InvalidData(f"{name}: the name of column {position} holds a NUL. Rename it.")
        if column in seen:
            raise InvalidData(f"{name} has two columns named {column!r}. Rename one of them.")
        seen.add(column)
    if len(names) == 1 and file_format is not FileFormat.PARQUET and any(mark in names[0] for mark in ";\t|"):
        raise InvalidData(f"{name} has one column, {names[0][:60]!r}. Its columns must be separated by commas.")
    return TableFile(path, file_format, name, names, types, row_groups)


def rows_at_once(columns: int) -> int:
    """Rows that make READ_CELLS together: a block of a wide CSV file has few, and every column of a batch costs."""
    return max(FEWEST_ROWS, READ_CELLS // max(columns, 1))


def rebatch(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `rows` rows, but for the last."""
    pending: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= rows:
            taken = rows - count
            yield pa.Table.from_batches([*pending, batch.slice(0, taken)])
            batch, pending, count = batch.slice(taken), [], 0
        if batch.num_rows:
            pending.append(batch)
            count += batch.num_rows
    if pending:
        yield pa.Table.from_batches(pending)


def to_record_batch(table: pa.Table) -> pa.RecordBatch:
    """The rows of the table in one piece."""
    return table.combine_chunks().to_batches()[0]


@contextmanager
def reading_errors(name: str) -> Iterator[None]:
    """Arrow's errors about the file `name`, as InvalidData in one line."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        hint = ""
        if "UTF8" in lines[0] or "utf-8" in lines[0]:
            hint = " Save it as UTF-8."
        elif "straddl" in lines[0]:
            hint = f" A row is longer than {BLOCK_BYTES} bytes, or a quote is not closed."
        raise InvalidData(f"{name} can't be read: {lines[0][:300]}.{hint}") from error


@contextmanager
def _csv_stream(path: Path, file_format: FileFormat) -> Iterator[tuple[pa.NativeFile, pa.NativeFile]]:
    """The text of the CSV file, and the file itself, whose position says how far the reading is.

    Both are Arrow's own: it reads ahead in a thread, which must not call into Python while the process ends.
    """
    with pa.OSFile(str(path)) as file:
        yield pa.CompressedInputStream(file, "gzip") if file_format is FileFormat.CSV_GZIP else file, file


def _csv_header(path: Path, file_format: FileFormat) -> list[str]:
    options = pa.csv.ReadOptions(block_size=HEADER_BYTES, use_threads=False, autogenerate_column_names=False)
    with _csv_stream(path, file_format) as (stream, _):
        head = stream.read(HEADER_BYTES)
    end = _end_of_first_record(head)
    table = pa.csv.read_csv(pa.BufferReader(head[:end] + b"\n"), read_options=options, parse_options=_parse_options())
    return list(table.column_names)


def _end_of_first_record(head: bytes) -> int:
    """Where the header ends: the first line break that is not within quotes."""
    end = 0
    while True:
        breaks = [at for at in (head.find(b"\n", end), head.find(b"\r", end)) if at >= 0]
        end = min(breaks, default=len(head))
        line = head[:end]
        if end == len(head) or (line.count(b'"') % 2 == 0 and line.strip(b"\xef\xbb\xbf \r\n")):
            return end
        end += 1


def _parse_options() -> pa.csv.ParseOptions:
    return pa.csv.ParseOptions(newlines_in_values=True)


def _csv_batches(table: TableFile, types: Types, on_bytes: OnBytes | None) -> Iterator[pa.RecordBatch]:
    convert = pa.csv.ConvertOptions(
        column_types={name: pa.string() if kind is None else kind for name, kind in types.items()},
        include_columns=list(types),
        null_values=NULL_VALUES,
        # Arrow finds null texts faster, but in all columns or none; one that is kept as it is written has none.
        strings_can_be_null=None not in types.values(),
    )
    read = pa.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False)
    done = 0
    with reading_errors(table.name), _csv_stream(table.path, table.file_format) as (stream, file):
        try:
            reader = pa.csv.open_csv(stream, read_options=read, parse_options=_parse_options(), convert_options=convert)
            for batch in reader:
                yield _text_nulls(batch, types) if None in types.values() else batch
                if on_bytes:
                    position = file.tell()
                    on_bytes(position - done)
                    done = position
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return
            if "conversion error" in str(error) and "UTF8" not in str(error):
                _raise_for_first_bad_cell(table, types, error)
            raise


def _text_nulls(batch: pa.RecordBatch, types: Types) -> pa.RecordBatch:
    """Nulls for the null values of text columns; a column without a type keeps its text as it is written."""
    for position, (name, kind) in enumerate(types.items()):
        if kind is not None and is_text(kind):
            batch = batch.set_column(position, name, with_nulls(batch.column(position)))
    return batch


def _parquet_batches(table: TableFile, types: Types, on_bytes: OnBytes | None) -> Iterator[pa.RecordBatch]:
    names = list(types)
    # A column that the file itself keeps as categories may hold some that do not occur: it is written out first.
    categories = [
        name for name, kind in types.items() if kind == CATEGORY_TYPE and table.column_types[name] == pa.string()
    ]
    total = table.path.stat().st_size
    with reading_errors(table.name), pq.ParquetFile(table.path, pre_buffer=False, read_dictionary=categories) as file:
        groups = table.row_groups or range(file.metadata.num_row_groups)
        rows = sum(file.metadata.row_group(number).num_rows for number in groups)
        promised = rows if table.row_groups else file.metadata.num_rows
        done = 0
        for batch in file.iter_batches(batch_size=PARQUET_ROWS, columns=names, row_groups=list(groups)):
            columns = [
                cast_column(
                    batch.column(batch.schema.get_field_index(name)),
                    kind,
                    source=table.name,
                    column=name,
                    first_row=done,
                )
                for name, kind in types.items()
            ]
            yield pa.RecordBatch.from_arrays(columns, names=names)
            if on_bytes:
                on_bytes(total * (done + batch.num_rows) // rows - total * done // rows)
            done += batch.num_rows
    if names and done != promised:
        raise InvalidData(f"{table.name} is corrupted: it says that it has {promised:,} rows, and has {done:,}.")


def _raise_for_first_bad_cell(table: TableFile, types: Types, error: pa.ArrowInvalid) -> None:
    """Read again as text, to say which cell Arrow's typed reader stumbled over."""
    typed = {name: kind for name, kind in types.items() if kind is not None and not is_text(kind)}
    row = 0
    for batch in _csv_batches(table, dict.fromkeys(typed), None):
        for position, (name, kind) in enumerate(typed.items()):
            from_text(batch.column(position), kind, source=table.name, column=name, first_row=row)
        row += batch.num_rows
    raise InvalidData(f"{table.name} can't be read: {error}") from error
