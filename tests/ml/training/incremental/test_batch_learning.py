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
from catalog.ml.training.estimators import make_estimator
from catalog.ml.training.incremental import batches, held_out_batches
from catalog.ml.training.incremental.batch_learning import BatchLearner, check_incremental, incremental_estimators
from catalog.ml.training.incremental.batches import ExampleColumns, read_batches
from catalog.ml.training.incremental.held_out_batches import HeldOutBatches
from catalog.ml.training.incremental.table_statistics import TableStatistics
from tests.factories import flights

FEATURES = [
    Feature("carrier", ColumnType.STRING),
    Feature("tailnum", ColumnType.STRING),
    Feature("dep_time", ColumnType.NUMBER),
    Feature("distance", ColumnType.NUMBER),
]
COMBINATIONS = [(name, task) for task in ("classification", "regression") for name in incremental_estimators(task)]
OpenParquet = Callable[[pd.DataFrame], TableFile]
LearnedInBatches = tuple[TableStatistics, BatchLearner, HeldOutBatches]


def make_incremental(name: str, task: str, params: dict[str, Any], random_state: int = 0) -> Any:
    made = make_estimator(name, task, params, random_state=random_state, with_defaults=False)
    check_incremental(made, name, task)
    return made


@pytest.fixture
def learned(open_parquet: OpenParquet) -> Callable[..., LearnedInBatches]:
    """The pipeline that learned 1,000 flights in one pass, and its measure."""

    def learn(name: str, task: str) -> LearnedInBatches:
        target = ("origin", ColumnType.STRING) if task == "classification" else ("air_time", ColumnType.NUMBER)
        columns = ExampleColumns(FEATURES, *target, task, test_size=0.2, random_state=0)
        table, seen = open_parquet(flights(1000)), TableStatistics(columns)
        for batch in read_batches(table, columns):
            seen.add(batch)
        learner = BatchLearner(make_incremental(name, task, {}), name, seen)
        for batch in read_batches(table, columns):
            learner.learn(batch)
        held_out = HeldOutBatches(learner.pipeline, seen)
        for batch in read_batches(table, columns):
            held_out.add(batch)
        return seen, learner, held_out

    return learn


def test_the_table_names_what_learns_in_batches() -> None:
    assert incremental_estimators("classification") == ["mlp", "naive_bayes", "sgd"]
    assert incremental_estimators("regression") == ["mlp", "sgd"]


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_every_such_estimator_learns_a_mixed_table_and_predicts_unseen_rows(
    learned: Callable[..., LearnedInBatches], name: str, task: str
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


def test_every_held_out_row_is_measured(learned: Callable[..., LearnedInBatches]) -> None:
    seen, _, held_out = learned("naive_bayes", "classification")
    result, rows = held_out.result, seen.rows.test
    assert result.scores is not None
    assert (len(result.truth), result.scores.shape) == (rows, (rows, 3))


def test_of_too_many_held_out_rows_some_are_measured(
    learned: Callable[..., LearnedInBatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LEAST_ROWS", 10)
    monkeypatch.setattr(held_out_batches, "MEASURED_CELLS", 500)
    assert len(learned("sgd", "classification")[2].result.truth) == pytest.approx(100, abs=30)


def test_one_row_is_measured_at_least(
    learned: Callable[..., LearnedInBatches], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LEAST_ROWS", 0)
    monkeypatch.setattr(held_out_batches, "MEASURED_CELLS", 0)
    assert len(learned("naive_bayes", "classification")[2].result.truth) == 1


def test_the_sample_is_of_rows_that_were_held_out(learned: Callable[..., LearnedInBatches]) -> None:
    seen, _, held_out = learned("sgd", "classification")
    frame, truth = held_out.sampled
    assert len(frame) == len(truth) == seen.rows.test
    assert sorted(truth) == sorted(held_out.result.truth)


@pytest.mark.parametrize(
    ("estimator", "params", "message"),
    [
        (
            "ridge",
            {},
            r"`incremental`: ridge has no partial_fit, .* Use mlp or naive_bayes or sgd, or a class that has it",
        ),
        ("mlp", {"solver": "lbfgs"}, "`incremental`: mlp has no partial_fit with these parameters"),
        (
            "sgd",
            {"early_stopping": True},
            "`incremental`: sgd can't learn in batches so: early_stopping should be False",
        ),
        ("sgd", {"class_weight": "balanced"}, "`incremental`: sgd can't learn in batches so: class_weight 'balanced'"),
    ],
)
def test_what_can_not_learn_in_batches_is_refused(estimator: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        make_incremental(estimator, "classification", params)


def test_the_estimator_that_is_tried_is_not_the_one_that_learns() -> None:
    made = make_incremental("sgd", "classification", {}, random_state=5)
    assert isinstance(made, SGDClassifier)
    assert (made.random_state, hasattr(made, "coef_")) == (5, False)
