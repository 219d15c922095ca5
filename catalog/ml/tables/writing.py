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


class TableWriter(ExitStack):
    """A context manager; the file is complete once it is left without an error."""

    def __init__(self, path: Path, file_format: FileFormat) -> None:
        super().__init__()
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
        if self.text.tell() == 0:
            self.text.write(_csv_header(table.column_names))
        self.text.write(_csv_rows(table))


def _csv_header(names: list[str]) -> bytes:
    line = io.StringIO(newline="")
    # The writer quotes what its own line terminator holds: a carriage return in a name, too.
    csv.writer(line, lineterminator="\r\n").writerow(names)
    return line.getvalue().removesuffix("\r\n").encode() + b"\n"


def _csv_rows(table: pa.Table) -> bytes:
    """Rows as CSV text. Arrow quotes all texts or none, so they are quoted where some text needs it."""
    # Alone in its row, an empty text must be quoted: readers skip empty lines.
    is_blank = table.num_columns == 1 and pc.any(pc.equal(table.column(0).cast(pa.string()), "")).as_py()
    for style in ("needed",) if is_blank else ("none", "needed"):
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
