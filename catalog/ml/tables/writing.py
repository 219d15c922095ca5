"""Writing tables batch by batch as CSV, gzipped CSV or Parquet."""

import csv
import gzip
import io
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.formulas import BEGINNING, NUMBER, QUOTE, escape_formula


class TableWriter(ExitStack):
    """A context manager; the file is complete once it is left without an error.

    `escapes_formulas` is for CSV that people open in a spreadsheet.
    """

    def __init__(self, path: Path, file_format: FileFormat, *, escapes_formulas: bool = False) -> None:
        super().__init__()
        self.escapes_formulas = escapes_formulas
        self.path = path
        self.parquet: pq.ParquetWriter | None = None
        self.text: IO[bytes] | None = None
        if file_format is not FileFormat.PARQUET:
            self.text = self.enter_context(path.open("wb"))
        if file_format is FileFormat.CSV_GZIP:
            # Without name and time stamp, so that the same predictions are the same bytes.
            self.text = cast(IO[bytes], self.enter_context(gzip.GzipFile("", "wb", fileobj=self.text, mtime=0)))

    def write(self, table: pa.Table) -> None:
        if self.text is None:
            if self.parquet is None:
                self.parquet = self.enter_context(pq.ParquetWriter(self.path, table.schema))
            self.parquet.write_table(table)
            return
        if self.escapes_formulas:
            table = _without_formulas(table)
        if self.text.tell() == 0:
            self.text.write(_csv_header(table.column_names))
        self.text.write(_csv_rows(table))


def _without_formulas(table: pa.Table) -> pa.Table:
    """With a single quote before each text, also a column's name, that a spreadsheet would compute."""
    columns = [_escaped(column) if _holds_text(column.type) else column for column in table.columns]
    return pa.table(columns, names=[escape_formula(name) for name in table.column_names])


def _holds_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    is_of_kind = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(kind) for is_kind in is_of_kind)


def _escaped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = column.cast(pa.large_string())
    is_number = pc.match_substring_regex(texts, NUMBER)
    is_formula = pc.and_(pc.match_substring_regex(texts, BEGINNING), pc.invert(is_number))
    return pc.if_else(is_formula, pc.binary_replace_slice(texts, 0, 0, QUOTE), texts)


def _csv_header(names: list[str]) -> bytes:
    line = io.StringIO(newline="")
    # The writer quotes what its own line terminator holds: a carriage return in a name, too.
    csv.writer(line, lineterminator="\r\n").writerow(names)
    return line.getvalue().removesuffix("\r\n").encode() + b"\n"


def _is_blank_somewhere(table: pa.Table) -> bool:
    """Whether some row would be an empty line."""
    if table.num_columns != 1 or not _holds_text(table.schema.types[0]):
        return False
    return bool(pc.any(pc.equal(table.column(0).cast(pa.string()), "")).as_py())


def _csv_rows(table: pa.Table) -> bytes:
    """Rows as CSV text. Arrow quotes all texts or none, so they are quoted where some text needs it."""
    # Alone in its row, an empty text must be quoted: readers skip empty lines.
    for style in ("needed",) if _is_blank_somewhere(table) else ("none", "needed"):
        rows = pa.BufferOutputStream()
        options = pa.csv.WriteOptions(include_header=False, quoting_style=style)
        try:
            pa.csv.write_csv(table, rows, options)
        except pa.ArrowInvalid:
            if style == "needed":
                raise
            continue
        return bytes(rows.getvalue())
    raise AssertionError("unreachable: the second style raises or returns")
