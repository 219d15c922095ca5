"""What charts are drawn from: curves and tables as JSON, at most MAX_POINTS points each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.calibration import calibration_curve

from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.labels import label_text, plain_prediction
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.tables.profiling.statistics import histogram
from catalog.ml.training.estimator_names import TARGETLESS_TASKS

MAX_POINTS = 200
MAX_CLASSES = 50
CURVE_CLASSES = 10
RESIDUAL_BINS = 40
SAMPLE_ROWS = 20


def make_report(result: HeldOut, targets: Sequence[str] = ()) -> dict[str, Any]:
    """Confusion matrix and curves of a classifier, or residuals of a regressor; of several targets, those of each.
    Without a target, how many rows are of each cluster, or outliers, and the histogram of the outliers' scores."""
    if result.truth.ndim > 1:
        reports = zip(targets, map(make_report, result.columns), strict=True)
        return {"targets": [{"name": name, **report} for name, report in reports]}
    if result.task in TARGETLESS_TASKS:
        labels, counts = np.unique(result.predicted, return_counts=True)
        report = {"predicted_rows": dict(zip(map(str, labels), counts.tolist(), strict=True))}
        return report | ({} if result.scores is None else {"outlier_scores": _histogram(result.scores)})
    if result.classes is None:
        return {"residuals": _residuals(result), "predicted_actual": _sampled_pairs(result)}
    report = {"confusion_matrix": _confusion_matrix(result), "roc": {}, "precision_recall": {}, "calibration": {}}
    if result.scores is None:
        return report
    for position, label in list(enumerate(result.classes))[:CURVE_CLASSES]:
        truth = result.truth == label
        scores = result.positive_scores if len(result.classes) == 2 else result.scores[:, position]
        if (len(result.classes) == 2 and position == 0) or scores is None or truth.all() or not truth.any():
            continue
        name = label_text(label)
        false_positive, true_positive, _ = metrics.roc_curve(truth, scores)
        report["roc"][name] = _points(false_positive_rate=false_positive, true_positive_rate=true_positive)
        precision, recall, _ = metrics.precision_recall_curve(truth, scores)
        report["precision_recall"][name] = _points(recall=recall, precision=precision)
        if result.are_probabilities:
            observed, predicted = calibration_curve(truth, np.clip(scores, 0, 1), n_bins=10)
            report["calibration"][name] = _points(predicted=predicted, observed=observed)
    return report


def _points(**series: np.ndarray) -> dict[str, list[float]]:
    length = len(next(iter(series.values())))
    kept = np.unique(np.linspace(0, length - 1, min(length, MAX_POINTS)).round().astype(int))
    return {name: [round(float(value), 6) for value in values[kept]] for name, values in series.items()}


def _confusion_matrix(result: HeldOut) -> dict[str, Any]:
    """Counts by true class (rows) and predicted class; of many classes the most frequent."""
    labels, counts = np.unique(result.truth, return_counts=True)
    shown = np.sort(labels[np.argsort(-counts, kind="stable")[:MAX_CLASSES]])
    matrix = metrics.confusion_matrix(result.truth, result.predicted, labels=shown)
    return {
        "labels": [label_text(label) for label in shown],
        "counts": matrix.tolist(),
        "classes_left_out": len(labels) - len(shown),
    }


def _residuals(result: HeldOut) -> dict[str, Any]:
    return _histogram(result.truth - np.asarray(result.predicted, dtype=float))


def _histogram(values: np.ndarray) -> dict[str, Any]:
    return histogram(values[np.isfinite(values)], RESIDUAL_BINS)


def _sampled_pairs(result: HeldOut) -> dict[str, list[float]]:
    """Truth and prediction of rows evenly apart, in six digits."""
    pairs = np.column_stack([np.asarray(result.truth, dtype=float), np.asarray(result.predicted, dtype=float)])
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    chosen = pairs[np.unique(np.linspace(0, max(len(pairs) - 1, 0), min(len(pairs), MAX_POINTS)).astype(int))]
    actual, predicted = ([float(f"{value:.6g}") for value in column] for column in chosen.T)
    return {"actual": actual, "predicted": predicted}


def sample_predictions(estimator: Any, frame: pd.DataFrame) -> dict[str, Any]:
    """A few held-out rows, as the estimator was given them, with its predictions: to replay later."""
    rows = frame.iloc[:SAMPLE_ROWS]
    inputs = {str(name): [None if pd.isna(value) else value for value in rows[name].tolist()] for name in rows.columns}
    [predicted] = Predictor(estimator).ask(rows, "predict")
    return {"inputs": inputs, "predictions": [plain_prediction(value) for value in predicted]}
