"""Which ways of writing dates all rows of a column fit: day or month first is not guessed."""

from dataclasses import dataclass, field
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.dialects.cell_texts import standard_texts
from catalog.ml.tables.dialects.date_texts import LIKE_DAY
from catalog.ml.tables.dialects.dialect import HALF_DAYS, CellFormat

SEPARATORS = ("/", "-", ".")
ORDERS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y")
# 26-01-31 is written as ISO dates are, but for the century.
ISO, SHORT_ISO = "%Y-%m-%d", "%y-%m-%d"
NAMED_ORDERS = ("%d{0}%b{0}%Y", "%d{0}%b{0}%y", "%b{0}%d{0}%Y", "%Y{0}%b{0}%d")
NAMED = ("%b %d, %Y", "%d %b, %Y", "%d de %b de %Y", "%d%b%Y")
DAYS = (
    *(order.format(separator) for separator in SEPARATORS for order in ORDERS),
    SHORT_ISO,
    *(order.format(separator) for separator in (*SEPARATORS, " ") for order in NAMED_ORDERS),
    *NAMED,
)
CANDIDATES = (*DAYS, *(day + HALF_DAYS for day in DAYS))
LIKE_DATE = rf"^\s*{LIKE_DAY}(?:,?[ T]|\s*$)"
FEW_VALUES = 20


@dataclass
class DateEvidence:
    """`formats` are those that all values until now fit, as `%d/%m/%Y`; `unlike` has the pairs of formats that read
    some value otherwise, as they do 03/04/2026 but not 04/04/2026, with that value."""

    formats: tuple[str, ...] = CANDIDATES
    unlike: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def is_date(self) -> bool:
        return bool(self.formats)

    @property
    def doubtful(self) -> tuple[str, str] | None:
        """Two formats between which no value tells, though they do not read all of them alike."""
        pairs = combinations(self.formats, 2)
        return next((pair for pair in pairs if pair in self.unlike), None)

    def format(self) -> CellFormat | None:
        return CellFormat(date=self.formats[0]) if self.formats else None

    def see(self, values: pa.StringArray) -> None:
        """The values of some rows, none missing."""
        if len(values) > FEW_VALUES:  # the first tell soonest
            self.formats = tuple(self._fitting(values.slice(0, FEW_VALUES)))
        kept = self._fitting(values)
        self.formats = tuple(kept)
        for pair in combinations(kept, 2):
            if pair not in self.unlike:
                self._compare(pair, values, kept)

    def _fitting(self, values: pa.StringArray) -> dict[str, pa.StringArray]:
        """The values as ISO texts, by the formats that all of them have."""
        if not self.formats or not pc.all(pc.match_substring_regex(values, LIKE_DATE)).as_py():
            return {}
        read = {date: standard_texts(values, CellFormat(date=date), is_distinct=True) for date in self.formats}
        return {date: plain for date, (plain, is_so) in read.items() if pc.all(is_so).as_py() and _are_days(plain)}

    def _compare(self, pair: tuple[str, str], values: pa.StringArray, kept: dict[str, pa.StringArray]) -> None:
        is_unlike = pc.not_equal(kept[pair[0]], kept[pair[1]])
        if pc.any(is_unlike).as_py():
            self.unlike[pair] = values.filter(is_unlike)[0].as_py()

    def merge(self, other: "DateEvidence") -> None:
        self.formats = tuple(date for date in self.formats if date in other.formats)
        self.unlike = {**other.unlike, **self.unlike}


def _are_days(texts: pa.StringArray) -> bool:
    try:
        pc.cast(pc.utf8_slice_codeunits(texts, 0, 10), pa.date32())
    except pa.ArrowInvalid:
        return False
    return True
