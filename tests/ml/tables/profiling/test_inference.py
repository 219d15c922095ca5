import pytest

from catalog.ml.tables.conversion.missing import DEFAULT_WORDS
from catalog.ml.tables.files.csv_reading import BLOCK_BYTES
from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.schema import ColumnType
from tests.factories import breast_cancer
from tests.ml.conftest import OpenCsv

CELLS = {
    "integers": (["1", "-2", "0"], ColumnType.INTEGER),
    "the largest integer": (["9223372036854775807"], ColumnType.INTEGER),
    "an integer past 64 bits is a number": (["9223372036854775808"], ColumnType.NUMBER),
    "decimals": (["1", "2.5"], ColumnType.NUMBER),
    "whole floats": (["1.0", "2.0"], ColumnType.NUMBER),
    "midnights": (["2013-01-31 00:00:00"], ColumnType.TIMESTAMP),
    "exponents": (["1e3", "2E-4"], ColumnType.NUMBER),
    "infinities": (["1.5", "inf", "-inf"], ColumnType.NUMBER),
    "zero and a fraction": (["0.5", "0", "-0.25"], ColumnType.NUMBER),
    "leading zeros": (["1", "007"], ColumnType.STRING),
    "leading zeros after a sign": (["1", "-07"], ColumnType.STRING),
    "hexadecimal": (["1", "0x1F"], ColumnType.STRING),
    "booleans": (["true", "False", "TRUE"], ColumnType.BOOLEAN),
    "zeros and ones are integers": (["0", "1"], ColumnType.INTEGER),
    "booleans and numbers": (["true", "1"], ColumnType.STRING),
    "yes and no": (["yes", "no"], ColumnType.STRING),
    "dates": (["2013-01-31", "1969-12-31"], ColumnType.DATE),
    "a day that is none": (["2013-02-30"], ColumnType.STRING),
    "a day of the year 0": (["0000-12-31", "0001-01-01"], ColumnType.STRING),
    "a time of the year 0": (["0000-12-31 10:00:00", "9999-12-31 10:00:00"], ColumnType.STRING),
    "a time of the year 10000 in UTC": (["9999-12-31T23:59:59-05:00"], ColumnType.STRING),
    "the first and the last day": (["0001-01-01", "9999-12-31"], ColumnType.DATE),
    "dates of another order": (["31/01/2013"], ColumnType.DATE),
    "time stamps without a zone": (["2013-01-01 10:00:00", "2013-01-01T11:30:00.123456"], ColumnType.TIMESTAMP),
    "time stamps in UTC": (["2013-01-01T10:00:00Z"], ColumnType.TIMESTAMP_UTC),
    "time stamps with an offset": (["2013-01-01T10:00:00+02:00"], ColumnType.TIMESTAMP_UTC),
    "time stamps with and without a zone": (["2013-01-01T10:00:00Z", "2013-01-01T10:00:00"], ColumnType.STRING),
    "dates, then time stamps": (["2013-01-01", "2013-01-01 10:00:00"], ColumnType.TIMESTAMP),
    "time stamps, then dates": (["2013-01-01 10:00:00", "2013-01-01"], ColumnType.TIMESTAMP),
    "no value at all": (["", "NA"], ColumnType.STRING),
    "spaces around numbers": ([" 1", "2 "], ColumnType.INTEGER),
    "text": (["UA", "1"], ColumnType.STRING),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_column_has_the_narrowest_type_of_all_its_values(open_csv: OpenCsv, case: str) -> None:
    cells, expected = CELLS[case]
    table = open_csv("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    assert describe_csv(table).types["a"] is expected


@pytest.mark.parametrize("null", DEFAULT_WORDS)
def test_a_null_value_is_of_any_type(open_csv: OpenCsv, null: str) -> None:
    assert describe_csv(open_csv(f"a,b\n1,x\n{null},y\n")).types["a"] is ColumnType.INTEGER


@pytest.mark.parametrize("text", ["-", "missing", "?", "nil", "na", "none"])
def test_other_words_for_nothing_are_text(open_csv: OpenCsv, text: str) -> None:
    assert describe_csv(open_csv(f"a,b\n1,x\n{text},y\n")).types["a"] is ColumnType.STRING


@pytest.mark.parametrize(
    ("last", "expected"),
    [("2.5", ColumnType.NUMBER), ("far", ColumnType.STRING), ("007", ColumnType.STRING), ("", ColumnType.INTEGER)],
)
def test_types_come_from_all_rows_and_not_from_the_first_block(
    open_csv: OpenCsv, last: str, expected: ColumnType
) -> None:
    rows = "".join(f"{row},x\n" for row in range(100_000, 100_000 + 2 * BLOCK_BYTES // 9))
    assert len(rows) > 1.9 * BLOCK_BYTES
    assert describe_csv(open_csv(f"a,b\n{rows}{last},x\n")).types["a"] is expected


def test_a_decimal_and_then_a_text_far_below_make_text(open_csv: OpenCsv) -> None:
    integers = "1234567,x\n" * (2 * BLOCK_BYTES // 10)
    decimals = "1234.67,x\n" * (2 * BLOCK_BYTES // 10)
    assert describe_csv(open_csv(f"a,b\n{integers}{decimals}far,x\n")).types["a"] is ColumnType.STRING


def test_a_column_whose_first_block_is_empty_gets_the_type_of_the_rest(open_csv: OpenCsv) -> None:
    rows = ",xxxxxxxxx\n" * (BLOCK_BYTES // 10)
    assert describe_csv(open_csv(f"a,b\n{rows}2013-01-01,x\n")).types["a"] is ColumnType.DATE


def test_real_data_are_numbers_and_a_text(open_csv: OpenCsv) -> None:
    types = describe_csv(open_csv(breast_cancer().to_csv(index=False))).types
    assert types.pop("diagnosis") is ColumnType.STRING
    assert set(types.values()) == {ColumnType.NUMBER}


def test_inference_reports_the_bytes_that_it_reads(open_csv: OpenCsv) -> None:
    text, read = breast_cancer().to_csv(index=False), []
    describe_csv(open_csv(text), on_bytes=read.append)
    assert sum(read) == len(text)
