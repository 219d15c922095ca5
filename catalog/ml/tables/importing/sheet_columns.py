"""What the cells of a workbook's column have in common: a sheet types cells, a table columns."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from catalog.ml.tables.conversion.missing import DEFAULT_WORDS

EXACT = 2**53  # the numbers of a sheet are float64, which holds no greater integers exactly
ZONELESS = pa.timestamp("us")


def is_blank(cell: Any) -> bool:
    """Errors, as #DIV/0!, are read as empty texts."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _kind(cell: Any) -> str:
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int | float):
        return "integer" if float(cell).is_integer() and abs(cell) <= EXACT else "number"
    if isinstance(cell, dt.datetime):
        return "timestamp"
    return "date" if isinstance(cell, dt.date) else "text"


@dataclass
class SheetColumn:
    """`kinds` are those of the cells seen. `words` such as NA are missing among what is no text; `emptied` counts the
    cells that are."""

    name: str
    words: tuple[str, ...] = DEFAULT_WORDS
    kinds: set[str] = field(default_factory=set)
    emptied: Counter[str] = field(default_factory=Counter)

    def see(self, cell: Any) -> None:
        if not is_blank(cell):
            self.kinds.add("word" if isinstance(cell, str) and cell.strip() in self.words else _kind(cell))

    @property
    def arrow_type(self) -> pa.DataType:
        kinds = self.kinds - {"word"}
        if not kinds:
            return pa.string()
        if kinds <= {"integer", "number"}:
            return pa.float64() if "number" in kinds else pa.int64()
        if kinds <= {"date", "timestamp"}:
            return ZONELESS if "timestamp" in kinds else pa.date32()
        return pa.bool_() if kinds == {"boolean"} else pa.string()

    def value(self, cell: Any) -> Any:
        """The cell as a value of the column's type; None when it is missing."""
        kind = self.arrow_type
        if is_blank(cell):
            return None
        if pa.types.is_string(kind):
            return self.text_of(cell)
        if isinstance(cell, str):
            self.emptied[cell.strip()] += 1
            return None
        if kind == ZONELESS and not isinstance(cell, dt.datetime):
            return dt.datetime.combine(cell, dt.time())  # a sheet knows no zones
        return int(cell) if pa.types.is_integer(kind) else cell

    @staticmethod
    def text_of(cell: Any) -> str:
        """As one would write it in a CSV file."""
        if isinstance(cell, bool):
            return str(cell).lower()
        if isinstance(cell, float) and cell.is_integer() and abs(cell) <= EXACT:
            return str(int(cell))
        if isinstance(cell, dt.date | dt.time):
            return cell.isoformat()
        if isinstance(cell, dt.timedelta):
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        return str(cell)
