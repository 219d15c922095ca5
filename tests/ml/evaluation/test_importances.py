from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from catalog.ml.evaluation.importances import IMPORTANCE_REPEATS, IMPORTANCE_ROWS, Importances, measure_importances


def regression() -> tuple[Ridge, pd.DataFrame, np.ndarray]:
    frame, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    return Ridge().fit(frame, target), frame, target.to_numpy()


def wide(columns: int, rows: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    """Of which the last column alone tells the target."""
    frame = pd.DataFrame(np.random.default_rng(0).random((rows, columns))).rename(columns=lambda name: f"x{name}")
    return frame, frame.iloc[:, -1].to_numpy()


class Ticking:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self) -> None:
        self.seconds: Iterator[int] = iter(range(10**6))

    def __call__(self) -> float:
        return float(next(self.seconds))


class ValueCounts(DummyRegressor):
    asked: ClassVar[list[int]] = []

    def predict(self, frame: pd.DataFrame) -> Any:
        self.asked.append(len(frame))
        return super().predict(frame)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of each call of a ValueCounts estimator."""
    calls: list[int] = []
    monkeypatch.setattr(ValueCounts, "asked", calls)
    return calls


def measured(estimator: Any, frame: pd.DataFrame, target: np.ndarray, **options: Any) -> Importances:
    return measure_importances(
        estimator, frame, target, **{"task": "regression", "metric": "r2", "random_state": 0, "seconds": 60, **options}
    )


def test_rows_that_weigh_nothing_make_no_column_important() -> None:
    frame = pd.DataFrame({"a": np.tile([0.0, 1.0], 50), "b": np.arange(100.0)})
    target = frame["a"].to_numpy() + (frame["b"] > 50) * frame["b"]
    estimator = LinearRegression().fit(frame, target)
    weights = (frame["b"] <= 50).to_numpy() * 1.0
    asked: Any = {"metric": "mean_absolute_error"}
    plain, weighed = (measured(estimator, frame, target, weights=own, **asked).records for own in (None, weights))
    assert [record["mean"] for record in plain] != [record["mean"] for record in weighed]


def test_every_column_is_named_the_largest_first() -> None:
    estimator, frame, target = regression()
    records = measured(estimator, frame, target).records
    assert {record["feature"] for record in records} == set(frame.columns)
    assert [record["mean"] for record in records] == sorted((record["mean"] for record in records), reverse=True)
    assert {"bmi", "s5"} <= {record["feature"] for record in records[:4]}


def test_they_are_about_those_of_scikit_learn() -> None:
    estimator, frame, target = regression()
    expected = permutation_importance(estimator, frame, target, n_repeats=30, random_state=0, scoring="r2")
    records = {record["feature"]: record["mean"] for record in measured(estimator, frame, target).records}
    assert [records[name] for name in frame.columns] == pytest.approx(expected.importances_mean, abs=0.05)


def test_they_are_the_same_for_the_same_random_state() -> None:
    estimator, frame, target = regression()
    first, second, third = (measured(estimator, frame, target, random_state=state) for state in (3, 3, 4))
    assert first == second != third


def test_the_frame_is_left_as_it_was() -> None:
    estimator, frame, target = regression()
    before = frame.copy()
    measured(estimator, frame, target)
    pd.testing.assert_frame_equal(frame, before)


def test_each_column_is_shuffled_thrice_while_time_lasts(asked: list[int]) -> None:
    frame, target = wide(10)
    importances = measured(ValueCounts().fit(frame, target), frame, target, seconds=1e9)
    assert len(asked) == 1 + 10 * IMPORTANCE_REPEATS
    assert (len(importances.records), importances.sampled) == (10, None)


def test_no_more_columns_are_shuffled_when_time_is_spent(asked: list[int]) -> None:
    frame, target = wide(5_000)
    importances = measured(ValueCounts().fit(frame, target), frame, target, seconds=40, clock=Ticking())
    assert len(asked) == 41
    assert importances.sampled == {"measured": 40, "columns": 5_000}
    assert len({record["feature"] for record in importances.records}) == 40


def test_time_that_lasts_for_each_column_once_is_no_sample(asked: list[int]) -> None:
    frame, target = wide(10)
    importances = measured(ValueCounts().fit(frame, target), frame, target, seconds=12, clock=Ticking())
    assert (len(asked), importances.sampled) == (13, None)


def test_at_most_a_thousand_rows_are_scored(asked: list[int]) -> None:
    frame, target = wide(2, rows=3_000)
    measured(ValueCounts().fit(frame, target), frame, target)
    assert set(asked) == {IMPORTANCE_ROWS}


@pytest.mark.parametrize("estimator", [DecisionTreeRegressor(max_depth=2), LinearRegression()])
def test_the_columns_that_the_estimator_holds_for_important_come_first(estimator: Any) -> None:
    frame, target = wide(40)
    piped = make_pipeline(make_column_transformer(("passthrough", list(frame.columns))), estimator)
    for fitted in (clone(estimator).fit(frame, target), piped.fit(frame, target)):
        importances = measured(fitted, frame, target, seconds=2, clock=Ticking())
        assert "x39" in {record["feature"] for record in importances.records}


def test_a_column_that_became_several_is_one() -> None:
    frame, _ = wide(20, rows=300)
    frame["port_of_call"] = pd.Categorical(np.resize(["Bergen", "Oslo_S", "Moss"], 300))
    target = (frame["port_of_call"] == "Oslo_S").to_numpy(dtype=float)
    columns = make_column_transformer((OneHotEncoder(), ["port_of_call"]), remainder="passthrough")
    fitted = make_pipeline(columns, DecisionTreeRegressor(max_depth=1)).fit(frame, target)
    [record] = measured(fitted, frame, target, seconds=1, clock=Ticking()).records
    assert record["feature"] == "port_of_call"
