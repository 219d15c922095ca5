"""Texts that a spreadsheet would compute: those alone get a single quote, the same on both ways of writing CSV."""

import codecs
import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pytest

from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.formulas import LONGEST, CsvText, escape_formula, escape_formulas
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


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_stay_in_their_encoding_and_with_their_separators(encoding: str, delimiter: str) -> None:
    content = delimiter.join(["=é", "b", "1"]).encode(encoding) + "\n".encode(encoding)
    escaped = b"".join(escape_formulas([content[:3], content[3:]], CsvText(delimiter, encoding)))
    assert escaped.decode(encoding) == delimiter.join(["'=é", "b", "1\r\n"])


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_byte_order_mark_hides_no_formula_and_stays(mark: bytes) -> None:
    content = mark + "=1;2\n".encode(CsvText.guess(mark).encoding)
    escaped = b"".join(escape_formulas([content], CsvText.guess(content)))
    assert escaped == mark + "'=1;2\r\n".encode(CsvText.guess(mark).encoding)


def test_a_packed_file_stays_packed() -> None:
    escaped = b"".join(escape_formulas([gzip.compress(b"=1,2\n" * 5000)], CsvText(is_packed=True)))
    assert gzip.decompress(escaped) == b"'=1,2\r\n" * 5000


def test_bytes_that_are_no_text_go_through_as_they_are() -> None:
    assert b"".join(escape_formulas([b"\xff,=1\n"])) == b"\xff,'=1\r\n"


def test_an_empty_file_stays_empty() -> None:
    assert b"".join(escape_formulas([])) == b""


@pytest.mark.parametrize("number", ["-1,5", "+1.234,50", "-1 000", "-5%", "-$5", "-3,50€"])
def test_numbers_as_people_write_them_stay_where_the_file_has_such(number: str) -> None:
    assert CsvText(has_marks=True).escape(number) == number
    assert CsvText().escape(number) == f"'{number}"


@pytest.mark.parametrize("formula", ["-1+2", "-A1", "=1,5", "@1", "-1,5+cmd|' /C calc'!A0", "--1"])
def test_formulas_are_none_of_these_numbers(formula: str) -> None:
    assert CsvText(has_marks=True).escape(formula) == f"'{formula}"


@pytest.mark.parametrize("content", [b"a" * LONGEST, b'"' + b"a\n" * LONGEST])
def test_what_is_no_table_ends_before_it_fills_the_memory(content: bytes) -> None:
    with pytest.raises(csv.Error, match=r"l(arger|onger) than"):
        list(escape_formulas([content]))
