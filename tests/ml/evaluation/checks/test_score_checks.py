"""Each check of scores on real data that must fire it, and on real data that must not."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from catalog.ml.evaluation.checks.score_checks import check_scores
from catalog.ml.evaluation.metric_names import PRIMARY_METRIC, metric_records
from catalog.ml.evaluation.metrics import (
    cross_validate_metrics,
    measure,
    predict_baseline,
    predict_held_out,
)
from catalog.ml.training.split_rules import make_folds
from tests.flights import all_flights

Data = tuple[pd.DataFrame, np.ndarray, str]


def classes(load: Any) -> Data:
    data = load(as_frame=True)
    return data.data, data.target.to_numpy(), "classification"


def diabetes() -> Data:
    data = datasets.load_diabetes(as_frame=True)
    return data.data, data.target.to_numpy(), "regression"


def carriers() -> Data:
    """Of 600 flights: of OO and HA there are next to none."""
    table = all_flights().dropna().iloc[::545].head(600)
    return table[["distance", "air_time", "dep_delay"]], table["carrier"].to_numpy(dtype=object), "classification"


def logistic() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))


def fired(estimator: Any, data: Data, folds: int = 0) -> list[str]:
    """The codes that fire for the estimator, trained on four fifths of the rows."""
    frame, target, task = data
    train, test, truth, held_out_truth = train_test_split(frame, target, test_size=0.2, random_state=0)
    splitter = make_folds(task, folds, 0) if folds else None
    of_folds = cross_validate_metrics(estimator, train, truth, task=task, splitter=splitter) if splitter else {}
    estimator.fit(train, truth)
    held_out = predict_held_out(estimator, test, held_out_truth, task=task)
    baseline = predict_baseline(task, truth, held_out_truth)
    training = measure(predict_held_out(estimator, train, truth, task=task))
    records = metric_records(measure(held_out), measure(baseline), of_folds, training)
    return [check.code for check in check_scores(PRIMARY_METRIC[task], records, held_out, baseline)]


@pytest.mark.parametrize("load", [datasets.load_breast_cancer, datasets.load_iris, datasets.load_wine])
def test_a_sound_classifier_fires_nothing(load: Any) -> None:
    assert fired(logistic(), classes(load), folds=3) == []


def test_a_sound_regressor_fires_nothing() -> None:
    assert fired(Ridge(), diabetes(), folds=3) == []


def test_a_model_that_answers_alike_is_no_better_than_the_baseline() -> None:
    assert "below_baseline" in fired(DummyClassifier(), classes(datasets.load_breast_cancer))


def test_a_model_that_is_worse_than_the_mean_is_under_the_baseline_and_has_learned_by_heart() -> None:
    assert fired(DecisionTreeRegressor(random_state=0), diabetes()) == ["below_baseline", "overfitted"]


def test_folds_of_nine_rows_disagree() -> None:
    assert fired(Ridge(), diabetes(), folds=40) == ["folds_disagree"]


def test_classes_of_next_to_no_rows_are_named() -> None:
    frame, target, task = carriers()
    assert "few_rows_of_class" in fired(logistic(), (frame, target, task))


def test_naive_bayes_is_too_sure_of_digits() -> None:
    assert fired(GaussianNB(), classes(datasets.load_digits)) == ["uncalibrated"]


def test_logistic_regression_is_calibrated_on_digits() -> None:
    assert fired(logistic(), classes(datasets.load_digits)) == []
