"""The examples of a table in batches that fit into memory, and which of the rows are held out.

Whether a row is held out is decided by a hash of what the row holds: the values of all features and of the target, as
the estimator is given them, and the random state. So a row falls on the same side in each pass, on each machine, out of
CSV and out of Parquet, wherever it stands in the file and however the file is cut into batches; and rows that are equal
fall on the same side, so that none is both learned and measured. On average `test_size` of the different rows are held
out, whatever their class: it is close to that when they are many.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.features import Feature, to_frame
from catalog.ml.labels import target_values
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.rebatching import rebatch
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType

# A batch has so many cells, of so many rows at most: 8 MB of numbers.
BATCH_CELLS = 1_000_000
BATCH_ROWS = 100_000
LEAST_ROWS = 1_000
HASH_SPACE = 2.0**64

OnRows = Callable[[int], Any]


@dataclass(frozen=True)
class ExampleColumns:
    """What is read of a table, and how the rows to hold out are drawn."""

    features: Sequence[Feature]
    target: str
    target_type: ColumnType
    task: str
    test_size: float
    random_state: int

    @property
    def types(self) -> dict[str, pa.DataType | None]:
        types: dict[str, pa.DataType | None] = {feature.name: feature.read_type for feature in self.features}
        return types | {self.target: ARROW_TYPES[self.target_type]}

    @property
    def batch_rows(self) -> int:
        return count_rows(BATCH_CELLS, len(self.types), most=BATCH_ROWS)


@dataclass(frozen=True)
class Batch:
    """Rows that follow one another in the file and have a target; `missing_target` counts those that had none."""

    table: pa.Table
    columns: ExampleColumns
    missing_target: int

    @cached_property
    def frame(self) -> pd.DataFrame:
        return to_frame(self.table, self.columns.features)

    @cached_property
    def target(self) -> np.ndarray:
        return np.asarray(target_values(self.table.column(self.columns.target), self.columns.task))

    @cached_property
    def shares(self) -> np.ndarray:
        """Per row a number from 0 to 1, uniform over different rows: those below `test_size` are held out."""
        names = sorted(self.frame.columns)
        values = pd.util.hash_pandas_object(self.frame[names], index=False).to_numpy()
        of_target = pd.util.hash_array(self.target)
        mixed = pd.util.hash_array(values ^ np.uint64(self.columns.random_state))
        return np.asarray(pd.util.hash_array(mixed ^ of_target) / HASH_SPACE)

    @property
    def training_rows(self) -> np.ndarray:
        """The positions of the training rows."""
        return np.flatnonzero(self.shares >= self.columns.test_size)

    def held_out_rows(self, most: float = 1.0) -> np.ndarray:
        """The positions of the held-out rows, or of those of them whose share is `most` at most."""
        return np.flatnonzero((self.shares < self.columns.test_size) & (self.shares <= most))


def read_batches(table: TableFile, columns: ExampleColumns, on_rows: OnRows | None = None) -> Iterator[Batch]:
    """All rows of the table, in its order. Raises InvalidData."""
    for rows in rebatch(table.batches(columns.types), columns.batch_rows):
        known = rows.filter(pc.is_valid(rows.column(columns.target)))
        yield Batch(known, columns, rows.num_rows - known.num_rows)
        if on_rows:
            on_rows(rows.num_rows)


def count_rows(cells: int, columns: int, *, most: int) -> int:
    """How many rows of so many columns have that many cells: at least LEAST_ROWS, and `most` at most."""
    return max(LEAST_ROWS, min(most, cells // max(columns, 1)))
