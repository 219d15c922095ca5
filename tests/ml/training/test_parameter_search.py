import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from catalog.exceptions import InvalidRequest
from catalog.ml.training.parameter_search import parse_space, run_search
from catalog.ml.training.split_rules import make_folds

SPACES: dict[str, dict[str, Any]] = {
    "grid": {"max_depth": [1, 3, None]},
    "random": {"max_depth": [1, 2, 3, 4], "ccp_alpha": {"loguniform": [1e-4, 1e-1]}},
    "halving": {"max_depth": [1, 2, 3, 4], "min_samples_leaf": {"randint": [1, 10]}},
}


def searched(method: str, task: str = "classification", **options: Any) -> tuple[Any, dict[str, Any]]:
    load = datasets.load_wine if task == "classification" else datasets.load_diabetes
    frame, target = load(return_X_y=True, as_frame=True)
    estimator = (
        DecisionTreeClassifier(random_state=0) if task == "classification" else DecisionTreeRegressor(random_state=0)
    )
    given = {
        "metric": "balanced_accuracy",
        "folds": make_folds(task, 3, 0),
        "prefix": "",
        "iterations": 4,
        "random_state": 0,
        **options,
    }
    return run_search(
        estimator,
        frame,
        target.to_numpy(),
        method=method,
        space=parse_space(SPACES[method], method),
        task=task,
        **given,
    )


@pytest.mark.parametrize("method", sorted(SPACES))
def test_the_best_estimator_is_fitted_with_the_best_parameters(method: str) -> None:
    estimator, found = searched(method)
    assert {name: estimator.get_params()[name] for name in found["best_params"]} == found["best_params"]
    frame: pd.DataFrame = datasets.load_wine(as_frame=True).data
    assert len(estimator.predict(frame)) == 178


@pytest.mark.parametrize("method", sorted(SPACES))
def test_what_was_tried_is_listed_and_is_json(method: str) -> None:
    _, found = searched(method)
    json.dumps(found, allow_nan=False)
    assert (found["method"], found["metric"]) == (method, "balanced_accuracy")
    assert found["candidates"] == len(found["tried"]) > 0


@pytest.mark.parametrize("method", ["grid", "random"])
def test_the_best_is_listed_first(method: str) -> None:
    _, found = searched(method)
    assert found["tried"][0]["params"] == found["best_params"]
    assert found["tried"][0]["mean"] == max(candidate["mean"] for candidate in found["tried"])


def test_a_metric_where_lower_is_better_is_listed_as_itself() -> None:
    _, found = searched("grid", "regression", metric="mean_absolute_error")
    means = [candidate["mean"] for candidate in found["tried"]]
    assert means == sorted(means)
    assert means[0] > 0


@pytest.mark.parametrize("method", sorted(SPACES))
def test_the_same_random_state_finds_the_same(method: str) -> None:
    assert searched(method)[1] == searched(method)[1]


def test_candidates_are_judged_by_the_rows_that_weigh() -> None:
    """The rarer of two answers is the best one where its rows alone weigh something."""
    frame = pd.DataFrame({"a": np.arange(60.0)}, index=np.arange(60) + 100)
    target = np.arange(60) % 3 // 2
    weights = pd.Series(np.where(target == 1, 1.0, 0.0), index=frame.index)
    asked: Any = {"task": "classification", "metric": "accuracy", "folds": make_folds("classification", 3, 0)}
    asked |= {"method": "grid", "space": {"constant": [0, 1]}, "prefix": "", "iterations": 2, "random_state": 0}
    constant = DummyClassifier(strategy="constant", constant=0)
    best = [run_search(constant, frame, target, weights=own, **asked)[1]["best_params"] for own in (None, weights)]
    assert best == [{"constant": 0}, {"constant": 1}]


BAD: dict[str, tuple[Any, str, str]] = {
    "a list": ([1], "grid", "The search space must be a JSON object such as"),
    "nothing": ({}, "grid", "The search space must be a JSON object such as"),
    "an empty list": (
        {"a": []},
        "grid",
        "The search space of 'a' must be a list of values or one of uniform, loguniform",
    ),
    "a number": ({"a": 3}, "random", "The search space of 'a' must be a list of values or one of"),
    "an unknown distribution": (
        {"a": {"normal": [0, 1]}},
        "random",
        "The search space of 'a' must be a list of values",
    ),
    "two distributions": (
        {"a": {"uniform": [0, 1], "randint": [0, 1]}},
        "random",
        "The search space of 'a' must be a list of values or one of",
    ),
    "a distribution in a grid": (
        {"a": {"uniform": [0, 1]}},
        "grid",
        "The search space of 'a' must be a list: `search` grid",
    ),
    "bounds the wrong way": (
        {"a": {"uniform": [1, 0]}},
        "random",
        "The search space of 'a' must give uniform as [low, high]",
    ),
    "one bound": ({"a": {"uniform": [1]}}, "random", "The search space of 'a' must give uniform as [low, high]"),
    "text as bounds": (
        {"a": {"uniform": ["0", 1]}},
        "random",
        "The search space of 'a' must give uniform as [low, high]",
    ),
    "a logarithm of zero": ({"a": {"loguniform": [0, 1]}}, "random", "The search space of 'a' must give loguniform as"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_space_is_refused(case: str) -> None:
    values, method, message = BAD[case]
    with pytest.raises(InvalidRequest) as caught:
        parse_space(values, method)
    assert str(caught.value).startswith(message)


def test_uniform_is_between_its_bounds() -> None:
    drawn = parse_space({"a": {"uniform": [2, 3]}}, "random")["a"].rvs(1000, random_state=0)
    assert 2 <= drawn.min() < drawn.max() <= 3
