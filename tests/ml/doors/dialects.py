"""A random table as text in the ways of other countries and programs."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.ml.doors.files import Unwritable, plain_text
from tests.ml.doors.random_tables import RandomTable


@dataclass(frozen=True)
class TextDialect:
    """`thousands` groups whole numbers and amounts of money, `dates` is how days are written, `clock` how times are."""

    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    thousands: str = ""
    dates: str = ""
    quotes_all: bool = False
    clock: str = "%H:%M:%S.%f"

    def write(self, table: RandomTable, folder: Path) -> Path:
        path = folder / "dialect.csv"
        quoting = csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL
        try:
            with path.open("w", newline="", encoding=self.encoding) as file:
                writer = csv.writer(file, delimiter=self.delimiter, quoting=quoting)
                writer.writerow(table.columns)
                writer.writerows([self.text(cell) for cell in row.values()] for row in table.rows)
        except UnicodeEncodeError as error:
            raise Unwritable from error
        return path

    def text(self, cell: Any) -> str:
        if isinstance(cell, int | Decimal) and not isinstance(cell, bool) and self.thousands:
            return f"{cell:,}".translate(str.maketrans({",": self.thousands, ".": self.decimal}))
        if isinstance(cell, float | Decimal):
            return str(cell).replace(".", self.decimal)
        if isinstance(cell, date) and self.dates and not (isinstance(cell, datetime) and cell.tzinfo):
            written = f"{self.dates} {self.clock}" if isinstance(cell, datetime) else self.dates
            return f"{cell:{written}}".replace(".000000", "")
        return plain_text(cell)


DIALECTS: dict[str, Callable[[RandomTable, Path], Path]] = {
    "CSV of an office, cp1252": TextDialect(";", "cp1252", ",", dates="%d/%m/%Y").write,
    "CSV of an office, grouped": TextDialect(";", "utf-8", ",", ".", "%d.%m.%Y").write,
    "CSV in UTF-16 with tabs": TextDialect("\t", "utf-16").write,
    "CSV with bars and a byte order mark": TextDialect("|", "utf-8-sig").write,
    "CSV with months first": TextDialect(dates="%m/%d/%Y", thousands=",").write,
    "CSV with names of months and halves of days": TextDialect(dates="%d-%b-%Y", clock="%I:%M:%S.%f %p").write,
    "CSV as browsers write times": TextDialect("\t", dates="%B %d, %Y", clock="%I:%M:%S.%f\u202f%p").write,
    "CSV in quotes with decimal commas": TextDialect(decimal=",", quotes_all=True, dates="%d/%m/%Y").write,
}
