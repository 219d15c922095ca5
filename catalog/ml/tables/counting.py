"""Counting the values of a column: most columns have far fewer values than rows, and each is looked at once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Counted:
    """The values of some rows of a column, each once and in the order of first occurrence, and how often each occurs.

    `counts` are int64, of shape (len(values),); `nulls` are the rows without a value.
    """

    values: pa.Array
    counts: np.ndarray
    nulls: int

    @property
    def rows(self) -> int:
        return int(self.counts.sum()) + self.nulls

    def with_values(self, values: pa.Array) -> "Counted":
        """The same rows with other values in place of these, of which several may be the same: 1 for "1" and "1.0"."""
        encoded = values.dictionary_encode()
        if len(encoded.dictionary) == len(values):
            return Counted(values, self.counts, self.nulls)
        counts = np.zeros(len(encoded.dictionary), np.int64)
        np.add.at(counts, encoded.indices.to_numpy(), self.counts)
        return Counted(encoded.dictionary, counts, self.nulls)


def count_values(values: pa.Array) -> Counted:
    """How often each value occurs in the array."""
    found = pc.value_counts(values.drop_null())
    return Counted(found.field("values"), found.field("counts").to_numpy(), values.null_count)
