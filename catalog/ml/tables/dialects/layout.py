"""What the first lines of a text tell of its table: what separates the cells, and where the header stands."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from catalog.exceptions import InvalidData

DELIMITERS = (",", ";", "\t", "|")
MOST_RECORDS = 1_000
LEAST_SHARE = 0.5
NUMBER_LIKE = re.compile(r"^[\s+-]*\d")
TOTAL = re.compile(r"(?i)^\W*((grand |sub)?total|totais|sum(me|a|me totale)?|soma|gesamt|insgesamt|somme)\b")


@dataclass(frozen=True)
class Layout:
    """The records of the first lines by one separator, without blank ones. `above` are the lines above each, and
    `width` the number of cells that most records have, 1 when that is not more than half of them."""

    records: Sequence[Sequence[str]]
    above: Sequence[int]
    width: int
    share: float

    @property
    def is_even(self) -> bool:
        """Whether all records have the same cells, more than one."""
        return self.width > 1 and self.share == 1

    def find_header(self) -> int | None:
        """The lines above the first record, but the very first, that could name the columns of those below."""
        widths = Counter(len(_filled(record)) for record in self.records)
        usual = max(widths, key=lambda width: (widths[width], width), default=0)
        for record, above in zip(self.records[1:-1], self.above[1:-1], strict=True):
            names = _filled(record)
            is_named = all(name and not NUMBER_LIKE.match(name) for name in names) and len(set(names)) == len(names)
            if len(record) == self.width and len(names) >= usual and is_named:
                return above
        return None


def _filled(record: Sequence[str]) -> list[str]:
    """The cells without the empty ones at the end."""
    cells = [cell.strip() for cell in record]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def lay_out(text: str, delimiter: str, *, is_whole: bool) -> Layout:
    """Of a text that is not whole its last record is not looked at."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records, above, lines = [], [], 0
    try:
        for record in islice(reader, MOST_RECORDS):
            if any(record):
                records.append(record)
                above.append(lines)
            lines = reader.line_num
        is_cut = not is_whole and next(reader, None) is None
    except csv.Error:
        is_cut = False
    if is_cut and len(records) > 1:
        records.pop()
        above.pop()
    widths = Counter(map(len, records))
    width, count = max(widths.items(), key=lambda item: (item[1], item[0])) if widths else (1, 0)
    share = count / max(len(records), 1)
    return Layout(records, above, width if share >= LEAST_SHARE else 1, share)


def find_delimiter(text: str, name: str, *, is_whole: bool) -> str:
    """What separates the cells: of several that divide all records alike, that which gives the most columns. Raises
    InvalidData when two give as many."""
    layouts = {mark: lay_out(text, mark, is_whole=is_whole) for mark in DELIMITERS if mark in text}
    widest = max((layout.width for layout in layouts.values() if layout.is_even), default=0)
    even = [mark for mark, layout in layouts.items() if layout.is_even and layout.width == widest]
    if len(even) > 1:
        shown = " or by ".join(map(repr, even))
        raise InvalidData(f"{name}: its columns may be separated by {shown}. Say which: `delimiter`.")
    if even:
        return even[0]
    uneven = [mark for mark, layout in layouts.items() if layout.width > 1]
    return max(uneven, key=lambda mark: layouts[mark].share, default=",")


def header_advice(layout: Layout) -> str:
    """What to do when the first line is not the one that names the columns; empty when no other does."""
    above = layout.find_header()
    if above is None:
        return ""
    lines = "line above it" if above == 1 else f"{above:,} lines above it"
    names = ", ".join(_filled(layout.records[layout.above.index(above)]))[:60]
    return f" If its columns are named in line {above + 1:,} ({names}), leave out the {lines}: `skip_rows` {above}."


def footer_advice(text: str, delimiter: str, width: int) -> str:
    """What to do when lines below the last row are none; `text` is the end of the file."""
    records = [record for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(record)]
    count = 0
    for record in reversed(records[1:]):
        if len(record) == width and not TOTAL.match(record[0]):
            break
        count += 1
    if not count or count == len(records) - 1:
        return ""
    if count == 1:
        return " If the last line is no row of the table, leave it out: `skip_footer` 1."
    return f" If the last {count:,} lines are no rows of the table, leave them out: `skip_footer` {count}."


def ends_in_quotes(tail: bytes, delimiter: str) -> bool:
    """Whether the last cell of a text begins with a quote that nothing closes, by the last of its quotes."""
    at = tail.rfind(b'"')
    ends = (delimiter.encode(), b"\n", b"\r", b"")
    if at < 0 or tail[at - 1 : at] in ends:
        return at >= 0
    cell = re.split(rb"[\r\n" + re.escape(delimiter.encode()) + rb"]", tail[: at + 1])[-1]
    if not cell.startswith(b'"'):
        return False
    return cell.count(b'"') % 2 == 1 or tail[at + 1 : at + 2] not in ends
