"""Tables that somebody could hand in to do harm: refused in one clear line with nothing kept, or read rightly."""

import gzip
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.models import AuditEvent, Dataset, DatasetVersion, UnstoredManifest
from tests.commands.conftest import Run
from tests.summary import count

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024
COLUMNS = 10_000 if os.environ.get("CATALOG_SOAK") == "1" else 2_000


def parquet(rows: int, text: str = "t") -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"a": [text] * rows, "b": [float(row) for row in range(rows)]})
    pq.write_table(table, buffer, compression="none", row_group_size=1000)
    return buffer.getvalue()


def footer(content: bytes) -> bytes:
    (length,) = struct.unpack("<I", content[-8:-4])
    return content[-8 - length :]


def with_footer(content: bytes, other: bytes) -> bytes:
    return content[: -len(footer(content))] + footer(other)


def promising() -> bytes:
    """Its footer says 8,164 rows, and its only row group has 100: Thrift writes numbers seven bits a byte, doubled."""
    content = parquet(100)
    own = footer(content)
    return content[: -len(own)] + own.replace(b"\xc8\x01", b"\xc8\x7f", 1)


def not_utf8() -> bytes:
    buffer = io.BytesIO()
    offsets, text = pa.py_buffer(struct.pack("<4i", 0, 1, 2, 3)), pa.py_buffer(b"a\xffb")
    pq.write_table(pa.table({"a": pa.StringArray.from_buffers(3, offsets, text)}), buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    return gzip.compress(b"a,b\n" + b"x" * 100_000_000, 1)


REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("t.csv", lambda: b"", "t.csv is empty"),
    "header only": ("t.csv", lambda: b"a,b\n", "has a header but no rows"),
    "columns of one name": ("t.csv", lambda: b"a,a\n1,2\n", "has two columns named 'a'"),
    "a column without a name": ("t.csv", lambda: b"a,,c\n1,2,3\n", "column 2 has no name"),
    "two encodings": ("t.csv", lambda: "a,b\nÜ,1\n".encode() + b"\xdc,2\n", "Save it as UTF-8"),
    "a NUL in a cell": ("t.csv", lambda: b"a,b\nx,1\nx\0y,2\n", "column 'a', row 2 holds a NUL"),
    "a NUL in a name": ("t.csv", lambda: b"a\0,b\n1,2\n", "the name of column 1 holds a NUL"),
    "nothing but NULs": ("t.csv", lambda: b"\0" * 5000, ""),
    "rows of several lengths": ("t.csv", lambda: b"a,b\n1,2\n1,2,3\n", "Expected 2 columns, got 3"),
    "a quote that is not closed": ("t.csv", lambda: b'a,b\n"x,1\n' + b"y,2\n" * MIB, "a quote is not closed"),
    "a cell of 50 MB": ("t.csv", lambda: b"a,b\n" + b"x" * 50_000_000 + b",1\n", "A row is longer than a mebibyte"),
    "a header of 50 MB": ("t.csv", lambda: b"x" * 50_000_000 + b",b\n1,2\n", ""),
    "binary": ("t.csv", lambda: bytes(range(256)) * 40, ""),
    "a gzip bomb of one line": ("t.csv.gz", bomb, ""),
    "half a gzip file": ("t.csv.gz", lambda: bomb()[:500], "can't be read"),
    "half a Parquet file": ("t.parquet", lambda: parquet(5000)[:9000], "can't be read"),
    "Parquet without its data": ("t.parquet", lambda: b"PAR1" + footer(parquet(5000)), "can't be read"),
    "a footer that promises more data": (
        "t.parquet",
        lambda: with_footer(parquet(100), parquet(5000)),
        "can't be read",
    ),
    "a footer that promises more rows": ("t.parquet", promising, "it says that it has 8,164 rows, and has 100"),
    "Parquet that is not UTF-8": ("t.parquet", not_utf8, "column 'a' holds text that is not UTF-8"),
    "Parquet with a NUL": ("t.parquet", lambda: parquet(3, "x\0y"), "column 'a', row 1 holds a NUL"),
    "Parquet without rows": ("t.parquet", lambda: parquet(0), "has a header but no rows"),
    "Parquet by its name alone": ("t.parquet", lambda: b"a,b\n1,2\n", "its first bytes are those of csv"),
    "CSV by its name alone": ("t.csv", lambda: parquet(3), "its first bytes are those of parquet"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_table_is_refused_in_one_clear_line_and_leaves_nothing(run: Run, tmp_path: Path, case: str) -> None:
    name, make, message = REFUSED[case]
    (tmp_path / name).write_bytes(make())
    outcome = run("add_dataset", "d", tmp_path / name)
    assert (outcome.code, outcome.out) == (1, "")
    assert message in outcome.err
    assert len(outcome.err) < 1000
    assert outcome.err.isprintable()
    rows = [model._default_manager.count() for model in (Dataset, DatasetVersion, AuditEvent, UnstoredManifest)]
    assert rows == [0, 0, 0, 0]
    assert not (tmp_path / "objects").exists()
    count("hostile tables refused or read rightly")


READ: dict[str, tuple[bytes, int, list[str]]] = {
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), 1, ["a", "b"]),
    "a byte order mark": ("\ufeffa,b\n1,2\n".encode(), 1, ["a", "b"]),
    "Windows line ends": (b"a,b\r\n1,2\r\n3,4\r\n", 2, ["a", "b"]),
    "quoted newlines": (b'"a\nx",b\n"1\n,2",2\n', 1, ["a\nx", "b"]),
    "many columns": (
        b",".join(b"c%d" % number for number in range(COLUMNS)) + b"\n" + b",".join([b"1"] * COLUMNS),
        1,
        [f"c{number}" for number in range(COLUMNS)],
    ),
}


@pytest.mark.parametrize("case", READ)
def test_an_unusual_table_is_read_as_it_is_meant(run: Run, tmp_path: Path, case: str) -> None:
    content, rows, names = READ[case]
    (tmp_path / "t.csv").write_bytes(content)
    assert len(run("add_dataset", "d", tmp_path / "t.csv").out) < 2000
    version = DatasetVersion.objects.get()
    assert (version.row_count, version.column_names[: len(names)]) == (rows, names)
    count("hostile tables refused or read rightly")
