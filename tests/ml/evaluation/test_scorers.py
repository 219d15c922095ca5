"""Scorers of scikit-learn give of stored predictions what they give of the estimator itself."""

from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.exceptions import InvalidRequest
from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.ml.evaluation.metrics import measure, predict_held_out
from catalog.ml.evaluation.paired_bootstrap import compare
from catalog.ml.evaluation.scorers import check_metric, scorer_name


def tumours() -> Any:
    data = datasets.load_breast_cancer(as_frame=True)
    return data.data.iloc[:, :4], data.target.to_numpy()


def wines() -> Any:
    data = datasets.load_wine(as_frame=True)
    return data.data, data.target.to_numpy()


def diabetes() -> Any:
    data = datasets.load_diabetes(as_frame=True)
    return data.data, data.target.to_numpy()


def scaled(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), estimator)


CASES = [
    ("neg_brier_score", LogisticRegression(), tumours), ("f1", LogisticRegression(), tumours),
    ("matthews_corrcoef", RidgeClassifier(), tumours), ("roc_auc_ovr", LogisticRegression(), wines),
    ("recall_macro", RidgeClassifier(), wines), ("neg_mean_absolute_percentage_error", Ridge(), diabetes),
    ("d2_absolute_error_score", Ridge(), diabetes),
]  # fmt: skip


@pytest.mark.parametrize(("name", "estimator", "load"), CASES)
def test_a_scorer_gives_what_it_gives_of_the_estimator(name: str, estimator: Any, load: Any) -> None:
    frame, target = load()
    fitted = scaled(estimator).fit(frame[::2], target[::2])
    task = "regression" if load is diabetes else "classification"
    check_metric(name, task)
    result = predict_held_out(fitted, frame[1::2], target[1::2], task=task, metric=name)
    assert measure(result)[name] == pytest.approx(get_scorer(name)(fitted, frame[1::2], target[1::2]))
    assert higher_is_better(name)


def test_of_labels_that_are_text_the_second_is_the_positive_one() -> None:
    frame, target = tumours()
    fitted = scaled(LogisticRegression()).fit(frame, np.where(target == 1, "yes", "no").astype(object))
    expected = get_scorer("precision")(scaled(LogisticRegression()).fit(frame, target), frame, target)
    truth = np.where(target == 1, "yes", "no").astype(object)
    result = predict_held_out(fitted, frame, truth, task="classification", metric="precision")
    assert measure(result)["precision"] == pytest.approx(expected)


def test_a_difference_by_a_scorer_has_its_interval() -> None:
    frame, target = diabetes()
    name = "neg_mean_absolute_percentage_error"
    results = [
        predict_held_out(
            estimator.fit(frame[::2], target[::2]), frame[1::2], target[1::2], task="regression", metric=name
        )
        for estimator in (Ridge(), Ridge(alpha=100))
    ]
    [difference] = compare(*results, metrics=[name])
    assert difference.low < difference.value < difference.high
    assert str(difference.verdict) == "better"


@pytest.mark.parametrize(
    ("name", "task"),
    [("f2", "classification"), ("r2", "classification"), ("roc_auc", "regression"), ("neg_brier_score", "regression")],
)  # fmt: skip
def test_what_measures_no_such_prediction_is_refused(name: str, task: str) -> None:
    with pytest.raises(InvalidRequest, match=f"`metric` '?{name}"):
        check_metric(name, task)


def test_a_scorer_that_takes_no_weights_does_not_judge_rows_that_weigh() -> None:
    check_metric("neg_max_error", "regression")
    with pytest.raises(InvalidRequest, match="`sample_weight`: the metric neg_max_error takes no weights of rows"):
        check_metric("neg_max_error", "regression", is_weighed=True)


def test_metrics_of_the_catalog_are_no_scorers() -> None:
    assert [scorer_name(name) for name in ("roc_auc", "mae", "f1")] == ["", "", "f1"]
