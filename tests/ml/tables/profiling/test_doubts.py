"""Columns that are text because their numbers are not all written in one way: told with the first that is unlike."""

import pyarrow as pa
import pytest

from catalog.ml.tables.dialects.dialect import CellFormat
from catalog.ml.tables.profiling.doubts import Doubt, KeptText
from catalog.ml.tables.profiling.inference import infer_columns
from catalog.ml.tables.profiling.profile import profile_table
from catalog.ml.tables.schema import ColumnType
from tests.ml.conftest import OpenCsv, OpenParquet

MIXED = {
    "a percent beside none": ("12%", "13"),
    "two currencies": ("R$ 5,00", "€ 5,00"),
    "two decimal marks": ("1,5", "2.5"),
    "brackets for a loss": ("1.234,50", "(1.234,50)"),
    "a minus behind": ("1.234,50", "7,50-"),
    "a minus of typographers": ("5", "\u22125"),
    "two blanks": ("1\u00a0234,5", "2\u202f345,6"),
    "rupees beside none": ("5", "₹5"),
}


def doubts(open_csv: OpenCsv, cells: list[str]) -> list[Doubt]:
    table = open_csv("a;b\n" + "".join(f"{cell};x\n" for cell in cells))
    kinds = {name: column.type or ColumnType.STRING for name, column in infer_columns(table).items()}
    assert kinds["a"] is ColumnType.STRING
    return profile_table(table, kinds).doubts


@pytest.mark.parametrize("case", MIXED)
def test_numbers_that_are_not_written_in_one_way_are_told(open_csv: OpenCsv, case: str) -> None:
    usual, odd = MIXED[case]
    assert doubts(open_csv, [usual, usual, odd, usual, odd]) == [Doubt("a", "numbers", 5, 5, 3, odd)]


@pytest.mark.parametrize("case", MIXED)
def test_the_last_of_many_is_told_too(open_csv: OpenCsv, case: str) -> None:
    usual, odd = MIXED[case]
    (doubt,) = doubts(open_csv, [usual] * 299_999 + [odd])
    assert (doubt.row, doubt.value) == (300_000, odd)


def test_numbers_grouped_as_in_india_are_told(open_csv: OpenCsv) -> None:
    assert doubts(open_csv, ["1,23,456", "2,34,567"]) == [Doubt("a", "numbers", 2, 2, 1, "1,23,456")]


@pytest.mark.parametrize("words", [["?"], [".", ".A", ".B"]])
@pytest.mark.parametrize(("kind", "cells"), [("numbers", ["1.5", "-2", "30"]), ("dates", ["2026-01-31", "2026-02-01"])])
def test_few_words_among_as_many_numbers_or_dates_are_told(
    open_csv: OpenCsv, kind: str, cells: list[str], words: list[str]
) -> None:
    values = [*cells, *words] * 4 + cells * 4
    alike = sum(value not in words for value in values)
    assert doubts(open_csv, values) == [Doubt("a", kind, alike, len(values), len(cells) + 1, words[0])]


@pytest.mark.parametrize("words", [["?", "?", "?"], ["a", "b", "c", "d"], ["x1"]])
def test_words_that_are_most_or_many_or_codes_are_text(open_csv: OpenCsv, words: list[str]) -> None:
    assert doubts(open_csv, [*words, "1", "2"] * 4 + ["1"] * 12 * (len(set(words)) > 1)) == []


@pytest.mark.parametrize("cells", [["01310", "20040"], ["10.0.0.1", "10.0.0.2"], ["1.2.3", "1.2"], ["5/2", "7/3"]])
def test_codes_are_no_numbers_that_are_written_otherwise(open_csv: OpenCsv, cells: list[str]) -> None:
    assert doubts(open_csv, cells) == []


def kept(open_parquet: OpenParquet, **columns: list[str | None]) -> list[KeptText]:
    doubts = profile_table(open_parquet(pa.table(columns)), dict.fromkeys(columns, ColumnType.STRING)).doubts
    texts = [doubt for doubt in doubts if isinstance(doubt, KeptText)]
    assert texts == doubts
    return texts


def test_numbers_that_a_typed_file_keeps_as_text_are_told_with_the_first(open_parquet: OpenParquet) -> None:
    (doubt,) = kept(open_parquet, a=[None, "", "12%", "7%"])
    written = CellFormat(symbol="%")
    assert doubt == KeptText("a", ColumnType.NUMBER, written, cells=2, row=3, value="12%", question=None)


def test_one_text_column_tells_what_a_point_means_in_another(open_parquet: OpenParquet) -> None:
    first, second = kept(open_parquet, a=["1.234", "5"], b=["0,5", "1"])
    assert (first.type, first.format, first.question) == (ColumnType.INTEGER, CellFormat(",", "."), None)
    assert second.format == CellFormat(",")


def test_texts_are_no_numbers_where_the_last_of_300_000_is_none(open_parquet: OpenParquet) -> None:
    table = open_parquet(pa.table({"a": [*map(str, range(1, 300_000)), "x"]}))
    (doubt,) = profile_table(table, {"a": ColumnType.STRING}).doubts
    assert doubt == Doubt("a", "numbers", 299_999, 300_000, 300_000, "x")
