"""Which ways of writing dates all rows of a column fit: day or month first is not guessed."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.dialect import CellFormat

SEPARATORS = ("/", "-", ".")
ORDERS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y")
# 26-01-31 is written as ISO dates are, but for the century.
SHORT_ISO = "%y-%m-%d"
LIKE_DATE = r"^\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]|\s*$)"
CANDIDATES = (*(order.format(separator) for separator in SEPARATORS for order in ORDERS), SHORT_ISO)


@dataclass
class DateEvidence:
    """`formats` are those that all values until now fit, as `%d/%m/%Y`; `differ` tells whether they read some value
    otherwise than the first of them, as they do 03/04/2026 but not 04/04/2026."""

    formats: tuple[str, ...] = CANDIDATES
    differ: bool = False
    example: str = ""

    @property
    def is_date(self) -> bool:
        return bool(self.formats)

    @property
    def is_doubtful(self) -> bool:
        return len(self.formats) > 1 and self.differ

    def format(self) -> CellFormat | None:
        return CellFormat(date=self.formats[0]) if self.formats else None

    def see(self, values: pa.StringArray) -> None:
        """The values of some rows, none missing."""
        kept: dict[str, pa.StringArray] = {}
        if not pc.all(pc.match_substring_regex(values, LIKE_DATE)).as_py():
            self.formats = ()
        for date in self.formats:
            plain, is_so = standard_texts(values, CellFormat(date=date), is_distinct=True)
            if pc.all(is_so).as_py() and _are_days(plain):
                kept[date] = plain
        self.formats = tuple(kept)
        if len(kept) > 1 and not self.differ:
            self._compare(values, kept)

    def _compare(self, values: pa.StringArray, kept: dict[str, pa.StringArray]) -> None:
        first = kept[self.formats[0]]
        for other in self.formats[1:]:
            unlike = pc.not_equal(first, kept[other])
            if pc.any(unlike).as_py():
                self.differ, self.example = True, values.filter(unlike)[0].as_py()
                return

    def merge(self, other: "DateEvidence") -> None:
        self.formats = tuple(date for date in self.formats if date in other.formats)
        self.differ = self.differ or other.differ
        self.example = self.example or other.example


def _are_days(texts: pa.StringArray) -> bool:
    try:
        pc.cast(pc.utf8_slice_codeunits(texts, 0, 10), pa.date32())
    except pa.ArrowInvalid:
        return False
    return True
