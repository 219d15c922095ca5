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
from catalog.ml.training.incremental.batches import Columns, rows_of_cells, windows
from tests.factories import flights
from tests.ml.conftest import OpenCsv

FEATURES = (Feature("carrier", ColumnType.STRING), Feature("dep_time", ColumnType.NUMBER))
COLUMNS = Columns(FEATURES, "distance", ColumnType.INTEGER, "regression", test_size=0.2, random_state=0)
OpenParquet = Callable[[pa.Table | pd.DataFrame], TableFile]


def departures(rows: int = 2000) -> pd.DataFrame:
    return flights(rows)[["carrier", "dep_time", "distance", "flight"]]


def held_out(table: TableFile, columns: Columns = COLUMNS) -> list[tuple[Any, ...]]:
    """The rows held out, sorted."""
    found = []
    for window in windows(table, columns):
        rows = window.table.take(window.held_out()).to_pylist()
        found += [(row["carrier"], row["dep_time"] or -1.0, row["distance"]) for row in rows]
    return sorted(found)


def test_each_row_is_either_learned_or_held_out(open_parquet: OpenParquet) -> None:
    for window in windows(open_parquet(departures()), COLUMNS):
        both = np.concatenate([window.to_learn, window.held_out()])
        assert sorted(both) == list(range(window.table.num_rows))


def test_about_the_part_that_was_asked_for_is_held_out(open_parquet: OpenParquet) -> None:
    assert len(held_out(open_parquet(departures()))) == pytest.approx(400, abs=60)


def test_neither_windows_nor_order_decide_what_is_held_out(
    open_parquet: OpenParquet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = held_out(open_parquet(departures()))
    monkeypatch.setattr(batches, "WINDOW_ROWS", 1001)
    assert held_out(open_parquet(departures().sample(frac=1.0, random_state=3))) == first


def test_csv_and_parquet_hold_out_the_same_rows(open_parquet: OpenParquet, open_csv: OpenCsv) -> None:
    text = departures().to_csv(index=False)
    assert held_out(open_csv(text)) == held_out(open_parquet(departures()))


def test_the_order_of_the_features_does_not_decide_what_is_held_out(open_parquet: OpenParquet) -> None:
    table = open_parquet(departures())
    assert held_out(table, replace(COLUMNS, features=FEATURES[::-1])) == held_out(table)


def test_equal_rows_are_on_the_same_side(open_parquet: OpenParquet) -> None:
    once, twice = departures(1000), pd.concat([departures(1000)] * 2)
    found = held_out(open_parquet(once))
    assert held_out(open_parquet(twice)) == sorted(found * 2)


def test_another_random_state_holds_out_other_rows(open_parquet: OpenParquet) -> None:
    table = open_parquet(departures())
    assert held_out(table, replace(COLUMNS, random_state=1)) != held_out(table)


def test_a_part_of_the_held_out_rows_is_among_them(open_parquet: OpenParquet) -> None:
    (window,) = windows(open_parquet(departures()), COLUMNS)
    some = window.held_out(0.05)
    assert set(some) < set(window.held_out())
    assert len(some) == pytest.approx(len(window.held_out()) / 4, abs=30)


def test_rows_without_a_target_are_counted_and_passed_over(open_parquet: OpenParquet) -> None:
    table = departures(1000).assign(distance=lambda frame: frame["distance"].where(frame.index % 4 > 0))
    (window,) = windows(open_parquet(table), COLUMNS)
    assert (window.table.num_rows, window.missing_target) == (750, 250)


def test_wide_tables_have_windows_of_fewer_rows() -> None:
    assert [rows_of_cells(2_000_000, columns, most=100_000) for columns in (5, 100, 50_000)] == [100_000, 20_000, 1_000]
