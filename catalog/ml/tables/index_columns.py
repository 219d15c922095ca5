"""A first CSV column without a name, which is the index of a DataFrame when it counts the rows."""

from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData
from catalog.ml.tables.files.column_names import UNNAMED
from catalog.ml.tables.reading import TableFile


def check_counts_rows(table: TableFile) -> None:
    """Raises InvalidData when the first column has no name and does anything but count the rows, from 0 or from 1."""
    if not table.is_csv or UNNAMED not in table.index_columns:
        return
    start: int | None = None
    with closing(table.batches({UNNAMED: None})) as batches:
        for batch in batches:
            if not batch.num_rows:
                continue
            texts = batch.column(0)
            if start is None:
                start = 1 if texts[0].as_py() == "1" else 0
            counted = pa.array(range(start, start + batch.num_rows), pa.int64()).cast(pa.string())
            if not pc.all(pc.equal(texts, counted)).as_py():
                raise InvalidData(f"{table.name}: column 1 has no name. The first line must name every column.")
            start += batch.num_rows
