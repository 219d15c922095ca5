import csv
import gzip
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.writing import TableWriter


def written(folder: Path, *tables: pa.Table, file_format: FileFormat = FileFormat.CSV) -> bytes:
    with TableWriter(folder / "out", file_format) as writer:
        for table in tables:
            writer.write(table)
    return (folder / "out").read_bytes()


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_batches_follow_one_header(tmp_path: Path) -> None:
    assert written(tmp_path, pa.table({"a": [1]}), pa.table({"a": [2]})) == b"a\n1\n2\n"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.5, None, 1e300], ["1.5", "", "1e+300"]),
        ([0.1, 1 / 3], ["0.1", "0.3333333333333333"]),
        ([True, False], ["true", "false"]),
        (["007", "NA", ""], ["007", "NA", ""]),
        ([date(2013, 1, 31)], ["2013-01-31"]),
        ([datetime(2013, 1, 31, 10)], ["2013-01-31 10:00:00.000000"]),  # noqa: DTZ001 - without a zone on purpose
    ],
)
def test_values_are_written_so_that_they_read_back(tmp_path: Path, values: list[Any], expected: list[str]) -> None:
    found = rows_of(written(tmp_path, pa.table({"a": values, "b": ["x"] * len(values)})))
    assert [row[0] for row in found[1:]] == expected


@pytest.mark.parametrize("text", ['say "yes"', "a,b", "line\nbreak", "carriage\rreturn", "ünï", " x ", "'"])
def test_any_text_survives_in_a_cell_and_in_a_header(tmp_path: Path, text: str) -> None:
    table = pa.table({text: [text, "plain"], "b": ["x", text]})
    assert rows_of(written(tmp_path, table)) == [[text, "b"], [text, "x"], ["plain", text]]


def test_gzip_holds_the_same_csv(tmp_path: Path) -> None:
    table = pa.table({"a": ["x", "y"]})
    assert gzip.decompress(written(tmp_path, table, table, file_format=FileFormat.CSV_GZIP)) == b"a\nx\ny\nx\ny\n"


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_the_same_rows_are_the_same_bytes(tmp_path: Path, file_format: FileFormat) -> None:
    table = pa.table({"a": ["x", "y"], "b": [1.5, None]})
    assert written(tmp_path, table, file_format=file_format) == written(tmp_path, table, file_format=file_format)


def test_parquet_keeps_the_types(tmp_path: Path) -> None:
    table = pa.table({"a": ["007"], "b": [1], "c": [date(2013, 1, 31)]})
    written(tmp_path, table, table, file_format=FileFormat.PARQUET)
    assert pq.read_table(tmp_path / "out").equals(pa.concat_tables([table, table]))


def test_a_null_text_and_an_empty_text_are_both_empty_in_csv(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, pa.table({"a": ["", None], "b": [1, 2]})))[1:] == [["", "1"], ["", "2"]]
