import numpy as np
import pyarrow as pa

from catalog.ml.tables.profiling.statistics import ValueCounts, count_values


def test_values_are_counted_in_the_order_in_which_they_come_first() -> None:
    found = count_values(pa.array(["b", "a", None, "b", "c"]))
    assert (found.values.to_pylist(), found.counts.tolist()) == (["b", "a", "c"], [2, 1, 1])
    assert (found.nulls, found.rows) == (1, 5)


def test_a_column_of_nulls_has_no_values() -> None:
    found = count_values(pa.nulls(3, pa.string()))
    assert (len(found.values), found.nulls, found.rows) == (0, 3, 3)


def test_texts_of_the_same_number_are_counted_together() -> None:
    texts = ValueCounts(pa.array(["1", "2", "1.0", "3", "2.00"]), np.array([5, 1, 2, 7, 1]), 4)
    found = texts.with_values(pa.array([1.0, 2.0, 1.0, 3.0, 2.0]))
    assert (found.values.to_pylist(), found.counts.tolist()) == ([1.0, 2.0, 3.0], [7, 2, 7])
    assert (found.nulls, found.rows) == (4, texts.rows)
