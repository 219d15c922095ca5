"""Which table of a workbook is meant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from catalog.exceptions import counted
from catalog.ml.tables.conversion.missing import MissingWords


@dataclass(frozen=True)
class SheetRequest:
    """`name` is the sheet's, the first that is not empty when there is none; `skip_rows` are the sheet's rows above the
    one that names the columns, `skip_footer` those below the last of the table that are not blank. `missing` are the
    words that leave a column of numbers or dates what it is."""

    name: str = ""
    skip_rows: int = 0
    skip_footer: int = 0
    missing: MissingWords = field(default_factory=MissingWords)

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "missing": self.missing.as_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "missing": MissingWords.from_json(values["missing"])})

    @property
    def words(self) -> str:
        """What is left out of the sheet, as people say it; empty when nothing is."""
        above = [f"{counted(self.skip_rows, 'row')} above the header"] if self.skip_rows else []
        below = [f"{counted(self.skip_footer, 'row')} below the table"] if self.skip_footer else []
        return f", without {' and '.join([*above, *below])}" if above or below else ""
