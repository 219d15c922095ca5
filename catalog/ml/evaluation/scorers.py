"""Scorers of scikit-learn as the main metric, of predictions that are there already: nothing is predicted again.

https://scikit-learn.org/stable/modules/model_evaluation.html lists them. Of all of them greater is better.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from catalog.exceptions import InvalidRequest, near
from catalog.ml.evaluation.metric_names import HIGHER_IS_BETTER, METRICS_OF_TASK


def check_metric(name: str, task: str, *, is_weighed: bool = False) -> None:
    """Raises InvalidRequest unless it is a metric of the catalog's or a scorer that measures such predictions, and
    where rows weigh, one that takes their weights."""
    if name in METRICS_OF_TASK.get(task, ()):
        return
    known = [*METRICS_OF_TASK.get(task, ()), *get_scorer_names()]
    if not scorer_name(name) or name in HIGHER_IS_BETTER:
        raise InvalidRequest(
            f"`metric` {name!r} is no metric of a {task} or scorer of scikit-learn.{near(name, known)}"
        )
    truth, scores = np.array([0, 1, 0, 1, 1, 0]), np.linspace(0.2, 0.8, 6)
    is_class = task == "classification"
    predicted: Any = truth if is_class else scores + 1

    def value(weights: np.ndarray | None) -> float:
        return score_answers(
            name,
            truth=truth if is_class else truth + 1.0,
            predicted=predicted,
            classes=np.array([0, 1]) if is_class else None,
            scores=np.column_stack([1 - scores, scores]) if is_class else None,
            are_probabilities=is_class,
            weights=weights,
        )

    if not np.isfinite(value(None)):
        raise InvalidRequest(f"`metric` {name}: this scorer does not measure the predictions of a {task}.")
    if is_weighed and not np.isfinite(value(np.ones(len(truth)))):
        raise InvalidRequest(f"`sample_weight`: the metric {name} takes no weights of rows. Leave it out.")


def scorer_name(metric: str) -> str:
    """The scorer that measures what the catalog does not by itself; empty where there is none."""
    return metric if metric not in HIGHER_IS_BETTER and metric in get_scorer_names() else ""


def score_answers(
    name: str,
    *,
    truth: np.ndarray,
    predicted: np.ndarray,
    classes: np.ndarray | None,
    scores: np.ndarray | None,
    are_probabilities: bool,
    weights: np.ndarray | None = None,
) -> float:
    """The scorer's value, NaN where it has none for these rows or takes no weights. Classes are scored as 0, 1, …: of
    two the second is the positive one, whatever they are called."""
    answers: Any = _Numbers(predicted)
    if classes is not None:
        labels = np.unique(np.concatenate([truth, predicted, classes]))
        truth, predicted = np.searchsorted(labels, truth), np.searchsorted(labels, predicted)
        kind = _Classes if scores is None or len(labels) > len(classes) else _Ranks
        answers = (_Probabilities if are_probabilities and kind is _Ranks else kind)(predicted, scores)
        answers.classes_ = np.arange(len(labels))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            weighed = {} if weights is None else {"sample_weight": weights}
            return float(get_scorer(name)(answers, np.zeros((len(truth), 1)), truth, **weighed))
    except (AttributeError, TypeError, ValueError):
        return float("nan")


class _Numbers(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A regressor that has answered already."""

    def __init__(self, predicted: Any = None) -> None:
        self.predicted = predicted

    def predict(self, rows: Any) -> Any:
        return self.predicted


class _Classes(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A classifier that has answered already."""

    def __init__(self, predicted: Any = None, scores: Any = None) -> None:
        self.predicted, self.scores = predicted, scores

    def predict(self, rows: Any) -> Any:
        return self.predicted


class _Ranks(_Classes):
    def decision_function(self, rows: Any) -> Any:
        return self.scores


class _Probabilities(_Classes):
    def predict_proba(self, rows: Any) -> Any:
        return self.scores
