"""The catalog's metrics of one version for rows that count several times or not at all, as a bootstrap draws them.

scikit-learn's functions take sample weights, and a call of each takes longer than all draws may: it checks and sorts
the rows anew each time. Here they are encoded and sorted once. With weights of one the values are scikit-learn's
(tests/ml/evaluation/test_weighted_metrics.py).
"""

from dataclasses import replace
from functools import partial

import numpy as np

from catalog.ml.evaluation.class_ranking import (
    ONE_AGAINST_ALL,
    ONE_AGAINST_ONE,
    PAIRED_CLASSES,
    ClassRanking,
    Metric,
    Weights,
    multiclass_auc,
)
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metric_names import PINBALL
from catalog.ml.evaluation.metrics import score

RANKED_CLASSES = 20  # of more classes the ranking metrics are not drawn


def weighted_metrics(result: HeldOut) -> dict[str, Metric]:
    """By name, what gives the metric for weights."""
    scored = _by_scorer(result) if result.scorer else {}
    if result.classes is None:
        return _regression(result) | scored
    labels = np.unique(np.concatenate([result.truth, result.predicted, result.classes]))
    return _confusion(result, labels) | _ranking(result) | scored


def _by_scorer(result: HeldOut) -> dict[str, Metric]:
    """Nothing where scikit-learn would take minutes for all draws."""
    name, classes, scores = result.scorer, result.classes, result.scores
    most = {**dict.fromkeys(ONE_AGAINST_ALL, RANKED_CLASSES), **dict.fromkeys(ONE_AGAINST_ONE, PAIRED_CLASSES)}
    is_ranked = name in most and classes is not None and len(classes) > 2 and result.are_probabilities
    if not is_ranked or classes is None or scores is None or (name in ONE_AGAINST_ONE and result.weights is not None):
        return {name: partial(_score, result)}
    if len(classes) > most[name] or not np.array_equal(np.unique(result.truth), classes):
        return {}
    return {name: multiclass_auc(name, result.truth, classes, scores)}


def _score(result: HeldOut, weights: Weights) -> float:
    """By scikit-learn's scorer, which is given each row as often as it counts; not each takes weights."""
    if result.weights is not None:
        return score(replace(result, weights=weights).counted)
    return score(result.take(np.repeat(np.arange(len(weights)), weights.astype(int))))


def _regression(result: HeldOut) -> dict[str, Metric]:
    truth = np.asarray(result.truth, dtype=float)
    errors = np.abs(truth - np.asarray(result.predicted, dtype=float))
    squares, order = errors**2, np.argsort(errors, kind="stable")

    def r2(weights: Weights) -> float:
        spread = np.average((truth - np.average(truth, weights=weights)) ** 2, weights=weights)
        return float(1 - np.average(squares, weights=weights) / spread) if spread else float("nan")

    pinball: dict[str, Metric] = {}
    if result.quantile is not None:
        over = truth - np.asarray(result.predicted, dtype=float)
        pinball[PINBALL] = partial(_mean, np.maximum(result.quantile * over, (result.quantile - 1) * over))
    return pinball | {
        "r2": r2,
        "mean_absolute_error": partial(_mean, errors),
        "root_mean_squared_error": lambda weights: _mean(squares, weights) ** 0.5,
        "median_absolute_error": lambda weights: _median(errors[order], weights[order]),
    }


def _mean(values: np.ndarray, weights: Weights) -> float:
    return float(np.dot(values, weights) / weights.sum())


def _median(ordered: np.ndarray, weights: Weights) -> float:
    """Of values in ascending order; between two that share the middle, their mean."""
    below = np.cumsum(weights)
    low, high = (np.searchsorted(below, below[-1] / 2, side=side) for side in ("left", "right"))
    return float((ordered[low] + ordered[min(high, len(ordered) - 1)]) / 2)


def _confusion(result: HeldOut, labels: np.ndarray) -> dict[str, Metric]:
    truth, predicted = (np.searchsorted(labels, values) for values in (result.truth, result.predicted))
    count = len(labels)

    def matrix(weights: Weights) -> np.ndarray:
        return np.bincount(truth * count + predicted, weights=weights, minlength=count * count).reshape(count, count)

    def balanced_accuracy(weights: Weights) -> float:
        counts = matrix(weights)
        of_truth = counts.sum(axis=1)
        return float(np.mean(np.diag(counts)[of_truth > 0] / of_truth[of_truth > 0]))

    def f1_macro(weights: Weights) -> float:
        counts = matrix(weights)
        both = counts.sum(axis=0) + counts.sum(axis=1)
        return float(np.mean(2 * np.diag(counts)[both > 0] / both[both > 0]))

    return {
        "accuracy": partial(_mean, truth == predicted),
        "balanced_accuracy": balanced_accuracy,
        "f1_macro": f1_macro,
    }


def _ranking(result: HeldOut) -> dict[str, Metric]:
    classes, scores = result.classes, result.scores
    if scores is None or classes is None or len(classes) > RANKED_CLASSES:
        return {}
    if len(np.unique(result.truth)) < len(classes):
        return {}
    positive = result.positive_scores
    columns = (
        [(result.truth == classes[1], positive)]
        if positive is not None
        else [(result.truth == label, scores[:, at]) for at, label in enumerate(classes)]
    )
    ranked = [ClassRanking(truth, column) for truth, column in columns if column is not None]
    found: dict[str, Metric] = {
        "roc_auc": lambda weights: float(np.mean([each.roc_auc(weights) for each in ranked])),
        "average_precision": lambda weights: float(np.mean([each.average_precision(weights) for each in ranked])),
    }
    if result.are_probabilities:
        found["log_loss"] = partial(_mean, _losses(result.truth, scores, classes))
    return found


def _losses(truth: np.ndarray, probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Of each row, as sklearn.metrics.log_loss clips them."""
    smallest = np.finfo(probabilities.dtype).eps
    chosen = probabilities[np.arange(len(truth)), np.searchsorted(classes, truth)]
    return np.asarray(-np.log(np.clip(chosen, smallest, 1 - smallest)))
