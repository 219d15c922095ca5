"""One table in every way of writing it: the same types, the same values."""

import csv
import io
import random
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import CellFormat, Dialect
from catalog.ml.tables.profiling.description import CsvDescription, describe_csv
from catalog.ml.tables.read_options import ReadOptions
from catalog.ml.tables.reading import TableFile, open_table
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType
from catalog.progress import Progress
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import describe_file
from tests.ml.conftest import OpenCsv

RANDOM = random.Random(7)
ROWS = [
    (
        RANDOM.choice(["São Paulo", "Conceição, a; b|c", "João", "Müller\nund Sohn", 'say "não"']),
        RANDOM.choice([-1, 1]) * round(RANDOM.uniform(0, 90_000), RANDOM.choice([1, 2, 4])),
        RANDOM.randint(-5_000, 5_000),
        f"{RANDOM.randint(1990, 2030)}-{RANDOM.randint(1, 12):02}-{RANDOM.randint(1, 28):02}",
    )
    for _ in range(60)
]
NAMES = ["cidade, do país", "preço", "inteiro", "data"]
TYPES = [ColumnType.STRING, ColumnType.NUMBER, ColumnType.INTEGER, ColumnType.DATE]


def number(value: float, decimal: str, thousands: str) -> str:
    whole, _, rest = f"{value:,}".partition(".")
    return whole.replace(",", thousands) + (decimal + rest if rest else "")


def date(value: str, order: str) -> str:
    year, month, day = value.split("-")
    return order.replace("%Y", year).replace("%m", month).replace("%d", day).replace("%y", year[2:])


def written(delimiter: str, decimal: str, thousands: str, order: str, *, end: str = "\n", quoting: int = 0) -> str:
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    rows.writerow(NAMES)
    for city, price, count, day in ROWS:
        rows.writerow([city, number(price, decimal, thousands), number(count, decimal, thousands), date(day, order)])
    return text.getvalue()


def read(table: TableFile, described: CsvDescription) -> list[tuple[Any, ...]]:
    kinds = {name: ARROW_TYPES[kind] for name, kind in described.types.items()}
    batches = list(table.with_formats(described.formats).batches(kinds))
    rows = pa.Table.from_batches(batches, pa.schema(list(kinds.items())))
    return list(zip(*(column.to_pylist() for column in rows.columns), strict=True))


EXPECTED = [(city, price, count, pa.scalar(day).cast(pa.date32()).as_py()) for city, price, count, day in ROWS]
MARKS = [(".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", "'"), (",", "\u00a0")]


@pytest.mark.parametrize(("decimal", "thousands"), MARKS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separators_and_marks_are_found(open_csv: OpenCsv, delimiter: str, decimal: str, thousands: str) -> None:
    for order, end, quoting in product(["%Y-%m-%d", "%d/%m/%Y", "%m-%d-%Y"], ["\n", "\r\n"], [0, csv.QUOTE_ALL]):
        table = open_csv(written(delimiter, decimal, thousands, order, end=end, quoting=quoting))
        described = describe_csv(table)
        assert table.dialect.delimiter == delimiter
        assert (list(described.types), list(described.types.values())) == (NAMES, TYPES)
        assert read(table, described) == [
            (city.replace("\n", end if end in city else "\n"), *rest) for city, *rest in EXPECTED
        ]
        assert described.questions == {}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "cp850", "mac-roman"]
)
def test_encodings_are_found(open_csv: OpenCsv, encoding: str) -> None:
    table = open_csv(written(";", ",", ".", "%d/%m/%Y").encode(encoding))
    assert read(table, describe_csv(table)) == EXPECTED


@pytest.mark.parametrize("order", ["%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%Y/%m/%d"])
def test_orders_of_dates_are_found(open_csv: OpenCsv, order: str) -> None:
    table = open_csv(written(";", ",", "", order))
    described = describe_csv(table)
    assert described.formats["data"] == CellFormat(date=order)
    assert read(table, described) == EXPECTED


def columns(open_csv: OpenCsv, cells: list[str], other: str = "x", delimiter: str = ";") -> CsvDescription:
    rows = "".join(f'"{cell}"{delimiter}"{other}"\n' for cell in cells)
    return describe_csv(open_csv(f"a{delimiter}b\n{rows}"))


READINGS = {
    "decimal comma": (["1,5", "2"], ColumnType.NUMBER, CellFormat(",")),
    "groups by points": (["1.234.567", "5"], ColumnType.INTEGER, CellFormat(",", ".")),
    "groups by commas": (["1,234,567", "5"], ColumnType.INTEGER, CellFormat(".", ",")),
    "a group and a decimal": (["1.234", "0,5"], ColumnType.NUMBER, CellFormat(",", ".")),
    "one that is no group": (["1,234", "1,2345"], ColumnType.NUMBER, CellFormat(",")),
    "a zero before three decimals": (["0,123", "1,234"], ColumnType.NUMBER, CellFormat(",")),
    "percent throughout": (["12,5%", "7 %"], ColumnType.NUMBER, CellFormat(",", "", "%")),
    "whole percents": (["12%", "7%"], ColumnType.NUMBER, CellFormat(".", "", "%")),
    "a currency before": (["R$ 1.234,50", "-R$ 3,00", "R$ -7"], ColumnType.NUMBER, CellFormat(",", ".", "R$")),
    "a currency behind": (["1 234,50 €", "12 €"], ColumnType.NUMBER, CellFormat(",", " ", "€")),
    "dollars": (["$1,234.50", "$7"], ColumnType.NUMBER, CellFormat(".", ",", "$")),
    "negative numbers": (["-1,5", "+2,25"], ColumnType.NUMBER, CellFormat(",")),
    "an exponent": (["1,5e3", "2"], ColumnType.NUMBER, CellFormat(",")),
    "day before month": (["31/01/2026", "01/02/2026"], ColumnType.DATE, CellFormat(date="%d/%m/%Y")),
    "month before day": (["01/31/2026", "01/02/2026"], ColumnType.DATE, CellFormat(date="%m/%d/%Y")),
    "days that are months": (["01/01/2026", "02/02/2026"], ColumnType.DATE, CellFormat(date="%d/%m/%Y")),
    "times": (["31/01/2026 9:05", "1/2/2026 23:59:59"], ColumnType.TIMESTAMP, CellFormat(date="%d/%m/%Y")),
    "two digits of a year": (["31/01/26", "01/02/99"], ColumnType.DATE, CellFormat(date="%d/%m/%y")),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_column_is_read_by_all_of_its_rows(open_csv: OpenCsv, case: str) -> None:
    cells, kind, form = READINGS[case]
    described = columns(open_csv, cells)
    assert (described.types["a"], described.formats["a"], described.questions) == (kind, form, {})


NO_READING = {
    "both marks as decimals": ["1,5", "2.5"],
    "a percent beside none": ["5%", "7"],
    "two currencies": ["R$ 5", "€ 7"],
    "groups of two": ["1,23,456"],
    "leading zeros": ["007,5"],
    "two orders": ["31/01/2026", "01/31/2026"],
    "a day that is none": ["30/02/2026", "31/01/2026"],
    "years of two and four digits": ["31/01/26", "31/01/2026"],
    "ISO dates beside others": ["2026-01-31", "31/01/2026"],
    "a group that is cut": ["1.234.56"],
    "versions": ["1.2.3"],
}


@pytest.mark.parametrize("case", NO_READING)
def test_what_fits_no_way_of_writing_is_text(open_csv: OpenCsv, case: str) -> None:
    described = columns(open_csv, NO_READING[case])
    assert (described.types["a"], described.formats) == (ColumnType.STRING, {})


def test_two_digits_of_a_year_are_of_1969_to_2068(open_csv: OpenCsv) -> None:
    table = open_csv("a;b\n31/01/26;x\n31/12/69;x\n31/12/68;x\n")
    days = [str(row[0]) for row in read(table, describe_csv(table))]
    assert days == ["2026-01-31", "1969-12-31", "2068-12-31"]


def test_a_percent_is_a_hundredth_to_the_last_digit(open_csv: OpenCsv) -> None:
    table = open_csv('a;b\n"12,5%";x\n"0,07%";x\n"110%";x\n')
    assert [row[0] for row in read(table, describe_csv(table))] == [0.125, 0.0007, 1.1]


def test_days_or_months_first_is_asked_for_where_no_row_tells(open_csv: OpenCsv) -> None:
    question = columns(open_csv, ["01/02/2026", "03/04/2026"]).questions["a"]
    assert (question.must_ask, [form.date for form in question.readings]) == (True, ["%d/%m/%Y", "%m/%d/%Y"])


def test_a_comma_before_three_digits_alone_is_asked_for(open_csv: OpenCsv) -> None:
    assert columns(open_csv, ["1,234", "5"]).questions["a"].must_ask


def test_a_point_before_three_digits_alone_is_a_decimal_point_and_said(open_csv: OpenCsv) -> None:
    described = columns(open_csv, ["1.234", "5"])
    assert (described.types["a"], described.formats) == (ColumnType.NUMBER, {})
    assert not described.questions["a"].must_ask


@pytest.mark.parametrize(("other", "form"), [("0,5", CellFormat(",", ".")), ("0.5", None)])
def test_other_columns_tell_what_a_point_means(open_csv: OpenCsv, other: str, form: CellFormat | None) -> None:
    described = columns(open_csv, ["1.234", "5"], other)
    assert (described.formats.get("a"), described.questions) == (form, {})


@pytest.mark.parametrize(("other", "form"), [("0,5", CellFormat(",")), ("0.5", CellFormat(".", ","))])
def test_other_columns_tell_what_a_comma_means(open_csv: OpenCsv, other: str, form: CellFormat) -> None:
    described = columns(open_csv, ["1,234", "5"], other)
    assert (described.formats.get("a"), described.questions) == (form, {})


LAST = {
    "1.5": (ColumnType.STRING, None),
    "x": (ColumnType.STRING, None),
    "1.234,5": (ColumnType.NUMBER, CellFormat(",", ".")),
}


@pytest.mark.parametrize("last", LAST)
def test_the_last_of_many_rows_decides(open_csv: OpenCsv, last: str) -> None:
    described = columns(open_csv, ["7,5"] * 300_000 + [last])
    assert (described.types["a"], described.formats.get("a")) == LAST[last]


def test_the_last_of_many_rows_tells_days_from_months(open_csv: OpenCsv) -> None:
    described = columns(open_csv, ["01/02/2026"] * 300_000 + ["13/01/2026"])
    assert (described.formats["a"].date, described.questions) == ("%d/%m/%Y", {})


def test_the_last_of_many_rows_is_in_the_encoding(open_csv: OpenCsv) -> None:
    table = open_csv(b"a;b\n" + b"abcdefgh;1\n" * 300_000 + "São Paulo;1\n".encode("cp1252"))
    assert (table.dialect.encoding, table.example) == ("cp1252", "São")


def test_a_cell_that_is_written_otherwise_is_named(open_csv: OpenCsv) -> None:
    table = open_csv("a;b\n1,5;x\n1.5;x\n").with_formats({"a": CellFormat(",")})
    with pytest.raises(InvalidData, match=r"column 'a', row 2: '1\.5' is not a number"):
        list(table.batches({"a": pa.float64()}))


def test_a_decimal_comma_and_groups_are_refused_where_only_the_comma_was_found(open_csv: OpenCsv) -> None:
    table = open_csv("a;b\n1,5;x\n1.234,5;x\n").with_formats({"a": CellFormat(",")})
    with pytest.raises(InvalidData, match=r"row 2: '1\.234,5' is not a number \(decimal comma\)"):
        list(table.batches({"a": pa.float64()}))


def test_missing_words_are_missing_in_columns_of_any_format(open_csv: OpenCsv) -> None:
    table = open_csv("a;b;c\n1.234,5;31/01/2026;x\nNA; ;x\n;NULL;x\n")
    described = describe_csv(table)
    assert [row[:2] for row in read(table, described)][1:] == [(None, None)] * 2


@pytest.mark.parametrize("text", ["a\n1\n2\n", "a\nx, y\n", "name\n1;5\n", ""])
def test_one_column_has_no_separator(open_csv: OpenCsv, text: str) -> None:
    if text:
        assert open_csv(text).column_names == [text.partition("\n")[0]]


def test_two_separators_that_fit_are_asked_for(open_csv: OpenCsv) -> None:
    with pytest.raises(InvalidData, match="may be separated by ',' or by ';'"):
        open_csv("Preço, em R$;Quantidade\n1,5;2\n")


def test_a_blank_after_the_separators_of_the_header_is_no_part_of_a_name(open_csv: OpenCsv) -> None:
    assert open_csv("a; b; c\n1; 2; 3\n").column_names == ["a", "b", "c"]


def test_a_dialect_is_recorded_and_read_back() -> None:
    dialect = Dialect(";", "cp1252", 2, 1, "#", {"a": CellFormat(",", "."), "d": CellFormat(date="%d/%m/%y")})
    options = ReadOptions(dialect=dialect)
    assert ReadOptions.from_json(options.as_json()) == options


def test_versions_without_a_dialect_are_plain_csv(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a;b\n1;2\n")
    for recorded in ({}, {"missing": {}, "index_columns": [], "partitions": {}}):
        table = open_table(tmp_path / "data.csv", "data.csv", ReadOptions.from_json(recorded))
        assert table.column_names == ["a;b"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_file_that_is_cut_anywhere_is_refused_or_read_to_its_last_cell(open_csv: OpenCsv, encoding: str) -> None:
    whole = 'a;b;c\nSão Paulo;"1,5";"x; y"\nJoão;"2,5";"z"\nMüller;"3,5";"w"\n'.encode(encoding)
    for end in range(len("a;b;c\n".encode(encoding)), len(whole)):
        try:
            table = open_csv(whole[:end])
            described = describe_csv(table)
            rows = read(table, described)
        except InvalidData:
            continue
        full = [("São Paulo", 1.5, "x; y"), ("João", 2.5, "z"), ("Müller", 3.5, "w")]
        assert rows == full[: len(rows)] or not table.is_whole, whole[:end]


@pytest.mark.parametrize("cell", [r'"say \"no\" now"', r'"\"no\""', r'"a, b; c \"no\""'])
@pytest.mark.parametrize("rows", [1, 60_000])
def test_quotes_behind_backslashes_are_refused_wherever_they_stand(open_csv: OpenCsv, cell: str, rows: int) -> None:
    text = "a;b\n" + '1;"C:\\"\n2;x\\"y\n' * rows + f"3;{cell}\n"
    with pytest.raises(InvalidData, match=r'^data\.csv: a quote within quotes is written with a backslash, as in "'):
        open_csv(text)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"C:\\dir\\"', "C:\\dir\\"), ('"{""a"": ""x \\""y\\""""}"', '{"a": "x \\"y\\""}'), ('x\\"y', 'x\\"y'),
        ('"a,"', "a,"), ('"\\"""', '\\"'), ('"a\\"";""b\\"""', 'a\\";"b\\"'),
    ],
)  # fmt: skip
def test_backslashes_beside_quotes_are_what_they_are(open_csv: OpenCsv, cell: str, value: str) -> None:
    table = open_csv(f'a;b;c\n1;{cell};x\\"y\n2;{cell};x\\"y\n')
    assert [row["b"] for batch in table.batches({"b": None}) for row in batch.to_pylist()] == [value] * 2


@pytest.mark.parametrize("header", ["a b c", '"mpg" "cyl"', "a~b", "@relation iris", "comment"])
def test_one_column_that_may_be_several_is_told(open_csv: OpenCsv, header: str) -> None:
    notes = describe_file(open_csv(f"{header}\n1\n2\n").path, "data.csv", ReadingRequest(), Progress()).notes
    told = "If there are more, say what separates them: `delimiter`."
    assert [note.endswith(told) for note in notes] == ([] if header == "comment" else [True])
