"""Columns of text that nearly are numbers or dates, for whoever adds the table to decide."""

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.dialects.date_texts import LIKE_DAY
from catalog.ml.tables.dialects.dialect import PLAIN, CellFormat
from catalog.ml.tables.dialects.layout import TOTAL
from catalog.ml.tables.profiling.column_inference import ColumnInference, Question, settle_formats
from catalog.ml.tables.profiling.statistics import ValueCounts
from catalog.ml.tables.schema import ColumnType

NEARLY = 0.9
# Or of at least so many, where the rest are at most as many different words: ?, or . and .A
MOSTLY, FEW_WORDS = 0.5, 3
NUMBERS, DATES = "numbers", "dates"
# What stands at numbers and in them: signs of currencies, of less than nothing, and of thousands.
MONEY, SIGN, END, MARKS = "[A-Z]{0,3}[$€£¥₹₽₩₺]", "[+\u2212-]", "[)\u2212-]", ".,'\u2019 \u00a0\u202f"
# By three digits, or as in India: 1,23,456.
GROUPED = rf"[1-9]\d{{0,2}}([{MARKS}]\d{{3}})+|[1-9]\d?(,\d\d)+,\d{{3}}"
PATTERNS = {
    "numbers with a decimal comma": r"^\s*[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?\s*$",
    "numbers with a decimal point": r"^\s*[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?\s*$",
    NUMBERS: rf"^\s*\(?({MONEY})?\s*{SIGN}?\d[\d{MARKS}]*([eE][+-]?\d+)?\s*(%|{MONEY})?{END}?\s*$",
    DATES: rf"^\s*{LIKE_DAY}(,?[ T]+\d{{1,2}}(:\d{{2}}| ?[AaPp]).*)?\s*$",
}
WAYS = [kind for kind in PATTERNS if kind not in {NUMBERS, DATES}]
# What was written as a number or an amount of money, also in brackets or with the minus behind it: not 007, nor
# 10.0.0.1, nor digits alone, which number the rows.
VALUES = {
    NUMBERS: rf"^\s*\(?({MONEY})?\s*{SIGN}?(0|[1-9]\d*|{GROUPED})([.,]\d+)?\s*(%|{MONEY})?{END}?\s*$",
    DATES: PATTERNS[DATES],
}


def resemble(texts: Iterable[str]) -> str:
    """What all of the texts look like, numbers or dates; empty when they are something else."""
    values = [text.strip() for text in texts]
    if all(value.isdigit() for value in values):
        return ""
    matching = (kind for kind, pattern in VALUES.items() if all(re.match(pattern, value) for value in values))
    return next(matching, "")


@dataclass(frozen=True)
class Doubt:
    """A text column of which `alike` of `cells` values are `kind`; `row`, from 1, is the first that is not, or that is
    written otherwise; `is_number` tells that its value is a number, written otherwise."""

    column: str
    kind: str
    alike: int
    cells: int
    row: int
    value: str
    is_number: bool = False


@dataclass(frozen=True)
class KeptText:
    """A column that the file has as text, of which all `cells` values would be of that type in a CSV file, written so;
    `value` is the first, in that row from 1. `question` tells that they can be read in two ways."""

    column: str
    type: ColumnType
    format: CellFormat
    cells: int
    row: int
    value: str
    question: Question | None = None


@dataclass(frozen=True)
class LastRow:
    """That the last row is perhaps none: its first cell has a word for a sum, or is the only one with a `value`."""

    column: str
    value: str


AnyDoubt = Doubt | KeptText | LastRow


@dataclass
class Resemblance:
    """How many values of a text column look like numbers, and how many like dates. `inference` tells what the column
    of a file whose columns have types would be in a CSV file, and `first` is its first value, with its row. `others`
    has the first value that does not look so, with its row, and `words` some of these values."""

    inference: ColumnInference | None = None
    first: tuple[int, str] = (0, "")
    cells: int = 0
    alike: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PATTERNS, 0))
    others: dict[str, tuple[int, str]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in PATTERNS})
    values: dict[str, "OneWay"] = field(default_factory=lambda: {kind: OneWay() for kind in VALUES})

    def add(self, counts: ValueCounts, texts: pa.StringArray, first_row: int) -> None:
        """The counted values of some rows, and the rows themselves as texts, of shape (n_rows,)."""
        before, self.cells = self.cells, self.cells + int(counts.counts.sum())
        for kind, pattern in PATTERNS.items():
            if before and self.alike[kind] < before / 2:
                continue  # it is text, whatever follows
            matches = pc.match_substring_regex(counts.values, pattern).to_numpy(zero_copy_only=False)
            self.alike[kind] += int(counts.counts[matches].sum())
            if matches.all():
                continue
            odd = counts.values.filter(pa.array(~matches))
            if len(self.words[kind]) <= FEW_WORDS:
                self.words[kind].update(odd.slice(0, FEW_WORDS + 1).to_pylist())
            if kind not in self.others:
                self.others[kind] = (_row(odd[0], texts, first_row), odd[0].as_py())
        for kind, pattern in VALUES.items():
            self.values[kind].see(counts.values, pattern, texts, first_row)
        if self.inference and len(counts.values):
            if not before:
                self.first = (_row(counts.values[0], texts, first_row), counts.values[0].as_py())
            self.inference.read(counts.values)

    def doubt(self, column: str) -> Doubt | None:
        """That nearly all values are numbers, or dates, or that all are, but not written in one way; else None."""
        for kind, alike in self.alike.items():
            share = MOSTLY if kind not in WAYS and _are_few_words(self.words[kind]) else NEARLY
            if share * self.cells <= alike < self.cells:
                row, value = self.others[kind]
                is_number = bool(re.match(PATTERNS[NUMBERS], value))
                if is_number or kind not in WAYS:
                    return Doubt(column, kind, alike, self.cells, row, value, is_number)
        mixed = ((kind, way.unlike) for kind, way in self.values.items() if way.are_all and way.unlike)
        return next((Doubt(column, kind, self.cells, self.cells, *unlike) for kind, unlike in mixed), None)


def _are_few_words(values: set[str]) -> bool:
    return len(values) <= FEW_WORDS and not any(re.search(r"\d", value) for value in values)


@dataclass
class OneWay:
    """Whether `are_all` values until now are of a kind; `unlike` is the first, with its row, that is not written as
    those before it, None when all are written in one way."""

    are_all: bool = True
    unlike: tuple[int, str] | None = None
    inference: ColumnInference = field(default_factory=lambda: ColumnInference(""))

    def see(self, values: pa.StringArray, pattern: str, texts: pa.StringArray, first_row: int) -> None:
        """The different values of some rows, and the rows."""
        self.are_all = self.are_all and bool(pc.all(pc.match_substring_regex(values, pattern)).as_py())
        if not self.are_all or self.unlike or not len(values):
            return
        before = deepcopy(self.inference)
        self.inference.read(values)
        if self.inference.type is ColumnType.STRING:
            value = _first_unlike(before, values)
            self.unlike = (_row(value, texts, first_row), value)


def _row(value: str | pa.StringScalar, texts: pa.StringArray, first_row: int) -> int:
    """From 1."""
    return first_row + int(pc.index(texts, value).as_py()) + 1


def _first_unlike(before: ColumnInference, values: pa.StringArray) -> str:
    """By halving."""
    low, high = 0, len(values)
    while high - low > 1:
        inference, middle = deepcopy(before), (low + high) // 2
        inference.read(values.slice(0, middle))
        low, high = (low, middle) if inference.type is ColumnType.STRING else (middle, high)
    return str(values[low].as_py())


def find_doubts(columns: Mapping[str, Resemblance], last_row: Mapping[str, Any]) -> list[AnyDoubt]:
    """What is doubtful in the text columns of a table, in their order, and in its last row."""
    seen = {name: column.inference for name, column in columns.items() if column.inference}
    known = {name: column for name, column in seen.items() if column.type not in {None, ColumnType.STRING}}
    formats, questions = settle_formats(known)
    kept = {
        name: KeptText(
            name,
            column.type or ColumnType.STRING,
            formats.get(name, PLAIN),
            columns[name].cells,
            *columns[name].first,
            questions.get(name),
        )
        for name, column in known.items()
    }
    found: list[AnyDoubt | None] = [kept.get(name) or column.doubt(name) for name, column in columns.items()]
    return [doubt for doubt in [*found, _doubt_last(last_row)] if doubt]


def _doubt_last(row: Mapping[str, Any]) -> LastRow | None:
    cells = [(name, value) for name, value in row.items() if value is not None and str(value).strip()]
    if not cells or cells[0][0] != next(iter(row)) or not isinstance(value := cells[0][1], str):
        return None
    is_note = len(cells) == 1 and len(row) > 2 and bool(re.search(r"[^\W\d]", value))
    return LastRow(cells[0][0], value) if is_note or TOTAL.match(value) else None
