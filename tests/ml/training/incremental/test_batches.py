from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from catalog.ml.features import Feature
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.incremental import batches
from catalog.ml.training.incremental.batches import ExampleColumns, count_rows, read_batches
from tests.factories import flights
from tests.ml.conftest import OpenCsv

FEATURES = (Feature("carrier", ColumnType.STRING), Feature("dep_time", ColumnType.NUMBER))
COLUMNS = ExampleColumns(FEATURES, "distance", ColumnType.INTEGER, "regression", test_size=0.2, random_state=0)
OpenParquet = Callable[[pa.Table | pd.DataFrame], TableFile]


def departures(rows: int = 2000) -> pd.DataFrame:
    return flights(rows)[["carrier", "dep_time", "distance", "flight"]]


def list_held_out(table: TableFile, columns: ExampleColumns = COLUMNS) -> list[tuple[Any, ...]]:
    """The rows held out, sorted."""
    found = []
    for batch in read_batches(table, columns):
        rows = batch.table.take(batch.held_out_rows()).to_pylist()
        found += [(row["carrier"], row["dep_time"] or -1.0, row["distance"]) for row in rows]
    return sorted(found)


def test_each_row_is_either_learned_or_held_out(open_parquet: OpenParquet) -> None:
    for batch in read_batches(open_parquet(departures()), COLUMNS):
        both = np.concatenate([batch.training_rows, batch.held_out_rows()])
        assert sorted(both) == list(range(batch.table.num_rows))


def test_about_the_share_that_was_asked_for_is_held_out(open_parquet: OpenParquet) -> None:
    assert len(list_held_out(open_parquet(departures()))) == pytest.approx(400, abs=60)


def test_neither_batches_nor_order_decide_what_is_held_out(
    open_parquet: OpenParquet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = list_held_out(open_parquet(departures()))
    monkeypatch.setattr(batches, "BATCH_ROWS", 1001)
    assert list_held_out(open_parquet(departures().sample(frac=1.0, random_state=3))) == first


def test_csv_and_parquet_hold_out_the_same_rows(open_parquet: OpenParquet, open_csv: OpenCsv) -> None:
    text = departures().to_csv(index=False)
    assert list_held_out(open_csv(text)) == list_held_out(open_parquet(departures()))


def test_the_order_of_the_features_does_not_decide_what_is_held_out(open_parquet: OpenParquet) -> None:
    table = open_parquet(departures())
    assert list_held_out(table, replace(COLUMNS, features=FEATURES[::-1])) == list_held_out(table)


def test_equal_rows_are_on_the_same_side(open_parquet: OpenParquet) -> None:
    once, twice = departures(1000), pd.concat([departures(1000)] * 2)
    found = list_held_out(open_parquet(once))
    assert list_held_out(open_parquet(twice)) == sorted(found * 2)


def test_another_random_state_holds_out_other_rows(open_parquet: OpenParquet) -> None:
    table = open_parquet(departures())
    assert list_held_out(table, replace(COLUMNS, random_state=1)) != list_held_out(table)


def test_held_out_rows_can_be_narrowed_to_the_lowest_shares(open_parquet: OpenParquet) -> None:
    (batch,) = read_batches(open_parquet(departures()), COLUMNS)
    some = batch.held_out_rows(0.05)
    assert set(some) < set(batch.held_out_rows())
    assert len(some) == pytest.approx(len(batch.held_out_rows()) / 4, abs=30)


def test_rows_without_a_target_are_counted_and_passed_over(open_parquet: OpenParquet) -> None:
    table = departures(1000).assign(distance=lambda frame: frame["distance"].where(frame.index % 4 > 0))
    (batch,) = read_batches(open_parquet(table), COLUMNS)
    assert (batch.table.num_rows, batch.missing_target) == (750, 250)


def test_wide_tables_have_batches_of_fewer_rows() -> None:
    assert [count_rows(2_000_000, columns, most=100_000) for columns in (5, 100, 50_000)] == [100_000, 20_000, 1_000]
