"""Workbooks: each cell is what it is in the sheet, and each column has one type."""

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.conversion.missing import MissingWords
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.importing.sheet_request import SheetRequest
from catalog.ml.tables.importing.workbook_process import SheetProblem, convert
from tests.workbooks import DATE, DATE_TIME, ELAPSED, PERCENT, Cell, Formula, error, write_ods, write_xlsx

HEADER = ["id", "share", "day", "at", "yes", "code", "mixed"]
ROW: list[Cell] = [7, (0.1, PERCENT), (45000, DATE), (45000.5, DATE_TIME), True, "007", 5]


def read(path: Path, sheet: str = "", **asked: Any) -> tuple[pa.Table, tuple[str, ...]]:
    with plain_file(path, path.name, sheet=SheetRequest(sheet, **asked)) as plain:
        return pq.read_table(plain.path), plain.notes


def read_here(path: Path, **asked: Any) -> tuple[pa.Table, tuple[str, ...]]:
    """The same in this process: to begin one takes a second."""
    notes = convert(path, target := path.with_suffix(".parquet"), SheetRequest(**asked))
    return pq.read_table(target), notes


def test_a_cell_is_what_the_sheet_shows(tmp_path: Path) -> None:
    second: list[Cell] = [8, error("#DIV/0!"), None, (45000, DATE), False, "NA", "x"]
    table, notes = read(write_xlsx(tmp_path / "a.xlsx", {"One": [HEADER, ROW, second]}))
    assert table.to_pydict() == {
        "id": [7, 8],
        "share": [0.1, None],
        "day": [dt.date(2023, 3, 15), None],
        "at": [dt.datetime(2023, 3, 15, 12), dt.datetime(2023, 3, 15)],  # noqa: DTZ001 - sheets know no zones
        "yes": [True, False],
        "code": ["007", "NA"],
        "mixed": ["5", "x"],
    }
    assert table.schema.field("id").type == pa.int64()
    assert notes == ("Read the sheet 'One'.",)


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    table, _ = read_here(write_xlsx(tmp_path / "a.xlsx", {"One": [["day"], [(45000, DATE)]]}, from_1904=True))
    assert table.to_pydict() == {"day": [dt.date(2027, 3, 16)]}


def test_a_word_for_missing_leaves_numbers_numbers(tmp_path: Path) -> None:
    table, notes = read_here(write_xlsx(tmp_path / "a.xlsx", {"One": [["a"], [1.5], ["NA"], ["  "], [2]]}))
    assert table.to_pydict() == {"a": [1.5, None, 2.0]}  # a row of blanks is none
    assert notes[1:] == ("Read as missing values: 'NA' in 1 cell (a). To choose the words that mean one: `missing`.",)


def test_the_words_for_missing_are_those_that_are_asked_for(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["a", "b"], ["-", 1.0], [2.0, "NA"]]})
    assert read_here(path, missing=MissingWords(("", "-")))[0].to_pydict() == {"a": [None, 2], "b": ["1", "NA"]}
    in_a = MissingWords(("",), {"a": ("-",)})
    assert read_here(path, missing=in_a)[0].to_pydict() == {"a": [None, 2], "b": ["1", "NA"]}


FORMULAS: dict[str, tuple[list[Cell], bool, tuple[str, str]]] = {
    "openpyxl's": ([Formula("1+1", None), Formula("A2", None)], False, ("2 formulas", "A2")),
    "XlsxWriter's": ([Formula("1+1", "0"), Formula("A2", "0")], True, ("2 formulas", "A2")),
    "one of two": ([Formula("1+1", "2"), Formula("A2", "")], False, ("1 formula", "B2")),
}  # fmt: skip


@pytest.mark.parametrize("case", FORMULAS)
def test_formulas_that_nobody_has_computed_are_named(tmp_path: Path, case: str) -> None:
    cells, computes, (count, first) = FORMULAS[case]
    sheets: dict[str, list[list[Cell]]] = {"Zero": [[]], "Q&amp;A": [["a", "b"], cells, [5, 6]]}
    with pytest.raises(SheetProblem) as refused:
        read_here(write_xlsx(tmp_path / "a.xlsx", sheets, computes=computes))
    assert str(refused.value) == (
        f"the program that wrote it left {count} of the sheet 'Q&A' without a result, the first in {first}. Open it in "
        "a spreadsheet, and save it"
    )


def test_results_of_formulas_are_read_and_rows_that_are_left_out_need_none(tmp_path: Path) -> None:
    total: list[Cell] = ["Total", Formula("SUM(B2:B3)", None), None, None]
    rows: list[list[Cell]] = [
        ["a", "b", "c", "d"],
        ["x", Formula("1+1", "2"), Formula('""', "", "str"), Formula("1>2", "0", "b")],
        ["y", Formula("1-1", "0"), Formula("1", "1", "str"), True],
    ]
    table, _ = read_here(write_xlsx(tmp_path / "a.xlsx", {"One": [*rows, total]}, computes=True), skip_footer=1)
    assert table.to_pydict() == {"a": ["x", "y"], "b": [2, 0], "c": [None, "1"], "d": [False, True]}


def test_lengths_of_time_are_written_as_the_sheet_shows_them(tmp_path: Path) -> None:
    table, _ = read_here(write_xlsx(tmp_path / "a.xlsx", {"One": [["a"], [(1.5, ELAPSED)], [(0.25, ELAPSED)]]}))
    assert table.to_pydict() == {"a": ["36:00:00", "6:00:00"]}


def test_the_first_sheet_with_a_table_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Empty": [], "One": [["a"], [1]], "Two": [["b"], [2]]})
    assert read(path) == (pa.table({"a": [1]}), ("Read the sheet 'One' of 3.",))
    assert read(path, "Two")[0] == pa.table({"b": [2]})
    with pytest.raises(InvalidData, match=r"it has no sheet 'Twoo'\. Did you mean Two\?$"):
        read(path, "Twoo")
    with pytest.raises(InvalidData, match="the sheet 'Empty' is empty"):
        read(path, "Empty")


@pytest.mark.parametrize("sheet", ["", "Cover"])
def test_a_sheet_without_rows_names_the_others(tmp_path: Path, sheet: str) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Cover": [["Sales"]], "Two": [["b"], [2]], "Three": [["c"], [3]]})
    problem = r"the sheet 'Cover' has a header but no rows\. Say which sheet to read: `sheet` 'Two' or 'Three'\.$"
    with pytest.raises(InvalidData, match=problem):
        read(path, sheet)


def test_open_documents_are_read(tmp_path: Path) -> None:
    assert read(write_ods(tmp_path / "a.ods", [["a", "b"], [1.0, "x"]]))[0] == pa.table({"a": [1], "b": ["x"]})


def test_what_is_no_intact_workbook_is_one_line(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", {"One": [["a"], [1]]}).read_bytes()
    for end in range(1, len(whole), len(whole) // 4):
        (tmp_path / "a.xlsx").write_bytes(whole[:end])
        with pytest.raises(InvalidData) as caught:
            read(tmp_path / "a.xlsx")
        assert "\n" not in str(caught.value)


def test_two_cells_far_apart_do_not_take_the_memory_of_all_between(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"One": [["a"], [1]]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"</sheetData>", far))
    with pytest.raises(InvalidData, match=r"needs more than 2\.0 GiB of memory"):
        read(path)


def test_a_sheet_is_asked_of_workbooks_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(InvalidRequest, match="`sheet` is for workbooks"):
        read(tmp_path / "a.csv", "One")


REPORT: list[list[Cell]] = [
    ["Sales", None, None],
    [None, None, None],
    ["shop", "kg", "eur"],
    ["a", 1, 2],
    [None, None, None],
    ["b", 3, 4],
    ["Total", 4, 6],
    ["Source: us", None, None],
]


def test_rows_above_and_below_the_table_can_be_left_out(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"One": REPORT})
    assert read_here(path, skip_rows=2, skip_footer=2) == (
        pa.table({"shop": ["a", "b"], "kg": [1, 3], "eur": [2, 4]}),
        ("Read the sheet 'One', without 2 rows above the header and 2 rows below the table.",),
    )


def test_a_title_above_the_header_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as refused:
        read(write_xlsx(tmp_path / "a.xlsx", {"One": REPORT}))
    assert str(refused.value) == (
        "a.xlsx can't be read: column 2 of the sheet 'One' has no name. The row above the table must name every "
        "column; names that stand in two rows must be in one. If its columns are named in line 3 (shop, kg, eur), "
        "leave out the 2 lines above it: `skip_rows` 2."
    )


def test_two_rows_of_names_must_be_one(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["shop", "2025", None, "2026", None], [None, "kg", "eur", "kg", "eur"], ["a", 1, 2, 3, 4]]
    with pytest.raises(InvalidData, match=r"column 3 of the sheet 'One' has no name.*must be in one\.$"):
        read(write_xlsx(tmp_path / "a.xlsx", {"One": rows}))
