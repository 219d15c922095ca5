"""What the numbers of a column tell about how they are written, from all of its rows.

A point or a comma is the decimal mark for certain when no grouping of thousands looks so, as in 12,5 or 1,2345; it
groups thousands for certain when it stands twice, or before the other mark. 1.234 and 1,234 may be either.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.dialects.cell_texts import BLANK, SYMBOL, WORDS
from catalog.ml.tables.dialects.dialect import CellFormat

GROUPING = " \u00a0\u202f'\u2019"
BODY = r"\d(?:[\d.,'\x{2019} \x{a0}\x{202f}]*[\d.,])?(?:[eE][+-]?\d+)?|[.,]\d+(?:[eE][+-]?\d+)?"
NUMBER = rf"^[+-]?{BLANK}?(?P<before>{SYMBOL})?{BLANK}?[+-]?(?P<body>{BODY})(?:{BLANK}?(?P<behind>{SYMBOL}|%))?$"
EXPONENT = r"[eE][+-]?\d+$"


@dataclass
class NumberEvidence:
    """`decimals` and `groups` are the marks that are decimal marks, or group thousands, for certain; `doubtful` those
    that stand as in 1.234; `symbols` has an empty one for numbers without."""

    decimals: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)
    example: str = ""
    has_exponents: bool = False
    is_number: bool = True

    @property
    def is_certain(self) -> bool:
        """Whether no further value can tell more, but for what makes it no number."""
        return bool(self.decimals)

    @property
    def is_doubtful(self) -> bool:
        """Whether there are numbers as 1.234, and nothing in the column tells what they are."""
        return bool(self.doubtful - self.decimals - self.groups) and not self.decimals and not self.groups & {".", ","}

    def see(self, values: pa.StringArray) -> None:
        """The values of some rows, without white space around them, none missing. All must be numbers."""
        parts = pc.extract_regex(values, NUMBER)
        is_word = pc.match_substring_regex(values, WORDS)
        if not pc.all(pc.or_(pc.is_valid(parts), is_word)).as_py():
            self.is_number = False
            return
        parts = parts.drop_null()
        before, behind = (pc.fill_null(pc.struct_field(parts, name), "") for name in ("before", "behind"))
        self.symbols |= set(
            pc.utf8_trim_whitespace(pc.binary_join_element_wise(before, behind, "")).unique().to_pylist()
        )
        bodies = pc.struct_field(parts, "body").unique()
        has_exponent = pc.match_substring_regex(bodies, EXPONENT)
        self.has_exponents = self.has_exponents or bool(pc.any(has_exponent).as_py())
        self._see_points(bodies.filter(has_exponent), has_exponent=True)
        self._see_bodies(bodies.filter(pc.invert(has_exponent)))

    def _see_bodies(self, bodies: pa.StringArray) -> None:
        for mark in GROUPING:
            with_mark = pc.match_substring(bodies, mark)
            if pc.any(with_mark).as_py():
                self.groups.add(mark)
        self._see_points(bodies, has_exponent=False)

    def _see_points(self, bodies: pa.StringArray, *, has_exponent: bool) -> None:
        for mark, other in ((".", ","), (",", ".")):
            own = bodies.filter(pc.match_substring(bodies, mark))
            if not len(own):
                continue
            m, o = f"[{mark}]", f"[{other}]"
            grouping = rf"^\d{{1,3}}(?:{m}\d{{3}})(?:(?:{m}\d{{3}})+(?:{o}\d*)?|{o}\d*)$"
            doubtful = rf"^[1-9]\d{{0,2}}{m}\d{{3}}$"
            is_group = pc.match_substring_regex(own, grouping)
            is_doubtful = pc.match_substring_regex(own, doubtful)
            if pc.any(is_group).as_py():
                self.groups.add(mark)
            if pc.any(is_doubtful).as_py():
                self._doubt(own, is_doubtful, mark, has_exponent=has_exponent)
            if not pc.all(pc.or_(is_group, is_doubtful)).as_py():
                self.decimals.add(mark)

    def _doubt(self, own: pa.StringArray, is_doubtful: pa.BooleanArray, mark: str, *, has_exponent: bool) -> None:
        if has_exponent:
            self.decimals.add(mark)
            return
        if mark not in self.doubtful and not self.example:
            self.example = own.filter(is_doubtful)[0].as_py()
        self.doubtful.add(mark)

    def merge(self, other: "NumberEvidence") -> None:
        self.decimals |= other.decimals
        self.groups |= other.groups
        self.doubtful |= other.doubtful
        self.symbols |= other.symbols
        self.example = self.example or other.example
        self.has_exponents = self.has_exponents or other.has_exponents
        self.is_number = self.is_number and other.is_number

    def format(self, file_decimals: Iterable[str] = (), *, decimal: str = "", thousands: str = "") -> CellFormat | None:
        """The one way of writing that fits; None when there is none, as in a column of 1.5 and 1,5.

        `decimal` and `thousands` are the marks that people gave. Without, `file_decimals` are the decimal marks of the
        file's other columns: with one of them, 1.234 is read by it. Else it is read as plain CSV has it, and 1,234 as
        grouped.
        """
        symbols, others = self.symbols or {""}, {decimal} if decimal else set(file_decimals)
        decimals, groups = self.decimals | ({decimal} - {""}), self.groups | ({thousands} - {""})
        if not decimals and len(others) == 1:
            decimals = others - groups
        marks = self.doubtful - decimals - groups
        if not decimals and not groups & {".", ","} and marks == {"."}:
            decimals = {"."}
        else:
            groups = groups | marks
        if len(decimals) > 1 or len(groups) > 1 or len(symbols) > 1 or decimals & groups:
            return None
        group = next(iter(groups), "")
        return CellFormat(next(iter(decimals), "," if group == "." else "."), group, next(iter(symbols)))
