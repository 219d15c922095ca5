"""Times with AM or PM, and months by name: read where a whole column is written so, and asked about where it is not."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.dialects.date_texts import MONTHS, iso_texts
from catalog.ml.tables.dialects.dialect import CellFormat
from catalog.ml.tables.profiling.description import describe_csv
from catalog.ml.tables.profiling.notes import doubt_note
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType
from catalog.progress import Progress
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import describe_file
from tests.ml.conftest import OpenCsv

TIME = ColumnType.TIMESTAMP
# The first row is the last day of January 2026, most at five past two in the afternoon.
WAYS = {
    "31-Jan-2026 2:05 PM": ("01-Feb-2026 12:00 AM", "%d-%b-%Y %I:%M %p", TIME),
    "Jan 31, 2026": ("February 1, 2026", "%b %d, %Y", ColumnType.DATE),
    "31 de janeiro de 2026": ("1 de março de 2026", "%d de %b de %Y", ColumnType.DATE),
    "31/jan/26 14:05": ("1/fev/26 9:00", "%d/%b/%y", TIME),
    "31JAN2026": ("01FEB2026", "%d%b%Y", ColumnType.DATE),
    "2026-Jan-31": ("2026-Dez-01", "%Y-%b-%d", ColumnType.DATE),
    "31 jan. 2026, 14:05": ("1 set. 2026, 9:00", "%d %b %Y", TIME),
    "1/31/2026, 2:05:00\u202fPM": ("2/1/2026, 11:59:59\u202fam", "%m/%d/%Y %I:%M %p", TIME),
    "31/01/2026 02:05 p.m.": ("01/02/2026 12:05 a. m.", "%d/%m/%Y %I:%M %p", TIME),
    "2026-01-31 2:05PM": ("2026-02-01", "%Y-%m-%d %I:%M %p", TIME),
    "2026-01-31 02:05:00.000 PM UTC": ("2026-02-01 1 AM UTC", "%Y-%m-%d %I:%M %p", ColumnType.TIMESTAMP_UTC),
}


@pytest.mark.parametrize("first", WAYS)
def test_a_column_that_is_written_so_throughout_is_of_times(open_csv: OpenCsv, first: str) -> None:
    second, written, kind = WAYS[first]
    table = open_csv(f'a;b\n"{first}";x\n"{second}";x\n')
    described = describe_csv(table)
    assert (described.types["a"], described.formats["a"], described.questions) == (kind, CellFormat(date=written), {})
    batch = next(table.with_formats(described.formats).batches({"a": ARROW_TYPES[kind]}))
    assert f"{batch.column(0)[0]}"[:16] == ("2026-01-31" if kind is ColumnType.DATE else "2026-01-31 14:05")


def test_all_hours_are_those_of_the_clock(tmp_path: Path) -> None:
    hours = pd.date_range("2026-01-31", periods=24, freq="h")
    for form, written in (("%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M %p"), ("%d-%b-%Y %I:%M:%S %p", "%d-%b-%Y %I:%M %p")):
        read = iso_texts(pa.array(list(hours.strftime(form))), written).to_pylist()
        assert [datetime.fromisoformat(text) for text in read] == list(hours)


def test_all_names_are_of_their_month() -> None:
    for month, names in enumerate(MONTHS, 1):
        for name in names:
            texts = pa.array([f"07-{name}-2026", f"07-{name.upper()}.-2026", f"07-{name.title()}-2026"])
            assert set(iso_texts(texts, "%d-%b-%Y").to_pylist()) == {f"2026-{month:02d}-07"}


OTHERS = {
    "another language": ["31-ene-2026", "01-feb-2026"],
    "an hour that AM and PM do not have": ["31-Jan-2026 2:05 PM", "31-Jan-2026 14:05 PM"],
    "midnight as no clock has it": ["31-Jan-2026 2:05 PM", "31-Jan-2026 00:30 AM"],
    "a day that is none": ["31-Feb-2026", "01-Jan-2026"],
    "a month without a day": ["Jan-26", "Feb-26"],
    "a name behind the year": ["2026 31 Jan", "2026 1 Feb"],
    "times alone": ["2:05 PM", "3:05 PM"],
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_none_stays_text(open_csv: OpenCsv, case: str) -> None:
    rows = "".join(f"{cell};x\n" for cell in OTHERS[case])
    described = describe_csv(open_csv(f"a;b\n{rows}"))
    assert (described.types["a"], described.formats) == (ColumnType.STRING, {})


MIXED = {
    "a half of the day beside none": ("31-Jan-2026 2:05 PM", "31-Jan-2026 14:05"),
    "a name beside a number": ("31-Jan-2026", "31-01-2026"),
    "day first beside month first": ("31/01/2026", "01/31/2026"),
    "ISO beside another order": ("2026-01-31", "31/01/2026"),
    "a day that is none": ("28-Feb-2026", "29-Feb-2026"),
    "halves beside a clock, by ISO": ("2026-01-31 14:05", "2026-01-31 2:05 PM"),
}


@pytest.mark.parametrize("rows", [3, 30_000])
@pytest.mark.parametrize("case", MIXED)
def test_a_mixed_column_is_text_and_the_first_that_is_unlike_is_told(open_csv: OpenCsv, case: str, rows: int) -> None:
    usual, odd = MIXED[case]
    record = describe_file(
        open_csv("a;b\n" + f"{usual};x\n" * (rows - 1) + f"{odd};x\n").path, "data.csv", ReadingRequest(), Progress()
    )
    assert record.schema[0]["type"] == "string"
    (note,) = record.notes[1:]
    assert note == (
        f"'a' is text: all of its {rows:,} values look like dates, but no way of writing fits all; the first that none "
        f"fits with those before it is {odd!r} in row {rows:,}. Write all in one way; if it is text, `column_types` "
        "a=string."
    )


@pytest.mark.parametrize("odd", ["0000-00-00", "9999-99-99"])
def test_what_is_written_for_no_date_is_told_as_perhaps_missing(open_csv: OpenCsv, odd: str) -> None:
    path = open_csv(f"a;b\n2026-01-31;x\n{odd};x\n").path
    (note,) = describe_file(path, "data.csv", ReadingRequest(), Progress()).notes[1:]
    assert f"Write all in one way; if that means a missing value, say so: `missing` '{odd}'; if it is text" in note
    read = describe_file(path, "data.csv", ReadingRequest(missing=["", odd]), Progress())
    assert (read.schema[0]["type"], read.schema[0]["nulls"]) == ("date", 1)


def test_a_time_in_the_last_of_many_rows_of_days_is_read(open_csv: OpenCsv) -> None:
    days = "".join(f"{day:%Y-%m-%d};x\n" for day in pd.date_range("1950-01-01", periods=30_000))
    described = describe_csv(open_csv(f"a;b\n{days * 30}2026-01-31 2:05 PM;x\n"))
    assert (described.types["a"], described.formats["a"].date) == (TIME, "%Y-%m-%d %I:%M %p")


def test_months_first_or_days_first_is_asked_with_halves_too(open_csv: OpenCsv) -> None:
    path = open_csv("a;b\n1/2/2026 2:05 PM;x\n3/4/2026 2:05 PM;x\n").path
    with pytest.raises(InvalidData) as asked:
        _ = describe_file(path, "data.csv", ReadingRequest(), Progress()).fields
    assert "as '1/2/2026 2:05 PM', and no row tells" in str(asked.value)
    assert "`date_format` '%d/%m/%Y %I:%M %p' or `date_format` '%m/%d/%Y %I:%M %p'." in str(asked.value)


@pytest.mark.parametrize("answer", ["%m/%d/%Y", "%m/%d/%Y %I:%M %p", "a=%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y, %I:%M%p"])
def test_an_answer_is_taken_with_the_time_or_without(open_csv: OpenCsv, answer: str) -> None:
    path = open_csv("a;b\n1/2/2026 2:05 PM;x\n3/4/2026 2:05 PM;x\n").path
    record = describe_file(path, "data.csv", ReadingRequest(date_format=[answer]), Progress())
    assert record.fields["read_options"]["dialect"]["formats"]["a"]["date"] == "%m/%d/%Y %I:%M %p"
    assert record.notes[0] == "Read as ;-separated, dates as month/day/year with AM/PM (a)."
    assert record.profile[0]["min"] == "2026-01-02T14:05:00"


def test_an_answer_that_no_column_is_written_by_is_refused(open_csv: OpenCsv) -> None:
    path = open_csv("a;b\n1/2/2026 2:05 PM;x\n").path
    with pytest.raises(InvalidRequest, match=r"no column is written with '%d-%b-%Y' throughout"):
        describe_file(path, "data.csv", ReadingRequest(date_format=["%d-%B-%Y"]), Progress())


@pytest.mark.parametrize("written", ["%d/%m", "%d-%m-%Y %p", "%d %X %Y", "day %d/%m/%Y", "%d/%b/%m/%Y", ""])
def test_a_format_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(InvalidRequest, match=r"write (%d, %m|a format)"):
        _ = ReadingRequest(date_format=[written]).options


def test_what_is_said_names_the_months_too(open_csv: OpenCsv) -> None:
    path = open_csv('a,b\n"Jan 31, 2026 2:05 PM",x\n').path
    record = describe_file(path, "data.csv", ReadingRequest(), Progress())
    assert record.notes == ["Read as dates as month day, year with names of months and AM/PM (a)."]


def test_formats_that_were_recorded_read_the_file_again(open_csv: OpenCsv) -> None:
    table = open_csv("a;b\n31-Jan-2026 2:05 PM;x\n")
    record = describe_file(table.path, "data.csv", ReadingRequest(), Progress())
    options = type(table.options).from_json(record.read_options)
    batch = next(open_table(table.path, "data.csv", options).batches({"a": ARROW_TYPES[TIME]}))
    assert batch.column(0).to_pylist() == [datetime.fromisoformat("2026-01-31 14:05")]


def test_a_doubt_of_one_value_is_told_as_before(open_csv: OpenCsv) -> None:
    described = describe_csv(open_csv("a;b\n" + "31-Jan-2026;x\n" * 19 + "never;x\n"))
    assert described.table is not None
    (doubt,) = described.table.doubts
    assert doubt_note(doubt).startswith(
        "'a' is text, but 19 of its 20 values are dates; the first that is not is 'never'"
    )
