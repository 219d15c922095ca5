"""What the catalog records of a table that it does not know yet: types, number of rows and a profile of each column."""

from contextlib import closing

import pyarrow as pa

from catalog.ml.tables.counting import Counted, count_values
from catalog.ml.tables.inference import text_batches, typed
from catalog.ml.tables.profile import Described, TableProfile, profiling_threads
from catalog.ml.tables.reading import OnBytes, TableFile
from catalog.ml.tables.schema import ColumnType


def describe_csv(
    table: TableFile, *, on_bytes: OnBytes | None = None
) -> tuple[dict[str, ColumnType], Described | None]:
    """The types of the columns of a CSV file, from all of its rows, and in the same pass what they hold.

    The profile is made with the types of the first rows. It is None when a later row takes a wider one: then
    profile_table() has to read the file again. Raises InvalidData.
    """
    found: dict[str, ColumnType | None] = dict.fromkeys(table.column_names)
    profile: TableProfile | None = None
    is_first = True
    with closing(text_batches(table, on_bytes=on_bytes)) as batches, profiling_threads() as threads:
        for texts in batches:
            columns = list(threads.map(_counted, texts.columns, found.values()))
            before, found = found, dict(zip(found, (kind for kind, _ in columns), strict=True))
            if is_first:
                profile = TableProfile(table.name, _types(found))
            elif found != before:
                profile = None
            is_first = False
            if profile:
                profile.add(texts, [counted for _, counted in columns], threads)
            del texts, columns  # before the next ones are read
    return _types(found), profile.described() if profile else None


def _counted(texts: pa.StringArray, present: ColumnType | None) -> tuple[ColumnType | None, Counted]:
    """The narrowest type, not narrower than `present`, that all of the texts have, and their values as that type."""
    counted = count_values(texts)
    kind, values = typed(counted.values, present)
    return kind, counted.with_values(values)


def _types(found: dict[str, ColumnType | None]) -> dict[str, ColumnType]:
    """A column without a value is text."""
    return {name: kind or ColumnType.STRING for name, kind in found.items()}
