import gzip
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.conversion.casting import CATEGORY_TYPE
from catalog.ml.tables.conversion.missing import DEFAULT_WORDS
from catalog.ml.tables.files.csv_reading import BLOCK_BYTES
from catalog.ml.tables.reading import TableFile, open_table
from catalog.ml.tables.rebatching import rebatch
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType, column_type
from tests.factories import flights
from tests.ml.conftest import OpenCsv


def read(table: TableFile, **types: ColumnType) -> dict[str, list[Any]]:
    kinds = {name: ARROW_TYPES[kind] for name, kind in types.items()}
    return pa.Table.from_batches(list(table.batches(kinds)), pa.schema(list(kinds.items()))).to_pydict()


def refusal(table: TableFile, **types: ColumnType) -> str:
    with pytest.raises(InvalidData) as caught:
        read(table, **types)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cell", "kind", "expected"),
    [
        ("far", ColumnType.NUMBER, "a number"),
        ("2.5", ColumnType.INTEGER, "an integer"),
        ("yes", ColumnType.BOOLEAN, "true or false"),
        ("2013-02-30", ColumnType.DATE, "a date"),
        ("noon", ColumnType.TIMESTAMP, "a timestamp without a time zone"),
        ("2013-01-01 10:00:00", ColumnType.TIMESTAMP_UTC, "a timestamp with a time zone"),
    ],
)
def test_a_bad_cell_names_column_row_and_expected_type(
    open_csv: OpenCsv, cell: str, kind: ColumnType, expected: str
) -> None:
    table = open_csv(f"a,b\n,x\n{cell},y\n")
    assert refusal(table, a=kind) == f"data.csv: column 'a', row 2: '{cell}' is not {expected}."


def test_a_bad_cell_far_beyond_the_first_block_is_named_by_its_row(open_csv: OpenCsv) -> None:
    rows = 3 * BLOCK_BYTES // 10
    table = open_csv("a,b\n" + "1234567,x\n" * rows + "far,x\n" + "1,x\n" * 10)
    assert refusal(table, a=ColumnType.NUMBER) == f"data.csv: column 'a', row {rows + 1}: 'far' is not a number."


def test_a_bad_cell_after_quoted_newlines_is_named_by_its_row_and_not_by_its_line(open_csv: OpenCsv) -> None:
    table = open_csv('a,b\n"one\ntwo\nthree",1\nfour,x\n')
    assert refusal(table, b=ColumnType.NUMBER) == "data.csv: column 'b', row 2: 'x' is not a number."


def test_a_long_bad_cell_is_cut(open_csv: OpenCsv) -> None:
    assert len(refusal(open_csv("a,b\n" + "x" * 5000 + ",1\n"), a=ColumnType.NUMBER)) < 200


def test_a_missing_column_is_named_with_the_near_ones(open_csv: OpenCsv) -> None:
    table = open_csv("carrier,origin\nUA,EWR\n")
    assert refusal(table, carriers=ColumnType.STRING) == "data.csv has no column 'carriers'. Did you mean carrier?"
    assert refusal(table, x=ColumnType.STRING) == "data.csv has no column 'x'. There are: carrier, origin."


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "duplicate columns": ("a,b,a\n1,2,3\n", "data.csv has two columns named 'a'. Rename one of them."),
    "a column without a name": (
        "a,,c\n1,2,3\n",
        "data.csv: column 2 has no name. The first line must name every column.",
    ),
    "an empty file": ("", "data.csv is empty."),
    "two encodings": ("größe,b\n1,ü\n".encode() + "2,ü\n".encode("latin-1"), "Save it as UTF-8."),
    "no text": (bytes(range(256)) * 40, "data.csv is no text"),
    "a quote that is not closed": ('a,b\n1,"2\n3,4\n', "data.csv ends within quotes"),
    "a cut within quotes": ('a,b\n1,"2""', "data.csv ends within quotes"),
    "two separators": ("a;b,c\n1;2,3\n", "data.csv: its columns may be separated by ',' or by ';'."),
    "Parquet under another name": (
        b"PAR1....PAR1",
        "data.csv is named as csv, but its first bytes are those of parquet. Rename it.",
    ),
    "gzip under another name": (
        gzip.compress(b"a,b\n1,2\n"),
        "data.csv is named as csv, but its first bytes are those of csv.gz. Rename it.",
    ),
    "an empty gzip file": (gzip.compress(b""), ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_in_one_line(open_csv: OpenCsv, case: str) -> None:
    content, message = REFUSED[case]
    with pytest.raises(InvalidData) as caught:
        open_csv(content, "data.csv.gz" if "empty gzip" in case else "data.csv")
    assert message in str(caught.value)
    assert str(caught.value).startswith("data.csv")
    assert "\n" not in str(caught.value)


def test_a_row_with_too_few_columns_is_refused(open_csv: OpenCsv) -> None:
    assert "Expected 2 columns, got 1" in refusal(open_csv("a,b\n1,2\n3\n"), a=ColumnType.STRING)


def test_a_quote_that_is_not_closed_is_refused(open_csv: OpenCsv) -> None:
    table = open_csv('a,b\n"1,2\n' + "3,4\n" * (BLOCK_BYTES // 2))
    message = refusal(table, a=ColumnType.STRING)
    assert "or a quote is not closed" in message


@pytest.mark.parametrize("cut", [1, 8, 30, 2000])
def test_a_truncated_gzip_file_is_refused(tmp_path: Path, cut: int) -> None:
    whole = gzip.compress(flights(500).to_csv(index=False).encode())
    (tmp_path / "data.csv.gz").write_bytes(whole[:-cut])
    with pytest.raises(InvalidData, match=r"^data.csv.gz can't be read: "):
        read(open_table(tmp_path / "data.csv.gz", "data.csv.gz"), carrier=ColumnType.STRING)


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"x" * 500, b"PAR1" + b"\0" * 60 + b"PAR1"])
def test_broken_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.parquet").write_bytes(content)
    with pytest.raises(InvalidData, match=r"^data.parquet can't be read: "):
        open_table(tmp_path / "data.parquet", "data.parquet")


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    flights(500).to_parquet(buffer)
    (tmp_path / "data.parquet").write_bytes(buffer.getvalue()[:-100])
    with pytest.raises(InvalidData, match=r"^data.parquet can't be read: "):
        open_table(tmp_path / "data.parquet", "data.parquet")


def test_csv_under_the_name_of_parquet_is_refused(open_csv: OpenCsv) -> None:
    with pytest.raises(InvalidData, match="named as parquet, but its first bytes are those of csv"):
        open_csv("a,b\n1,2\n", "data.parquet")


def test_a_header_alone_is_a_table_without_rows(open_csv: OpenCsv) -> None:
    assert read(open_csv("a,b\n"), a=ColumnType.NUMBER) == {"a": []}
    assert read(open_csv("a,b"), a=ColumnType.NUMBER) == {"a": []}


READ = {
    "quoted newlines, commas and quotes": 'a,b\n"x\n1, ""y""",2\n',
    "Windows line ends": 'a,b\r\n"x\n1, ""y""",2\r\n',
    "a byte order mark": '\ufeffa,b\n"x\n1, ""y""",2\n',
    "a byte order mark and Windows line ends": '\ufeffa,b\r\n"x\n1, ""y""",2\r\n',
    "a quoted header": '"a","b"\n"x\n1, ""y""",2\n',
    "no line end at the end": 'a,b\n"x\n1, ""y""",2',
    "empty lines": 'a,b\n\n"x\n1, ""y""",2\n\n',
    "empty lines before the header": '\n\na,b\n"x\n1, ""y""",2\n',
}


@pytest.mark.parametrize("case", READ)
def test_the_dialects_of_csv_are_read_alike(open_csv: OpenCsv, case: str) -> None:
    assert read(open_csv(READ[case]), a=ColumnType.STRING, b=ColumnType.INTEGER) == {"a": ['x\n1, "y"'], "b": [2]}


def test_a_quoted_header_may_hold_line_breaks_and_commas(open_csv: OpenCsv) -> None:
    assert open_csv('"size\n(cm, wide)",b\n1,2\n').column_names == ["size\n(cm, wide)", "b"]


def test_gzip_is_read_as_csv(open_csv: OpenCsv) -> None:
    table = open_csv(gzip.compress(b"a,b\n1,x\n"), "data.csv.gz")
    assert read(table, a=ColumnType.INTEGER, b=ColumnType.STRING) == {"a": [1], "b": ["x"]}


def test_the_members_of_a_gzip_file_are_one_table(open_csv: OpenCsv) -> None:
    table = open_csv(gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n"), "data.csv.gz")
    assert read(table, a=ColumnType.INTEGER) == {"a": [1, 2]}


@pytest.mark.parametrize("null", DEFAULT_WORDS)
def test_null_values_are_nulls_in_every_type(open_csv: OpenCsv, null: str) -> None:
    table = open_csv(f"a,b,c,d\n{null},{null},{null},{null}\n1,x,true,2013-01-01\n")
    types = {"a": ColumnType.NUMBER, "b": ColumnType.STRING, "c": ColumnType.BOOLEAN, "d": ColumnType.DATE}
    assert {values[0] for values in read(table, **types).values()} == {None}


def test_a_column_without_a_type_keeps_its_text_as_it_is_written(open_csv: OpenCsv) -> None:
    written = ["007", "NA", "", " x ", "1.50"]
    table = open_csv("a,b\n" + "".join(f"{cell},1\n" for cell in written))
    [batch] = table.batches({"a": None})
    assert batch.column(0).to_pylist() == written


def test_columns_come_in_the_order_asked_for(open_csv: OpenCsv) -> None:
    assert list(read(open_csv("a,b\n1,2\n"), b=ColumnType.INTEGER, a=ColumnType.INTEGER)) == ["b", "a"]


NOON = datetime(2013, 1, 1, 12)  # noqa: DTZ001 - without a zone on purpose
PARQUET: dict[str, tuple[pa.Array, ColumnType, list[Any]]] = {
    "dictionary": (pa.array(["a", None, "a"]).dictionary_encode(), ColumnType.STRING, ["a", None, "a"]),
    "large text": (pa.array(["a", None], pa.large_string()), ColumnType.STRING, ["a", None]),
    "decimal": (pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)), ColumnType.NUMBER, [1.5, None]),
    "int32": (pa.array([1, None], pa.int32()), ColumnType.INTEGER, [1, None]),
    "uint64": (pa.array([2**64 - 1, None], pa.uint64()), ColumnType.NUMBER, [float(2**64 - 1), None]),
    "float32": (pa.array([0.5, np.nan], pa.float32()), ColumnType.NUMBER, [0.5, None]),
    "half": (pa.array([np.float16(0.5)], pa.float16()), ColumnType.NUMBER, [0.5]),
    "NaN and null": (pa.array([0.5, np.nan, None]), ColumnType.NUMBER, [0.5, None, None]),
    "timestamp[ns]": (pa.array([NOON, None], pa.timestamp("ns")), ColumnType.TIMESTAMP, [NOON, None]),
    "timestamp[s] in New York": (
        pa.array([datetime(2013, 1, 1, 17, tzinfo=UTC)], pa.timestamp("s", "America/New_York")),
        ColumnType.TIMESTAMP_UTC,
        [datetime(2013, 1, 1, 17, tzinfo=UTC)],
    ),
    "date64": (pa.array([date(2013, 1, 1)], pa.date64()), ColumnType.DATE, [date(2013, 1, 1)]),
    "boolean": (pa.array([True, None]), ColumnType.BOOLEAN, [True, None]),
    "null": (pa.nulls(2), ColumnType.STRING, [None, None]),
}


@pytest.mark.parametrize("case", PARQUET)
def test_a_parquet_column_is_read_as_the_catalogs_type(open_parquet: Any, case: str) -> None:
    values, kind, expected = PARQUET[case]
    table = open_parquet(pa.table({"a": values}))
    assert column_type(table.column_types["a"]) is kind
    assert read(table, a=kind) == {"a": expected}


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.struct([("x", pa.int64())]), pa.time64("us"), pa.binary()])
def test_nested_and_other_columns_of_parquet_are_unsupported(kind: pa.DataType) -> None:
    assert column_type(kind) is ColumnType.UNSUPPORTED


def test_a_parquet_time_stamp_with_nanoseconds_is_read_to_the_microsecond(open_parquet: Any) -> None:
    table = open_parquet(pa.table({"a": pa.array([1_001], pa.timestamp("ns"))}))
    assert read(table, a=ColumnType.TIMESTAMP) == {"a": [datetime(1970, 1, 1, 0, 0, 0, 1)]}  # noqa: DTZ001 - without a zone on purpose


def test_text_in_parquet_is_parsed_as_the_expected_type_or_named(open_parquet: Any) -> None:
    table = open_parquet(pa.table({"a": ["1.5", None, "far"]}))
    assert refusal(table, a=ColumnType.NUMBER) == "data.parquet: column 'a', row 3: 'far' is not a number."


def test_a_bad_parquet_cell_in_a_later_batch_is_named_by_its_row(open_parquet: Any) -> None:
    table = open_parquet(pa.table({"a": ["1"] * 120_000 + ["far"]}))
    assert refusal(table, a=ColumnType.NUMBER) == "data.parquet: column 'a', row 120001: 'far' is not a number."


def test_numbers_in_parquet_are_not_text(open_parquet: Any) -> None:
    table = open_parquet(pa.table({"a": [1.5]}))
    assert (
        refusal(table, a=ColumnType.STRING) == "data.parquet: column 'a' holds double, expected text: row 1 is '1.5'."
    )


def test_an_integer_column_of_parquet_may_hold_whole_decimals_alone(open_parquet: Any) -> None:
    assert read(open_parquet(pa.table({"a": [1.0, 2.0]})), a=ColumnType.INTEGER) == {"a": [1, 2]}
    assert "row 2: '2.5' is not an integer" in refusal(open_parquet(pa.table({"a": [1.0, 2.5]})), a=ColumnType.INTEGER)


def test_csv_and_parquet_of_real_data_are_read_alike(open_csv: OpenCsv, open_parquet: Any) -> None:
    frame = flights(500)[["carrier", "dep_delay", "distance", "time_hour"]]
    types = {"carrier": ColumnType.STRING, "dep_delay": ColumnType.NUMBER, "time_hour": ColumnType.TIMESTAMP_UTC}
    csv = read(open_csv(frame.to_csv(index=False)), **types)
    typed = frame.assign(time_hour=pd.to_datetime(frame["time_hour"]), carrier=frame["carrier"].astype("category"))
    assert read(open_parquet(typed), **types) == csv


@pytest.mark.parametrize("rows", [1, 3, 4, 10, 100])
def test_slices_keep_order_and_have_the_size_asked_for(rows: int) -> None:
    values = list(range(25))
    batches = [pa.record_batch({"a": values[start:stop]}) for start, stop in ((0, 4), (4, 4), (4, 17), (17, 25))]
    found = list(rebatch(iter(batches), rows))
    assert [value for part in found for value in part.column("a").to_pylist()] == values
    assert [part.num_rows for part in found[:-1]] == [rows] * (len(found) - 1)
    assert 0 < found[-1].num_rows <= rows


def test_no_batches_are_no_slices() -> None:
    assert list(rebatch(iter([]), 10)) == []


def test_reading_reports_all_bytes_of_a_parquet_file(open_parquet: Any) -> None:
    table, seen = open_parquet(flights(1000)), []
    list(table.batches({"distance": pa.float64()}, on_bytes=seen.append))
    assert sum(seen) == table.path.stat().st_size


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_texts_read_as_categories_are_the_texts_as_written_out(
    kind: str, open_csv: OpenCsv, open_parquet: Any, tmp_path: Path
) -> None:
    frame = flights(300)[["carrier", "tailnum", "dest"]]
    table = open_csv(frame.to_csv(index=False)) if kind == "csv" else open_parquet(frame)
    as_categories = pa.Table.from_batches(table.batches(dict.fromkeys(frame, CATEGORY_TYPE)))
    as_texts = pa.Table.from_batches(table.batches(dict.fromkeys(frame, pa.string())))
    assert as_categories.schema.types == [CATEGORY_TYPE] * 3
    assert as_categories.to_pydict() == as_texts.to_pydict()
    assert as_categories.column("tailnum").null_count > 0


@pytest.mark.parametrize("beside", [{}, {"b": None}], ids=["alone", "beside a column as it is written"])
def test_null_texts_are_no_categories_and_leave_the_others_in_their_order(
    open_csv: OpenCsv, beside: dict[str, None]
) -> None:
    [batch] = open_csv("a,b\nz,NA\nNA,x\nb,x\nnull,x\nz,x\n").batches({"a": CATEGORY_TYPE, **beside})
    assert batch.column(0).dictionary.to_pylist() == ["z", "b"]
    assert batch.column(0).to_pylist() == ["z", None, "b", None, "z"]


def test_a_full_stop_in_the_name_of_a_dataset_is_no_ending_of_a_file(open_csv: OpenCsv) -> None:
    assert open_csv("a,b\n1,2\n", "flights.v2:1").column_names == ["a", "b"]
