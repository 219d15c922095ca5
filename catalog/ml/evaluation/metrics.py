"""Metrics on held-out rows, each with its direction, beside those of a dummy baseline.

Definitions are scikit-learn's: https://scikit-learn.org/stable/modules/model_evaluation.html
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import cross_validate
from sklearn.preprocessing import label_binarize

from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metric_names import HIGHER_IS_BETTER, PINBALL
from catalog.ml.evaluation.quantiles import find_quantile
from catalog.ml.evaluation.scorers import score_answers, scorer_name
from catalog.ml.prediction.batch_size import batch_rows
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.ml.training.split_rules import Folds

# Scored at once, without asking how wide they become: permutation importances score such samples again and again.
FEW_ROWS = 2_000
OUTLIER = -1  # as scikit-learn's outlier detectors predict it
SCORING = ["predict_proba", "decision_function"]

Computation = Callable[[], float]


def predict_held_out(
    estimator: Any,
    frame: pd.DataFrame,
    truth: np.ndarray,
    *,
    task: str,
    metric: str = "",
    weights: np.ndarray | None = None,
) -> HeldOut:
    """Predict the rows in batches, which keeps memory flat. The task decides what is asked, and no attribute: a fitted
    CatBoostRegressor has `classes_`. `metric` is the main one, when it may be a scorer's; `weights` say how much each
    row counts."""
    return replace(_predict(estimator, frame, truth, task), scorer=scorer_name(metric), weights=weights)


def _predict(estimator: Any, frame: pd.DataFrame, truth: np.ndarray, task: str) -> HeldOut:
    predictor = Predictor(estimator)
    rows = batch_rows(predictor, frame) if len(frame) > FEW_ROWS else FEW_ROWS
    classes = getattr(estimator, "classes_", None) if task == "classification" else None
    is_scored = (classes is not None and truth.ndim == 1) or task == "outliers"
    scoring = [name for name in SCORING if hasattr(estimator, name)][:1] if is_scored else []
    batches = [
        predictor.ask(frame.iloc[start : start + rows], "predict", *scoring)
        for start in range(0, max(len(frame), 1), rows)
    ]
    predicted, *scores = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    if task in TARGETLESS_TASKS:
        space = _dense(predictor.transform(frame.iloc[:FEW_ROWS])) if task == "clustering" else None
        return HeldOut(truth, predicted, scores=scores[0] if scores else None, space=space, task=task)
    if task == "regression":
        return HeldOut(truth, predicted, quantile=find_quantile(estimator))
    if truth.ndim > 1:
        sets = classes if isinstance(classes, list) else map(np.unique, np.concatenate([truth, predicted]).T)
        return HeldOut(truth, predicted, label_sets=tuple(map(np.asarray, sets)))
    if classes is None:
        return HeldOut(truth, predicted, np.unique(np.concatenate([truth, predicted])))
    return HeldOut(
        truth, predicted, np.asarray(classes), scores[0] if scores else None, are_probabilities=scoring == SCORING[:1]
    )


def measure(result: HeldOut, targets: Sequence[str] = (), *, only: str = "") -> dict[str, float]:
    """The metrics of the task that can be computed, by name, or `only` the one: of several targets their means, and of
    each that is named its own, as `r2.price`. None where no row weighs anything."""
    result = result.counted
    if result.weights is not None and not len(result.weights):
        return {}
    if result.truth.ndim > 1:
        return _of_several(result, targets, only)
    values = {name: compute() for name, compute in _computations(result).items() if only in ("", name)}
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}


def _computations(result: HeldOut) -> dict[str, Computation]:
    if result.task in TARGETLESS_TASKS:
        return _targetless(result)
    computations = _regression(result) if result.classes is None else _classification(result)
    return computations | ({result.scorer: partial(score, result)} if result.scorer else {})


def score(result: HeldOut) -> float:
    """By its scorer; NaN where that has no value for these rows."""
    return score_answers(
        result.scorer,
        truth=result.truth,
        predicted=result.predicted,
        classes=result.classes,
        scores=result.scores,
        are_probabilities=result.are_probabilities,
        weights=result.weights,
    )


def _of_several(result: HeldOut, targets: Sequence[str], only: str) -> dict[str, float]:
    each = [measure(column, only=only) for column in result.columns]
    means = {name: float(np.mean([own[name] for own in each])) for name in each[0] if all(name in own for own in each)}
    named = zip(targets, each, strict=False)
    return means | {f"{name}.{target}": value for target, own in named for name, value in own.items()}


def _targetless(result: HeldOut) -> dict[str, Computation]:
    """How well the first rows lie within their clusters; or the part of the rows that is unlike the others."""
    if result.space is None:
        return {"outlier_share": lambda: np.mean(result.predicted == OUTLIER)}
    labels = result.predicted[: len(result.space)]
    if not 2 <= len(np.unique(labels)) < len(labels):
        return {}
    return {"silhouette": partial(metrics.silhouette_score, result.space, labels)}


def _dense(table: Any) -> np.ndarray:
    dense = table.toarray() if hasattr(table, "toarray") else table
    return np.asarray(np.nan_to_num(np.asarray(dense, dtype=float)))


def _regression(result: HeldOut) -> dict[str, Computation]:
    given = result.truth, result.predicted
    weighed: Any = {"sample_weight": result.weights}
    pinball: dict[str, Computation] = {}
    if result.quantile is not None:
        pinball[PINBALL] = partial(metrics.mean_pinball_loss, *given, alpha=result.quantile, **weighed)
    return pinball | {
        name: partial(getattr(metrics, name if name != "r2" else "r2_score"), *given, **weighed)
        for name in ("r2", "mean_absolute_error", "root_mean_squared_error", "median_absolute_error")
    }


def _classification(result: HeldOut) -> dict[str, Computation]:
    given: Any = result.truth, result.predicted
    weighed = {"sample_weight": result.weights}
    macro = {"average": "macro", "zero_division": 0, **weighed}
    return {
        "accuracy": partial(metrics.accuracy_score, *given, **weighed),
        # Balanced accuracy is the mean recall of the classes that occur.
        "balanced_accuracy": lambda: metrics.recall_score(*given, labels=np.unique(result.truth), **macro),
        "f1_macro": partial(metrics.f1_score, *given, **macro),
        **_ranking(result),
    }


def _ranking(result: HeldOut) -> dict[str, Computation]:
    if result.scores is None or result.classes is None or len(np.unique(result.truth)) < len(result.classes):
        return {}
    positive, weighed = result.positive_scores, {"sample_weight": result.weights}
    if positive is not None:
        given = result.truth == result.classes[1], positive
    else:
        given = label_binarize(result.truth, classes=result.classes), result.scores
    values: dict[str, Computation] = {
        "roc_auc": partial(metrics.roc_auc_score, *given, average="macro", **weighed),
        "average_precision": partial(metrics.average_precision_score, *given, average="macro", **weighed),
    }
    if result.are_probabilities:
        values["log_loss"] = partial(metrics.log_loss, result.truth, result.scores, labels=result.classes, **weighed)
    return values


def predict_baseline(
    task: str,
    train: np.ndarray,
    test: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    test_weights: np.ndarray | None = None,
    quantile: float | None = None,
    metric: str = "",
) -> HeldOut:
    """What always answering with the training rows' class frequencies, their mean, or their quantile predicts.

    `weights` say how often each value of `train` occurs, or how much it weighs, if not once; `test_weights` how much
    each row of `test` counts.
    """
    numbers = DummyRegressor() if quantile is None else DummyRegressor(strategy="quantile", quantile=quantile)
    dummy = numbers if task == "regression" else DummyClassifier(strategy="prior")
    dummy.fit(np.zeros((len(train), 1)), train, sample_weight=weights)
    frame = pd.DataFrame({"none": np.zeros(len(test))})
    return predict_held_out(dummy, frame, test, task=task, metric=metric, weights=test_weights)


def cross_validate_metrics(
    estimator: Any,
    frame: pd.DataFrame,
    target: np.ndarray,
    *,
    task: str,
    splitter: Folds,
    metric: str = "",
    weights: pd.Series | None = None,
    fit_params: Mapping[str, Any] | None = None,
    targets: Sequence[str] = (),
) -> dict[str, dict[str, float]]:
    """Mean and standard deviation of each metric over the folds of the training rows; of several targets also of each
    one's own.

    Of `fit_params` each fold is given what belongs to its rows; `weights`, by the frame's index, are those of the
    metrics.
    """
    own = [f"{name}.{target}" for name in HIGHER_IS_BETTER for target in targets if len(targets) > 1]
    names = dict.fromkeys([*HIGHER_IS_BETTER, *own, *filter(None, [scorer_name(metric)])], math.nan)

    def scoring(fitted: Any, x: pd.DataFrame, y: np.ndarray) -> dict[str, float]:
        # All folds must name the same metrics; one that lacks a class can't be ranked.
        weighed = weights_of(x, weights)
        return {**names, **measure(predict_held_out(fitted, x, y, task=task, metric=metric, weights=weighed), targets)}

    results = cross_validate(
        estimator, frame, target, cv=splitter, scoring=scoring, error_score="raise", params=fit_params
    )
    values = {name: results[f"test_{name}"] for name in names}
    return {
        name: {"mean": float(np.mean(scores)), "standard_deviation": float(np.std(scores))}
        for name, scores in values.items()
        if np.isfinite(scores).all()
    }


def weights_of(frame: pd.DataFrame, weights: pd.Series | None) -> np.ndarray | None:
    """Those of the frame's rows, by its index."""
    return None if weights is None else np.asarray(weights.loc[frame.index])
