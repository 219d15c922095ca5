from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets, metrics
from sklearn.base import BaseEstimator, ClassifierMixin, is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.ml.evaluation import metrics as catalog_metrics
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metric_names import HIGHER_IS_BETTER, PINBALL, metric_records
from catalog.ml.evaluation.metrics import (
    cross_validate_metrics,
    measure,
    predict_baseline,
    predict_held_out,
)
from catalog.ml.training.split_rules import make_folds


def binary() -> tuple[pd.DataFrame, np.ndarray]:
    frame, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    return frame, np.where(target == 1, "benign", "malignant").astype(object)


def multiclass() -> tuple[pd.DataFrame, np.ndarray]:
    frame, target = datasets.load_wine(return_X_y=True, as_frame=True)
    return frame, target.to_numpy()


def diabetes() -> tuple[pd.DataFrame, np.ndarray]:
    frame, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    return frame, target.to_numpy()


def evaluated(
    estimator: Any, data: tuple[pd.DataFrame, np.ndarray]
) -> tuple[Any, pd.DataFrame, np.ndarray, dict[str, float]]:
    """Fitted on every second row, measured on the others."""
    frame, target = data
    estimator.fit(frame[::2], target[::2])
    test, truth = frame[1::2], target[1::2]
    task = "classification" if is_classifier(estimator) else "regression"
    return estimator, test, truth, measure(predict_held_out(estimator, test, truth, task=task))


def scaled(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), estimator)


def test_binary_metrics_are_those_of_scikit_learn() -> None:
    estimator, test, truth, found = evaluated(scaled(LogisticRegression()), binary())
    predicted, probability = estimator.predict(test), estimator.predict_proba(test)
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(truth, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
            "f1_macro": metrics.f1_score(truth, predicted, average="macro"),
            "roc_auc": metrics.roc_auc_score(truth, probability[:, 1]),
            "average_precision": metrics.average_precision_score(truth, probability[:, 1], pos_label="malignant"),
            "log_loss": metrics.log_loss(truth, probability),
        },
        rel=1e-12,
    )


def test_multiclass_metrics_are_those_of_scikit_learn() -> None:
    estimator, test, truth, found = evaluated(scaled(LogisticRegression()), multiclass())
    predicted, probability = estimator.predict(test), estimator.predict_proba(test)
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(truth, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
            "f1_macro": metrics.f1_score(truth, predicted, average="macro"),
            "roc_auc": metrics.roc_auc_score(truth, probability, multi_class="ovr"),
            "average_precision": metrics.average_precision_score(truth, probability),
            "log_loss": metrics.log_loss(truth, probability),
        },
        rel=1e-12,
    )


def test_regression_metrics_are_those_of_scikit_learn() -> None:
    estimator, test, truth, found = evaluated(Ridge(), diabetes())
    predicted = estimator.predict(test)
    assert found == {
        "r2": metrics.r2_score(truth, predicted),
        "mean_absolute_error": metrics.mean_absolute_error(truth, predicted),
        "root_mean_squared_error": metrics.root_mean_squared_error(truth, predicted),
        "median_absolute_error": metrics.median_absolute_error(truth, predicted),
    }


@pytest.mark.parametrize("data", [binary, multiclass])
def test_a_decision_function_ranks_but_has_no_log_loss(data: Any) -> None:
    estimator, test, truth, found = evaluated(scaled(RidgeClassifier()), data())
    scores = estimator.decision_function(test)
    if scores.ndim == 1:
        assert found["roc_auc"] == metrics.roc_auc_score(truth, scores)
    assert "roc_auc" in found
    assert "log_loss" not in found


class OnlyPredicts(ClassifierMixin, BaseEstimator):
    """A classifier without scores."""

    def fit(self, frame: pd.DataFrame, target: np.ndarray) -> Any:
        self.classes_ = np.unique(target)
        return self

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.full(len(frame), self.classes_[0], dtype=object)


def test_an_estimator_without_scores_has_the_metrics_of_labels() -> None:
    *_, found = evaluated(OnlyPredicts(), binary())
    assert set(found) == {"accuracy", "balanced_accuracy", "f1_macro"}


def test_rows_without_one_of_the_classes_have_the_metrics_of_labels() -> None:
    frame, target = multiclass()
    estimator = scaled(LogisticRegression()).fit(frame, target)
    some = target != 2
    found = measure(predict_held_out(estimator, frame[some], target[some], task="classification"))
    assert set(found) == {"accuracy", "balanced_accuracy", "f1_macro"}


def test_predicting_in_batches_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, target = binary()
    estimator = scaled(LogisticRegression()).fit(frame, target)
    whole = predict_held_out(estimator, frame, target, task="classification")
    monkeypatch.setattr(catalog_metrics, "FEW_ROWS", 0)
    monkeypatch.setattr(catalog_metrics, "batch_rows", lambda *given: 100)
    sliced = predict_held_out(estimator, frame, target, task="classification")
    assert (sliced.predicted == whole.predicted).all()
    np.testing.assert_allclose(sliced.scores, whole.scores, rtol=1e-12)


def test_the_baseline_of_classes_is_their_frequencies() -> None:
    _, target = binary()
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((285, 1)), target[::2])
    probability = dummy.predict_proba(np.zeros((284, 1)))
    found = measure(predict_baseline("classification", target[::2], target[1::2]))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(target[1::2], probability))
    assert (found["roc_auc"], found["balanced_accuracy"]) == (0.5, 0.5)


def test_the_baseline_of_numbers_is_their_mean() -> None:
    _, target = diabetes()
    dummy = DummyRegressor().fit(np.zeros((221, 1)), target[::2])
    expected = metrics.mean_absolute_error(target[1::2], dummy.predict(np.zeros((221, 1))))
    found = measure(predict_baseline("regression", target[::2], target[1::2]))
    assert found["mean_absolute_error"] == expected


@pytest.mark.parametrize("name", sorted(HIGHER_IS_BETTER.keys() - {PINBALL, "silhouette", "outlier_share"}))
def test_the_direction_of_each_metric_is_right(name: str) -> None:
    """The truth beats the baseline in its direction."""
    frame, target = binary() if name in evaluated(scaled(LogisticRegression()), binary())[-1] else diabetes()
    estimator = scaled(LogisticRegression() if target.dtype == object else Ridge())
    *_, found = evaluated(estimator, (frame, target))
    task = "classification" if target.dtype == object else "regression"
    poor = measure(predict_baseline(task, target[::2], target[1::2]))
    assert (found[name] > poor[name]) is HIGHER_IS_BETTER[name]


def test_a_version_records_value_baseline_and_direction() -> None:
    folds = {"mean": 0.4, "standard_deviation": 0.1}
    assert metric_records({"r2": 0.5}, {"r2": 0.0}, {"r2": folds}, {"r2": 0.9}) == {
        "r2": {"value": 0.5, "baseline": 0.0, "training": 0.9, "higher_is_better": True, **folds}
    }


def test_folds_give_the_mean_and_deviation_of_scikit_learn() -> None:
    frame, target = binary()
    splitter, estimator = make_folds("classification", 4, 0), scaled(LogisticRegression())
    found = cross_validate_metrics(estimator, frame, target, task="classification", splitter=splitter)["accuracy"]
    expected = cross_val_score(estimator, frame, target, cv=splitter, scoring="accuracy")
    assert found == pytest.approx({"mean": expected.mean(), "standard_deviation": expected.std()})


def test_folds_that_lack_a_class_give_the_metrics_that_all_folds_have() -> None:
    frame, target = multiclass()
    rare = np.concatenate([np.flatnonzero(target != 2), np.flatnonzero(target == 2)[:3]])
    splitter = make_folds("regression", 5, 0)
    found = cross_validate_metrics(
        DummyClassifier(), frame.iloc[rare], target[rare], task="classification", splitter=splitter
    )
    assert {"accuracy", "balanced_accuracy", "f1_macro"} <= set(found)


def test_a_metric_that_is_not_finite_is_left_out() -> None:
    with pytest.warns(UndefinedMetricWarning):
        assert "r2" not in measure(HeldOut(np.array([1.0]), np.array([1.0])))


WEIGHED: dict[str, HeldOut] = {
    "two classes": HeldOut(
        np.array([0, 1, 1, 0, 1, 0]), np.array([0, 1, 0, 0, 1, 1]), np.array([0, 1]),
        np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]), are_probabilities=True,
        scorer="matthews_corrcoef",
    ),
    "three classes": HeldOut(
        np.array([0, 1, 2, 0, 1, 2]), np.array([0, 1, 1, 0, 2, 2]), np.arange(3),
        np.array([[8, 1, 1], [2, 7, 1], [1, 6, 3], [7, 2, 1], [1, 3, 6], [1, 1, 8]]) / 10, are_probabilities=True,
    ),
    "numbers": HeldOut(np.arange(6.0), np.array([0.5, 1, 3, 2.5, 4, 7]), scorer="neg_mean_absolute_percentage_error"),
    "a quantile": HeldOut(np.arange(6.0), np.array([0.5, 1, 3, 2.5, 4, 7]), quantile=0.8),
}  # fmt: skip


@pytest.mark.parametrize("name", WEIGHED)
def test_a_row_of_weight_two_is_two_rows_and_one_of_weight_none_is_not_there(name: str) -> None:
    result = WEIGHED[name]
    times = np.array([2, 1, 3, 1, 1, 2]) if name != "numbers" else np.array([0, 1, 3, 1, 0, 2])
    repeated = result.take(np.repeat(np.arange(6), times))
    expected = measure(repeated)
    assert measure(replace(result, weights=times.astype(float))) == pytest.approx(expected, rel=1e-9)
    assert expected != pytest.approx(measure(result))


def test_where_no_row_weighs_anything_nothing_is_measured() -> None:
    assert measure(replace(WEIGHED["numbers"], weights=np.zeros(6))) == {}


def test_the_baseline_is_weighed_in_its_fit_and_in_its_metrics() -> None:
    """Of the training rows the last counts alone, of the others the first two."""
    result = predict_baseline(
        "regression", np.array([1.0, 2.0, 9.0]), np.array([9.0, 9.5, 0.0]), weights=np.array([0, 0, 1.0]),
        test_weights=np.array([1.0, 1.0, 0]),
    )  # fmt: skip
    assert measure(result)["mean_absolute_error"] == 0.25


def test_folds_count_rows_by_their_weights() -> None:
    """Of the second class, which the dummy never predicts, no row weighs anything."""
    frame = pd.DataFrame({"a": np.arange(60.0)}, index=np.arange(60) + 100)
    target = np.arange(60) % 3 // 2
    weights = pd.Series((target == 0) * 2.0, index=frame.index)
    asked: Any = {"task": "classification", "splitter": make_folds("classification", 3, 0)}
    plain, weighed = (
        cross_validate_metrics(DummyClassifier(), frame, target, weights=own, **asked)["accuracy"]["mean"]
        for own in (None, weights)
    )
    assert (plain, weighed) == (pytest.approx(2 / 3), 1.0)


@pytest.mark.parametrize(
    ("estimator", "data"),
    [(scaled(LogisticRegression()), binary), (scaled(LogisticRegression()), multiclass), (Ridge(), diabetes)],
    ids=["binary", "multiclass", "regression"],
)
def test_one_metric_is_what_it_is_among_all(estimator: Any, data: Any) -> None:
    fitted, test, truth, found = evaluated(estimator, data())
    task = "classification" if is_classifier(fitted) else "regression"
    result = predict_held_out(fitted, test, truth, task=task)
    assert {name: measure(result, only=name) for name in found} == {name: {name: found[name]} for name in found}


def test_one_metric_is_computed_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, test, truth, found = evaluated(scaled(LogisticRegression()), binary())
    monkeypatch.setattr(metrics, "roc_auc_score", lambda *given, **how: pytest.fail("not asked for"))
    result = predict_held_out(fitted, test, truth, task="classification")
    assert measure(result, only="accuracy") == {"accuracy": found["accuracy"]}
