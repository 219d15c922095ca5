"""The first rows of a table, as texts for people to look at."""

from collections.abc import Iterable

from catalog.ml.tables.reading import TableFile

FIRST_ROWS, SHOWN_CHARACTERS = 10, 200


def first_rows(table: TableFile, names: Iterable[str]) -> list[list[str | None]]:
    """The first rows of the columns, as texts that are cut where they are long."""
    for batch in table.batches(dict.fromkeys(names)):
        rows = batch.slice(0, FIRST_ROWS).to_pylist()
        return [[None if cell is None else str(cell)[:SHOWN_CHARACTERS] for cell in row.values()] for row in rows]
    return []
