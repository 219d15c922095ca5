"""A sample of rows that are read once, in an order that is not known to be random."""

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa

# Rows held at most, as a multiple of those asked for: to drop some costs a copy of all.
SPARE = 1.5


class RowSample:
    """A uniform sample of rows, kept by the smallest of random keys, the same for the same table."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.random = np.random.default_rng(0)
        self._limit = math.inf
        self._keys: list[np.ndarray] = []
        self._tables: list[pa.Table] = []

    def add(
        self, batch: pa.RecordBatch, prepared: Callable[[pa.RecordBatch], pa.RecordBatch] = lambda rows: rows
    ) -> None:
        """More rows of the table. Those that are kept for now are kept as `prepared` makes them."""
        keys = self.random.random(batch.num_rows)
        chosen = np.flatnonzero(keys < self._limit)
        if not len(chosen):
            return
        self._keys.append(keys[chosen])
        self._tables.append(pa.Table.from_batches([prepared(batch.take(chosen))]))
        if sum(map(len, self._keys)) > SPARE * self.rows:
            self._thin_out()

    @property
    def table(self) -> pa.Table | None:
        """The rows, in their order; None before there are any."""
        self._thin_out()
        return self._tables[0] if self._tables else None

    def _thin_out(self) -> None:
        """Drop the rows that are more than asked for."""
        if len(self._tables) < 2 and sum(map(len, self._keys)) <= self.rows:
            return
        keys, table = np.concatenate(self._keys), pa.concat_tables(self._tables)
        if len(keys) > self.rows:
            kept = np.sort(np.argpartition(keys, self.rows)[: self.rows])
            keys, table = keys[kept], table.take(kept)
            self._limit = keys.max()
        self._keys, self._tables = [keys], [table.combine_chunks()]
