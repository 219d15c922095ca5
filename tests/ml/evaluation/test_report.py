import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets, metrics
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metrics import predict_held_out
from catalog.ml.evaluation.report import MAX_CLASSES, MAX_POINTS, make_report, sample_predictions


def digits(estimator: Any | None = None) -> tuple[HeldOut, dict[str, Any]]:
    """Ten classes of 1,797 rows, measured on the rows of training."""
    frame, target = datasets.load_digits(return_X_y=True, as_frame=True)
    fitted = make_pipeline(StandardScaler(), estimator or LogisticRegression(max_iter=20, C=0.001, tol=1e-2)).fit(
        frame, target.to_numpy()
    )
    result = predict_held_out(fitted, frame, target.to_numpy(), task="classification")
    return result, make_report(result)


@pytest.fixture(scope="module")
def report() -> tuple[HeldOut, dict[str, Any]]:
    return digits()


def test_no_curve_has_more_than_200_points(report: tuple[HeldOut, dict[str, Any]]) -> None:
    curves = [curve for kind in ("roc", "precision_recall", "calibration") for curve in report[1][kind].values()]
    assert len(curves) == 30
    assert max(len(series) for curve in curves for series in curve.values()) <= MAX_POINTS == 200


def test_a_roc_curve_goes_from_the_origin_to_one_and_keeps_its_area(report: tuple[HeldOut, dict[str, Any]]) -> None:
    result, made = report
    curve = made["roc"]["3"]
    assert (curve["false_positive_rate"][0], curve["true_positive_rate"][-1]) == (0.0, 1.0)
    assert result.scores is not None
    expected = metrics.roc_auc_score(result.truth == 3, result.scores[:, 3])
    assert metrics.auc(curve["false_positive_rate"], curve["true_positive_rate"]) == pytest.approx(expected, abs=0.01)


def test_the_confusion_matrix_is_that_of_scikit_learn(report: tuple[HeldOut, dict[str, Any]]) -> None:
    result, made = report
    assert made["confusion_matrix"] == {
        "labels": [str(label) for label in range(10)],
        "counts": metrics.confusion_matrix(result.truth, result.predicted).tolist(),
        "classes_left_out": 0,
    }


def test_two_classes_have_one_curve_for_the_second() -> None:
    frame, target = datasets.load_breast_cancer(return_X_y=True, as_frame=True)
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, target.to_numpy() == 1)
    made = make_report(predict_held_out(estimator, frame, target.to_numpy() == 1, task="classification"))
    assert [list(made[kind]) for kind in ("roc", "precision_recall", "calibration")] == [["true"]] * 3


def test_decision_functions_have_no_calibration() -> None:
    made = digits(RidgeClassifier())[1]
    assert (len(made["roc"]), made["calibration"]) == (10, {})


def test_the_confusion_matrix_of_many_classes_keeps_the_most_frequent() -> None:
    labels = np.array([f"c{number:03}" for number in range(80) for _ in range(1 + (number >= 30))], dtype=object)
    matrix = make_report(HeldOut(labels, labels, np.unique(labels)))["confusion_matrix"]
    assert matrix["labels"] == [f"c{number:03}" for number in range(30, 80)]
    assert (len(matrix["counts"]), matrix["classes_left_out"]) == (MAX_CLASSES, 30)


def regression() -> tuple[Ridge, pd.DataFrame, np.ndarray]:
    frame, target = datasets.load_diabetes(return_X_y=True, as_frame=True)
    return Ridge().fit(frame, target), frame, target.to_numpy()


def test_the_residual_histogram_holds_every_row() -> None:
    estimator, frame, target = regression()
    residuals = make_report(predict_held_out(estimator, frame, target, task="regression"))["residuals"]
    expected = target - estimator.predict(frame)
    assert sum(residuals["counts"]) == len(target)
    assert (residuals["edges"][0], residuals["edges"][-1]) == (expected.min(), expected.max())
    assert len(residuals["edges"]) == len(residuals["counts"]) + 1


@pytest.mark.parametrize("target", [[1e18, 1e18 + 256.0], [1e18, 1e18], [3.0, 3.0]])
def test_residuals_of_awkward_numbers_are_no_obstacle(target: list[float]) -> None:
    truth = np.array(target)
    for predicted in (truth, np.zeros(2), truth[::-1]):
        json.dumps(make_report(HeldOut(truth, predicted)), allow_nan=False)


def test_a_report_is_json(report: tuple[HeldOut, dict[str, Any]]) -> None:
    json.dumps(report[1], allow_nan=False)


def test_sample_rows_replay_to_their_predictions() -> None:
    estimator, frame, _ = regression()
    sample = json.loads(json.dumps(sample_predictions(estimator, frame), allow_nan=False))
    assert estimator.predict(pd.DataFrame(sample["inputs"])).tolist() == pytest.approx(sample["predictions"], rel=1e-12)
    assert len(sample["predictions"]) == 20


def test_missing_values_of_sample_rows_are_null() -> None:
    _, frame, _ = regression()
    holed = frame.assign(bmi=np.nan)

    class Zero:
        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            return np.zeros(len(rows))

    assert set(sample_predictions(Zero(), holed)["inputs"]["bmi"]) == {None}


def test_rows_of_a_regression_are_kept_with_what_was_predicted_for_them() -> None:
    truth, predicted = np.arange(1000.0), np.arange(1000.0) / 3
    predicted[7] = np.nan
    made = make_report(HeldOut(truth, predicted, task="regression"))["predicted_actual"]
    assert len(made["actual"]) == len(made["predicted"]) == MAX_POINTS
    assert (made["actual"][0], made["actual"][-1], made["predicted"][-1]) == (0, 999, 333)
    assert 7 not in made["actual"]
