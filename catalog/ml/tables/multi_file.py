"""Tables of many files: read one file after another, each opened when its turn comes and closed after it."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData
from catalog.ml.tables.files.csv_reading import Batches, OnBytes, Types
from catalog.ml.tables.profiling.column_inference import WIDER, ColumnInference
from catalog.ml.tables.profiling.questions import as_typed
from catalog.ml.tables.reading import TableFile
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
                asked = table.with_missing(self.options.missing).with_formats(self.dialect.formats)
                yield from asked.batches(types, on_bytes=on_bytes)


def file_types(
    table: TableFile, first: FileTypes, columns: Mapping[str, ColumnInference]
) -> dict[str, ColumnType | None]:
    """The catalog's type of each column in the file; None when it has no value in it.

    `columns` are those of a CSV file.
    `first` are the types of the first file: where one of a Parquet file does not go with them, it is read whether there
    is a value at all.
    """
    if table.is_csv:
        return {name: column.type for name, column in columns.items() if name in table.raw_names}
    types: dict[str, ColumnType | None] = {}
    for name in table.raw_names:
        kind, known = column_type(table.column_types[name]), first.get(name)
        is_unlike = known is not None and _wider(kind, known) is None
        types[name] = None if _is_null(table, name) or (is_unlike and not _has_value(table, name)) else kind
    return types


def _is_null(table: TableFile, name: str) -> bool:
    return bool(pa.types.is_null(table.column_types[name]))


def _has_value(table: TableFile, name: str) -> bool:
    with closing(table.batches({name: None})) as batches:
        return any(pc.any(pc.invert(pc.is_null(batch.column(0), nan_is_null=True))).as_py() for batch in batches)


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
                    f"them agree, or read it as text: `column_types` {as_typed(f'{column}=string')}."
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
