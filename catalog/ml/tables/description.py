"""What the catalog records of a table that it does not know yet: types, number of rows and a profile of each column."""

from contextlib import closing

import pyarrow as pa

from catalog.ml.tables.inference import infer_type, text_batches
from catalog.ml.tables.profile import TableDescription, TableProfile, profiling_threads
from catalog.ml.tables.reading import OnBytes, TableFile
from catalog.ml.tables.schema import ColumnType
from catalog.ml.tables.statistics import ValueCounts, count_values


def describe_csv(
    table: TableFile, *, on_bytes: OnBytes | None = None
) -> tuple[dict[str, ColumnType], TableDescription | None]:
    """The types of the columns of a CSV file, from all of its rows, and in the same pass what they hold.

    The profile is made with the types of the first rows. It is None when a later row takes a wider one: then
    profile_table() has to read the file again. Raises InvalidData.
    """
    types: dict[str, ColumnType | None] = dict.fromkeys(table.column_names)
    profile: TableProfile | None = None
    is_first = True
    with closing(text_batches(table, on_bytes=on_bytes)) as batches, profiling_threads() as threads:
        for texts in batches:
            columns = list(threads.map(_count, texts.columns, types.values()))
            before, types = types, dict(zip(types, (kind for kind, _ in columns), strict=True))
            if is_first:
                profile = TableProfile(table.name, _without_none(types))
            elif types != before:
                profile = None
            is_first = False
            if profile:
                profile.add(texts, [counts for _, counts in columns], threads)
            del texts, columns  # before the next ones are read
    return _without_none(types), profile.describe() if profile else None


def _count(texts: pa.StringArray, present: ColumnType | None) -> tuple[ColumnType | None, ValueCounts]:
    """The narrowest type, not narrower than `present`, that all of the texts have, and their values as that type."""
    counts = count_values(texts)
    kind, values = infer_type(counts.values, present)
    return kind, counts.with_values(values)


def _without_none(types: dict[str, ColumnType | None]) -> dict[str, ColumnType]:
    """A column without a value is text."""
    return {name: kind or ColumnType.STRING for name, kind in types.items()}
