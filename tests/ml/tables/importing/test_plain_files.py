"""Any format as CSV or Parquet: the same cells, or one line that says what is wrong."""

import bz2
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.file_formats import HEAD_BYTES, detect_any_format
from catalog.ml.tables.importing import json_lines, packed_files
from catalog.ml.tables.importing.plain_files import plain_file

CSV = b'a,b\n1,"x, y"\n2,z\n'
TABLE = pa.table({"a": [1, 2], "b": ["x", None]})


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


def with_password(archive: bytes) -> bytes:
    """With the flag of its one member set, locally and in the directory, as if what follows were encrypted."""
    flagged = bytearray(archive)
    for magic, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flagged[archive.index(magic) + flags_at] |= packed_files.ENCRYPTED
    return bytes(flagged)


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


def stream(table: pa.Table) -> bytes:
    target = io.BytesIO()
    with pa.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)
    return target.getvalue()


def feather(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pa.feather.write_feather(table, target, compression="zstd")
    return target.getvalue()


def parquet(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def text(path: Path) -> bytes:
    with plain_file(path, path.name) as plain:
        return gzip.decompress(plain.path.read_bytes())


def typed(path: Path) -> pa.Table:
    with plain_file(path, path.name) as plain:
        return pq.read_table(plain.path)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.bz2", bz2.compress(CSV)),
        ("a.csv.bz2", bz2.compress(CSV[:7]) + bz2.compress(CSV[7:])),
        ("a.csv.zst", zstd(CSV)),
        ("a.csv.zst", zstd(CSV[:7]) + zstd(CSV[7:])),
        ("a.zip", zipped(a__csv=CSV, readme__txt=b"of a")),
        ("a.zip", zipped(**{"a__csv": CSV, "__MACOSX/_a__csv": CSV, "old/.a__csv": CSV, "b__csv/": b""})),
        ("a.zip", zipped(a__csv__bz2=bz2.compress(CSV))),
        ("a.zip", zipped(a__gz=gzip.compress(CSV))),
        ("a.gz", gzip.compress(CSV)),
        ("a.v2.txt.gz", gzip.compress(CSV)),
        ("a.tsv.bz2", bz2.compress(CSV)),
        ("a.zst", zstd(CSV)),
    ],
)
def test_a_packed_text_is_the_same_text(tmp_path: Path, name: str, content: bytes) -> None:
    assert text(write(tmp_path, name, content)) == CSV


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.arrow", stream(TABLE)),
        ("a.feather", feather(TABLE)),
        ("a.jsonl", b'{"a": 1, "b": "x"}\n{"b": null, "a": 2}\n'),
        ("a.ndjson", b'{"a": 1, "b": "x"}\r\n\r\n{"a": 2}'),
        ("a.zip", zipped(a__jsonl=b'{"a": 1, "b": "x"}\n{"a": 2}\n')),
        ("part-0.json", b'{"a": 1, "b": "x"}\n{"a": 2}\n'),
        ("no-ending", b'{"a": 1, "b": "x"}\n{"a": 2}\n'),
        ("no-ending", b'{"a": 1, ' + b" " * HEAD_BYTES + b'"b": "x"}\n{"a": 2}\n'),
        ("no-ending", stream(TABLE)),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1, "b": "x"}\n{"a": 2}\n')),
        ("a.json.zst", zstd(b'{"a": 1, "b": "x"}\n{"a": 2}\n')),
        ("a.gz", gzip.compress(stream(TABLE))),
        ("a.parquet.bz2", bz2.compress(parquet(TABLE))),
        ("no-ending", gzip.compress(b'{"a": 1, "b": "x"}\n{"a": 2}\n')),
    ],
)
def test_a_typed_table_keeps_its_types(tmp_path: Path, name: str, content: bytes) -> None:
    assert typed(write(tmp_path, name, content)) == TABLE


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("a.csv.bz2", bz2.compress(CSV), text),
        ("a.csv.zst", zstd(CSV), text),
        ("a.zip", zipped(a__csv=CSV), text),
        ("a.arrow", stream(TABLE), typed),
        ("a.feather", feather(TABLE), typed),
        ("a.gz", gzip.compress(b'{"a": 1}\n{"a": 2}\n'), typed),
    ],
)
def test_a_file_that_is_cut_is_refused_or_whole(
    tmp_path: Path, name: str, content: bytes, read: Callable[[Path], object]
) -> None:
    whole = read(write(tmp_path, name, content))
    for end in range(len(content)):
        with suppress(InvalidData):
            assert read(write(tmp_path, name, content[:end])) == whole, end


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.zip", zipped(a__csv=CSV, b__csv=CSV), r"holds 2 tables \(a\.csv, b\.csv\), expected one"),
        ("a.zip", zipped(a__txt=CSV), "holds no file that ends in"),
        ("a.zip", zipped(), "holds no file that ends in"),
        ("a.zip", zipped(a__csv=CSV).replace(zlib.compress(CSV)[2:-4], bytes(len(zlib.compress(CSV)) - 6)), "unpacked"),
        ("a.zip", with_password(zipped(a__csv=CSV)), "is protected by a password. Unpack it first"),
        ("a.zip", zipped(a__zip=zipped(a__csv=CSV)), "Unpack it first"),
        ("a.zip", CSV, "first bytes are those of csv"),
        ("a.xlsx", zipped(a__csv=CSV), "named as xlsx, but its first bytes are those of zip"),
        ("a.csv", bz2.compress(CSV), "first bytes are those of csv.bz2"),
        ("a.csv", b'{"a": 1}\n', "first bytes are those of jsonl"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(100), "or take the password from it"),
        ("a.feather", b"FEA1" + bytes(100), "Write it as version 2"),
        ("a.jsonl", b'{"a": 1}\n\n{"a": "x"}\n', r"'a' is number at first, and string in line 3\."),
        ("a.jsonl", b'{"a": 1}\n\n[1]\n', "line 3 is no JSON object"),
        ("a.jsonl", b"\n", "has no rows"),
        ("a.csv", b"\xef\xbb\xbf<!DOCTYPE html>\n<html>\n</html>\n", "is a page of HTML or XML, no table"),
        ("a.xls", b"<html><table><tr><td>a</td></tr></table></html>", "a spreadsheet, and save it as .xlsx"),
        ("a.xls", b"<table><tr><td>a</td></tr></table>", "is a page of HTML or XML"),
        ("a.csv.gz", gzip.compress(b"<?xml version='1.0'?>\n<rows/>\n"), "is a page of HTML or XML"),
        ("a.csv", b'[\n {"a": 1},\n {"a": 2}\n]\n', "is one JSON array. Write one object a line"),
        ("a.json", b'[{"a": 1}]', r"array\. Write one object a line, as jq -c '\.\[\]' FILE\.json > FILE\.jsonl"),
        ("a.json", b'{\n "a": [1, 2]\n}\n', "is one JSON document, no table. Write one object a line"),
        ("a.json", b'{"a": {"0": 1}, "b": {"0": 3}}', "is one JSON document, no table. Write one object"),
        ("a.jsonl", b'{"a": {"0": 1}, "b": [1]}\n', "is one JSON document, no table. Write one object"),
        ("a.json", CSV, "is one JSON document, no table. Write one object a line"),
        ("a.zip", zipped(a__json=b'{"a": 1}\n'), "holds no file that ends in"),
        ("a.gz", CSV, "named as gz, but its first bytes are those of csv"),
        ("a.csv.gz", gzip.compress(b'{"a": 1}\n'), "a.csv is named as csv, but its first bytes are those of jsonl"),
        ("a.parquet.gz", gzip.compress(CSV), "named as parquet, but its first bytes are those of csv"),
        ("a.gz", gzip.compress(bz2.compress(CSV)), "a.gz is packed twice. Unpack it first"),
        ("a.gz", gzip.compress(b""), "is empty"),
    ],
)
def test_what_can_not_be_read_is_one_line(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    with pytest.raises(InvalidData, match=problem) as caught, plain_file(write(tmp_path, name, content), name):
        pass
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.zip", "a.csv.bz2", "a.csv.zst"])
def test_what_unpacks_to_far_too_much_is_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "FREE_BYTES", 1_000_000)
    content = b"a\n" + bytes(20_000_000)
    packed = {"a.zip": zipped(a__csv=content), "a.csv.bz2": bz2.compress(content), "a.csv.zst": zstd(content)}[name]
    with pytest.raises(InvalidData, match="unpacks to more than"):
        text(write(tmp_path, name, packed))


def test_a_zip_file_of_many_files_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "MOST_MEMBERS", 2)
    members = zipped(a__csv=CSV, b__txt=b"", c__txt=b"")
    with pytest.raises(InvalidData, match=r"a\.zip holds 3 files, expected one table\."):
        text(write(tmp_path, "a.zip", members))


def test_a_line_without_an_end_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "BLOCK_BYTES", 64)
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 100)
    lines = b'{"a": 1}\n{"a": "' + b"x" * 500 + b'"}\n'
    with pytest.raises(InvalidData, match="line 2 is longer than 100 bytes"):
        typed(write(tmp_path, "a.jsonl", lines))


def test_texts_of_days_and_times_are_such_only_throughout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "BLOCK_BYTES", 64)  # so that each block says something else
    lines = [
        {
            "day": "2026-01-31",
            "at": "2026-01-31T10:00:00",
            "utc": "2026-01-31T10:00:00+02:00",
            "n": 1,
            "code": "2026-01-31",
        },
        {"day": None, "at": "2026-01-31 11:00:00", "utc": "2026-01-31 10:00:00+00", "n": 1.5, "code": "2026"},
    ]
    table = typed(write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, lines)).encode()))
    assert [str(field.type) for field in table.schema] == [
        "date32[day]",
        "timestamp[us]",
        "timestamp[us, tz=UTC]",
        "double",
        "string",
    ]
    assert [str(value) for value in table.column("utc").to_pylist()] == [
        "2026-01-31 08:00:00+00:00",
        "2026-01-31 10:00:00+00:00",
    ]


VIEWS, GAPS = pa.array(["x", "y"], pa.string_view()), pa.array(["x", None, "y"])
RUNS, EACH = pa.array([1, 3], pa.int32()), pa.array([1, 2, 3], pa.int32())
STRANGE: dict[str, tuple[pa.Array, list[object]]] = {
    "categories as Polars has them": (
        pa.DictionaryArray.from_arrays(pa.array([0, None, 1], pa.uint32()), VIEWS), ["x", None, "y"]
    ),
    "a category that is null": (pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), GAPS), ["x", None, "y"]),
    "runs of categories": (pa.RunEndEncodedArray.from_arrays(EACH, GAPS.dictionary_encode()), ["x", None, "y"]),
    "runs of views": (pa.RunEndEncodedArray.from_arrays(RUNS, VIEWS), ["x", "y", "y"]),
    "a scale below 0": (pa.array([Decimal("1200"), None], pa.decimal128(5, -2)), [Decimal(1200), None]),
    "bytes": (pa.array([b"x", None], pa.binary_view()), [b"x", None]),
}  # fmt: skip


@pytest.mark.parametrize("case", STRANGE)
def test_what_parquet_lacks_is_stored_as_what_it_has(case: str, tmp_path: Path) -> None:
    values, cells = STRANGE[case]
    table = typed(write(tmp_path, "a.arrow", stream(pa.table({"v": values}))))
    assert table.column("v").to_pylist() == cells


def test_streams_of_arrow_behind_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"^a\.arrow holds more than one stream of Arrow, one behind the other\. "):
        typed(write(tmp_path, "a.arrow", stream(TABLE) * 2))


def test_frames_of_zstandard_that_are_to_be_skipped_are(tmp_path: Path) -> None:
    skipped = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"size"
    path = write(tmp_path, "a.csv.zst", skipped + zstd(CSV) + skipped + zstd(b"3,w\n"))
    with plain_file(path, path.name) as plain:
        assert gzip.decompress(plain.path.read_bytes()) == CSV + b"3,w\n"


def test_arrow_types_that_parquet_lacks_are_converted_or_named(tmp_path: Path) -> None:
    views = pa.table({"v": pa.array(["x"], pa.string_view()), "r": pc.run_end_encode(pa.array([5]))})
    assert typed(write(tmp_path, "a.arrow", stream(views))) == pa.table({"v": ["x"], "r": [5]})
    months = pa.table({"m": pa.array([(1, 2, 3)], pa.month_day_nano_interval())})
    with pytest.raises(InvalidData, match="column 'm' holds month_day_nano_interval"):
        typed(write(tmp_path, "a.arrow", stream(months)))


def test_a_version_of_the_catalog_is_no_name_of_a_file(tmp_path: Path) -> None:
    assert detect_any_format(write(tmp_path, "a", CSV), "flights.v2:1") == "csv"
