"""Which table of a workbook is meant."""

from dataclasses import dataclass

from catalog.exceptions import counted


@dataclass(frozen=True)
class SheetRequest:
    """`name` is the sheet's, the first that is not empty when there is none; `skip_rows` are the sheet's rows above the
    one that names the columns, `skip_footer` those below the last of the table that are not blank."""

    name: str = ""
    skip_rows: int = 0
    skip_footer: int = 0

    @property
    def words(self) -> str:
        """What is left out of the sheet, as people say it; empty when nothing is."""
        above = [f"{counted(self.skip_rows, 'row')} above the header"] if self.skip_rows else []
        below = [f"{counted(self.skip_footer, 'row')} below the table"] if self.skip_footer else []
        return f", without {' and '.join([*above, *below])}" if above or below else ""
