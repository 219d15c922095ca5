"""Texts that a spreadsheet would compute: those alone get a single quote, the same on both ways of writing CSV."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest

from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.formulas import escape_formula, escape_formulas
from catalog.ml.tables.writing import TableWriter

FORMULAS = [
    "=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "-", "-inf", "+49 123", "-1,5",
    "--1", "-1-1", "＝1+1", "－1", "-1.5 ", '=HYPERLINK("http://x","y")', "=a\nb",
]  # fmt: skip
NO_FORMULAS = [
    "",
    "a",
    "a=1",
    " =1",
    "1-1",
    "'=1",
    "-1",
    "-1.5",
    "+1",
    "-.5",
    "1.",
    "+1e3",
    "-1E-300",
    "ü=",
    '"',
    "a,b",
]


def written(folder: Path, table: pa.Table, *, escapes: bool = True) -> bytes:
    with TableWriter(folder / "out.csv", FileFormat.CSV, escapes_formulas=escapes) as writer:
        writer.write(table)
    return (folder / "out.csv").read_bytes()


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text_after_a_quote(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", NO_FORMULAS)
def test_numbers_and_other_texts_stay(text: str) -> None:
    assert escape_formula(text) == text


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_tables_are_written_by_the_same_rule(tmp_path: Path, kind: pa.DataType) -> None:
    texts = [*FORMULAS, *NO_FORMULAS]
    table = pa.table({"=a": pa.array(texts).cast(kind), "-1.5": [-1.5] * len(texts)})
    expected = [["'=a", "-1.5"], *([escape_formula(text), "-1.5"] for text in texts)]
    assert rows_of(written(tmp_path, table)) == expected


def test_a_missing_text_stays_missing(tmp_path: Path) -> None:
    assert written(tmp_path, pa.table({"a": ["=1", None], "b": [1, 2]})) == b"a,b\n'=1,1\n,2\n"


def test_without_the_option_texts_are_written_as_they_are(tmp_path: Path) -> None:
    assert written(tmp_path, pa.table({"=a": ["=1"]}), escapes=False) == b"=a\n=1\n"


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_file_is_escaped_in_pieces_of_any_size(tmp_path: Path, size: int) -> None:
    texts = [*FORMULAS, *NO_FORMULAS, "x" * 200_000]
    table = pa.table({"=a": texts, "b": [-1.5] * len(texts)})
    plain = written(tmp_path, table, escapes=False)
    pieces = [plain[start : start + size] for start in range(0, len(plain), size)]
    assert rows_of(b"".join(escape_formulas(pieces))) == rows_of(written(tmp_path, table))
