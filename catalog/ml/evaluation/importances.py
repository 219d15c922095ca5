"""Permutation importances within a budget of time: of all columns where it suffices, of the most promising where not.

Definition: https://scikit-learn.org/stable/modules/permutation_importance.html. scikit-learn's own function has no
budget, and on thousands of columns each call of the estimator takes as long as its checks of all columns.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.ml.evaluation.metrics import measure, predict_held_out
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.training.estimator_names import TARGETLESS_TASKS

IMPORTANCE_ROWS = 1_000
IMPORTANCE_REPEATS = 3

Clock = Callable[[], float]
Score = Callable[[pd.DataFrame], float]


@dataclass(frozen=True)
class Importances:
    """`records` are of the columns that were shuffled, the most important first; `columns` counts all."""

    records: list[dict[str, Any]]
    columns: int

    @property
    def sampled(self) -> dict[str, int] | None:
        """How many columns of how many were measured; None when all were."""
        measured = len(self.records)
        return None if measured == self.columns else {"measured": measured, "columns": self.columns}


def measure_importances(
    estimator: Any,
    frame: pd.DataFrame,
    truth: np.ndarray,
    *,
    task: str,
    metric: str,
    random_state: int,
    seconds: float,
    weights: np.ndarray | None = None,
    clock: Clock = time.monotonic,
) -> Importances:
    """How much worse the metric gets when a column is shuffled, on IMPORTANCE_ROWS of the held-out rows at most, which
    count by their weights if there are some.

    Without a target: for which part of the rows another cluster or verdict is predicted then.

    Each column is shuffled once, then again up to IMPORTANCE_REPEATS times while `seconds` last; at least one is. The
    columns that the estimator itself holds for important come first, the others in random order.
    """
    end = clock() + seconds
    chosen = np.random.default_rng(random_state).permutation(len(frame))[:IMPORTANCE_ROWS]
    frame, truth, own = frame.iloc[chosen], truth[chosen], None if weights is None else weights[chosen]
    score = _agreement(estimator, frame) if task in TARGETLESS_TASKS else _metric(estimator, truth, task, metric, own)
    falls: dict[int, list[float]] = {}
    whole = score(frame)
    for position, shuffled in _shuffled_frames(estimator, frame, random_state):
        falls.setdefault(position, []).append(whole - score(shuffled))
        if clock() >= end:
            break
    return Importances(_make_records(frame, falls), frame.shape[1])


def _metric(estimator: Any, truth: np.ndarray, task: str, metric: str, weights: np.ndarray | None) -> Score:
    sign = 1 if higher_is_better(metric) else -1

    def score(rows: pd.DataFrame) -> float:
        result = predict_held_out(estimator, rows, truth, task=task, metric=metric, weights=weights)
        return sign * measure(result, only=metric).get(metric, 0.0)

    return score


def _agreement(estimator: Any, frame: pd.DataFrame) -> Score:
    """The part of the rows of which is predicted what is predicted of those of `frame`."""
    predictor = Predictor(estimator)
    [before] = predictor.ask(frame, "predict")
    return lambda rows: float(np.mean(predictor.ask(rows, "predict")[0] == before))


def _shuffled_frames(estimator: Any, frame: pd.DataFrame, random_state: int) -> Iterator[tuple[int, pd.DataFrame]]:
    """Each column's position and the frame with it shuffled, IMPORTANCE_REPEATS times; drawn alike however many are
    taken."""
    order = _rank_columns(estimator, frame, random_state)
    for repeat in range(IMPORTANCE_REPEATS):
        for position in order:
            random = np.random.default_rng([random_state, repeat, position])
            shuffled = frame.copy(deep=False)
            shuffled.isetitem(position, frame.iloc[random.permutation(len(frame)), position].array)
            yield position, shuffled


def _make_records(frame: pd.DataFrame, falls: dict[int, list[float]]) -> list[dict[str, Any]]:
    records = [
        {
            "feature": str(frame.columns[position]),
            "mean": float(np.mean(values)),
            "standard_deviation": float(np.std(values)),
        }
        for position, values in sorted(falls.items())
    ]
    return sorted(records, key=lambda record: -record["mean"])


def _rank_columns(estimator: Any, frame: pd.DataFrame, random_state: int) -> list[int]:
    """The positions of all columns, those with the largest weight in the estimator first, equal ones shuffled."""
    weights = _own_weights(estimator, list(map(str, frame.columns)))
    ties = np.random.default_rng(random_state).permutation(len(weights))
    return [int(position) for position in np.lexsort((ties, -weights))]


def _own_weights(estimator: Any, columns: list[str]) -> np.ndarray:
    """Of each column the sum of `feature_importances_`, or of `coef_` without signs, over what was made of it; zeros
    when the estimator has neither, or does not name what it was given. They only decide what is measured first."""
    weights = np.zeros(len(columns))
    try:
        is_pipeline = isinstance(estimator, Pipeline) and len(estimator) > 1
        names = estimator[:-1].get_feature_names_out() if is_pipeline else columns
        final = estimator[-1] if is_pipeline else estimator
        own = getattr(final, "feature_importances_", None)
        own = np.atleast_2d(np.abs(np.asarray(final.coef_ if own is None else own))).sum(axis=0)
        places = {name: position for position, name in enumerate(columns)}
        for name, weight in zip(names, own, strict=True):
            weights[places[_column_of(name, places)]] += weight
    except Exception:  # an estimator of anybody's may have none, or raise as it likes
        return np.zeros(len(columns))
    return np.nan_to_num(weights)


def _column_of(output: str, columns: dict[str, int]) -> str:
    """The column that an output was made of: `carrier` of `carrier_AA`. Raises KeyError for none."""
    name = output.partition("__")[2] if output not in columns and "__" in output else output
    while name not in columns:
        if "_" not in name:
            raise KeyError(output)
        name = name.rpartition("_")[0]
    return name
