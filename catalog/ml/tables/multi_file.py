"""Tables of many files: read one file after another, each opened when its turn comes and closed after it."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa

from catalog.exceptions import InvalidData
from catalog.ml.tables.inference import WIDER, infer_types
from catalog.ml.tables.reading import Batches, OnBytes, TableFile, Types
from catalog.ml.tables.schema import ColumnType, column_type

FileTypes = Mapping[str, ColumnType | None]


@dataclass(frozen=True, kw_only=True)
class MultiFileTable(TableFile):
    """Rows in the order of the files. `open_files` gives one table a file, good until the next is asked for."""

    open_files: Callable[[], Generator[TableFile, None, None]]

    def batches(self, types: Types, *, on_bytes: OnBytes | None = None) -> Batches:
        """As those of one table; what is wrong with a cell names the file that holds it."""
        self.require(types)
        with closing(self.open_files()) as tables:
            for table in tables:
                yield from table.batches(types, on_bytes=on_bytes)


def file_types(table: TableFile) -> dict[str, ColumnType | None]:
    """The catalog's type of each column; None when the file has no value in it. Reads a CSV file."""
    if not table.column_types:
        return infer_types(table)
    return {name: None if pa.types.is_null(kind) else column_type(kind) for name, kind in table.column_types.items()}


def agreed_types(files: Sequence[tuple[str, FileTypes]], overridden: Iterable[str] = ()) -> dict[str, ColumnType]:
    """The types that all files share, given with their names: integers pass as numbers, dates as time stamps.

    Raises InvalidData naming the first file that does not agree with those before it. What is `overridden` need not.
    """
    first_name, first = files[0]
    agreed = dict(first)
    for name, types in files[1:]:
        if types.keys() != first.keys():
            raise InvalidData(f"{name} {_other_columns(types, first)}, unlike {first_name}. All files need the same.")
        for column, kind in types.items():
            present = agreed[column]
            if column not in overridden and kind and present and _wider(kind, present) is None:
                raise InvalidData(
                    f"{name}: column {column!r} is {kind}, and {present} in the files before it, as {first_name}. Make "
                    f"them agree, or read it as text: `column_types` {column}=string."
                )
            agreed[column] = (_wider(kind, present) if kind and present else None) or kind or present
    return {column: kind or ColumnType.STRING for column, kind in agreed.items()}


def _wider(one: ColumnType, other: ColumnType) -> ColumnType | None:
    """The type that holds the values of both."""
    if one == other or WIDER.get(one) == other:
        return other
    return one if WIDER.get(other) == one else None


def _other_columns(types: FileTypes, first: FileTypes) -> str:
    missing, added = [name for name in first if name not in types], [name for name in types if name not in first]
    differences = [f"has no column {', '.join(map(repr, missing))}"] if missing else []
    differences += [f"has the column {', '.join(map(repr, added))}"] if added else []
    return " and ".join(differences)
