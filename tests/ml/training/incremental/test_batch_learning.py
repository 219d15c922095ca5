from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import SGDClassifier

from catalog.exceptions import InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.incremental import batch_learning, batches
from catalog.ml.training.incremental.batch_learning import (
    BatchLearner,
    Measured,
    build_incremental,
    incremental_estimators,
)
from catalog.ml.training.incremental.batches import Columns, windows
from catalog.ml.training.incremental.feature_statistics import FirstPass
from tests.factories import flights

FEATURES = [
    Feature("carrier", ColumnType.STRING),
    Feature("tailnum", ColumnType.STRING),
    Feature("dep_time", ColumnType.NUMBER),
    Feature("distance", ColumnType.NUMBER),
]
COMBINATIONS = [(name, task) for task in ("classification", "regression") for name in incremental_estimators(task)]
OpenParquet = Callable[[pd.DataFrame], TableFile]
Learned = tuple[FirstPass, BatchLearner, Measured]


@pytest.fixture
def learned(open_parquet: OpenParquet) -> Callable[..., Learned]:
    """The pipeline that learned 1,000 flights in one pass, and its measure."""

    def learn(name: str, task: str) -> Learned:
        target = ("origin", ColumnType.STRING) if task == "classification" else ("air_time", ColumnType.NUMBER)
        columns = Columns(FEATURES, *target, task, test_size=0.2, random_state=0)
        table, seen = open_parquet(flights(1000)), FirstPass(columns)
        for window in windows(table, columns):
            seen.add(window)
        learner = BatchLearner(build_incremental(name, task, {}, 0), name, seen)
        for window in windows(table, columns):
            learner.learn(window)
        measured = Measured(learner.pipeline, seen)
        for window in windows(table, columns):
            measured.add(window)
        return seen, learner, measured

    return learn


def test_the_table_names_what_learns_in_batches() -> None:
    assert incremental_estimators("classification") == ["mlp", "naive_bayes", "sgd"]
    assert incremental_estimators("regression") == ["mlp", "sgd"]


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_every_such_estimator_learns_a_mixed_table_and_predicts_unseen_rows(
    learned: Callable[..., Learned], name: str, task: str
) -> None:
    unseen = pd.DataFrame(
        {
            "carrier": pd.Categorical(["ZZ", None]),
            "tailnum": pd.Categorical(["N0", None]),
            "dep_time": [1.0, None],
            "distance": [None, 500.0],
        }
    )
    predicted = learned(name, task)[1].pipeline.predict(unseen)
    assert len(predicted) == 2
    assert set(predicted) <= {"EWR", "JFK", "LGA"} if task == "classification" else np.isfinite(predicted).all()


def test_every_held_out_row_is_measured(learned: Callable[..., Learned]) -> None:
    seen, _, measured = learned("naive_bayes", "classification")
    result, rows = measured.result, seen.rows["test"]
    assert result.scores is not None
    assert (len(result.truth), result.scores.shape) == (rows, (rows, 3))


def test_of_too_many_held_out_rows_a_part_is_measured(
    learned: Callable[..., Learned], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LEAST_ROWS", 10)
    monkeypatch.setattr(batch_learning, "MEASURED_CELLS", 500)
    assert len(learned("sgd", "classification")[2].result.truth) == pytest.approx(100, abs=30)


def test_one_row_is_measured_at_least(learned: Callable[..., Learned], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LEAST_ROWS", 0)
    monkeypatch.setattr(batch_learning, "MEASURED_CELLS", 0)
    assert len(learned("naive_bayes", "classification")[2].result.truth) == 1


def test_the_sample_is_of_rows_that_were_held_out(learned: Callable[..., Learned]) -> None:
    seen, _, measured = learned("sgd", "classification")
    frame, truth = measured.sampled
    assert len(frame) == len(truth) == seen.rows["test"]
    assert sorted(truth) == sorted(measured.result.truth)


@pytest.mark.parametrize(
    ("estimator", "params", "message"),
    [
        (
            "ridge",
            {},
            r"--incremental: ridge has no partial_fit, .* Use mlp or naive_bayes or sgd, or a class that has it",
        ),
        ("mlp", {"solver": "lbfgs"}, "--incremental: mlp has no partial_fit with these parameters"),
        (
            "sgd",
            {"early_stopping": True},
            "--incremental: sgd can't learn in batches so: early_stopping should be False",
        ),
        ("sgd", {"class_weight": "balanced"}, "--incremental: sgd can't learn in batches so: class_weight 'balanced'"),
        ("sgd", {"alpha": "high"}, "--incremental: sgd can't learn in batches so: The 'alpha' parameter"),
    ],
)
def test_what_can_not_learn_in_batches_is_refused(estimator: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        build_incremental(estimator, "classification", params, 0)


def test_the_estimator_that_is_tried_is_not_the_one_that_learns() -> None:
    made = build_incremental("sgd", "classification", {}, 5)
    assert isinstance(made, SGDClassifier)
    assert (made.random_state, hasattr(made, "coef_")) == (5, False)
