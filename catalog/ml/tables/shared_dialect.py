"""The one dialect of the text files that are a table together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.exceptions import InvalidData
from catalog.ml.tables.dialects.dialect import SEPARATORS, Dialect
from catalog.ml.tables.profiling.column_inference import ColumnInference, Question, settle_formats
from catalog.ml.tables.reading import TableFile


@dataclass
class SharedDialect:
    """`columns` are those of the first file, with what the rows of all files tell of how they are written."""

    first: str = ""
    dialect: Dialect | None = None
    example: str = ""
    columns: dict[str, ColumnInference] = field(default_factory=dict)

    def add(self, table: TableFile, columns: Mapping[str, ColumnInference]) -> None:
        """Raises InvalidData for a file that is written otherwise than those before it."""
        if not table.is_csv:
            return
        if self.dialect is None:
            self.first, self.dialect, self.columns = table.name, table.dialect, dict(columns)
            self.example = table.example
            return
        self._check(table)
        for name, column in columns.items():
            before = self.columns.get(name)
            if before is not None and not before.merge(column):
                raise InvalidData(
                    f"{table.name}: column {name!r} is written otherwise ({column.format.words}) than in the files "
                    f"before it, as {self.first} ({before.format.words}). Write all files alike."
                )

    def _check(self, table: TableFile) -> None:
        own, shared = table.dialect, self.dialect
        if shared and own.delimiter != shared.delimiter and len(table.raw_names) > 1:
            raise InvalidData(
                f"{table.name} is separated by {SEPARATORS.get(own.delimiter, own.delimiter)}, and {self.first} by "
                f"{SEPARATORS.get(shared.delimiter, shared.delimiter)}. Write all files alike, or say `delimiter`."
            )
        if shared and own.encoding != shared.encoding:
            raise InvalidData(
                f"{table.name} is {own.encoding}, and {self.first} is {shared.encoding}. Save all files as UTF-8, "
                "or say `encoding`."
            )

    def settle(self) -> tuple[Dialect | None, dict[str, Question]]:
        """The dialect with how columns are written, None of files whose columns have types; and what is not clear."""
        if self.dialect is None:
            return None, {}
        formats, questions = settle_formats(self.columns)
        return Dialect(**{**vars(self.dialect), "formats": formats}), questions
