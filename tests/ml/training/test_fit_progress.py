"""How far fits and searches say that they are."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBRegressor

from catalog.ml.training.fit_progress import count_fits, count_rounds, fit_reporting
from catalog.ml.training.parameter_search import run_search
from catalog.ml.training.split_rules import make_folds

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame({"one": RANDOM.random(60), "two": RANDOM.random(60)})
TARGET = (FRAME["one"] > 0.5).to_numpy()
QUIET = {"verbose": False, "allow_writing_files": False}


@pytest.mark.parametrize(
    "final",
    [LGBMRegressor(n_estimators=4, verbose=-1), XGBRegressor(n_estimators=4), CatBoostRegressor(iterations=4, **QUIET)],
    ids=["lightgbm", "xgboost", "catboost"],
)
@pytest.mark.parametrize("is_alone", [True, False])
def test_each_round_of_boosting_is_reported_and_no_callback_stays(final: Any, is_alone: bool) -> None:
    estimator = final if is_alone else make_pipeline(StandardScaler(), final)
    rounds: list[int] = []
    before = final.get_params()
    fit_reporting(estimator, FRAME, TARGET.astype(float), rounds.append)
    assert sum(rounds) == count_rounds(estimator) == 4
    assert final.get_params() == before
    assert len(estimator.predict(FRAME)) == 60


def test_scikit_learn_reports_iterations_where_it_has_callbacks() -> None:
    estimator, rounds = make_pipeline(StandardScaler(), LogisticRegression(max_iter=50)), []
    fit_reporting(estimator, FRAME, TARGET, rounds.append)
    assert 0 < sum(rounds) <= (count_rounds(estimator) or 0)
    assert not [name for name in vars(estimator[-1]) if "callbacks" in name]


def test_an_estimator_that_tells_nothing_is_fitted_all_the_same() -> None:
    estimator, rounds = make_pipeline(LinearRegression()), []
    fit_reporting(estimator, FRAME, TARGET, rounds.append)
    assert (rounds, count_rounds(estimator)) == ([], None)


@pytest.mark.parametrize("method", ["grid", "random", "halving"])
def test_a_search_reports_each_fit(method: str) -> None:
    fits: list[int] = []
    space = {"C": [0.1, 1.0, 10.0]}
    options: dict[str, Any] = {"metric": "accuracy", "task": "classification", "prefix": "", "random_state": 0}
    run_search(
        LogisticRegression(), FRAME, TARGET, method=method, space=space, iterations=2, on_fit=fits.append,
        folds=make_folds("classification", 2, 0), **options,
    )  # fmt: skip
    expected = count_fits(space, method=method, folds=2, iterations=2)
    assert expected == {"grid": 7, "random": 5, "halving": None}[method]
    assert sum(fits) == expected or method == "halving"
    assert fits
