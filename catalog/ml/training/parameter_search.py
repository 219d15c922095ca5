"""Search over parameters: grid, random and successive halving, by scikit-learn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes HalvingRandomSearchCV importable
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, RandomizedSearchCV

from catalog.exceptions import InvalidRequest
from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.ml.evaluation.metrics import measure, predict_held_out, weights_of
from catalog.ml.labels import plain_label
from catalog.ml.training.fit_progress import OnRound, TaskCounter
from catalog.ml.training.split_rules import Folds

DISTRIBUTIONS = {"uniform": stats.uniform, "loguniform": stats.loguniform, "randint": stats.randint}
REPORTED_CANDIDATES = 50


def parse_space(values: Any, method: str) -> dict[str, Any]:
    """Lists stay lists; `{"loguniform": [0.01, 10]}` becomes a distribution (random and halving only).

    Raises InvalidRequest for anything else.
    """
    if not isinstance(values, dict) or not values:
        raise InvalidRequest('The search space must be a JSON object such as {"max_depth": [3, 5, null]}.')
    return {name: _choices(name, given, method) for name, given in values.items()}


def _choices(name: str, given: Any, method: str) -> Any:
    if isinstance(given, list) and given:
        return given
    kinds = ", ".join(DISTRIBUTIONS)
    if not (isinstance(given, dict) and len(given) == 1 and next(iter(given)) in DISTRIBUTIONS):
        raise InvalidRequest(
            f"The search space of {name!r} must be a list of values or one of {kinds} with [low, high]."
        )
    if method == "grid":
        raise InvalidRequest(f"The search space of {name!r} must be a list: `search` grid tries every value.")
    [(kind, bounds)] = given.items()
    try:
        low, high = bounds
        if not low < high:
            raise ValueError("low must be below high")
        if kind == "loguniform" and low <= 0:
            raise ValueError("low must be above zero")
        return stats.uniform(low, high - low) if kind == "uniform" else DISTRIBUTIONS[kind](low, high)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"The search space of {name!r} must give {kind} as [low, high] ({error}).") from error


def run_search(
    pipeline: Any,
    frame: pd.DataFrame,
    target: np.ndarray,
    *,
    method: str,
    space: Mapping[str, Any],
    task: str,
    metric: str,
    folds: Folds,
    prefix: str,
    iterations: int,
    random_state: int,
    on_fit: OnRound | None = None,
    weights: pd.Series | None = None,
    fit_params: Mapping[str, Any] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """The best pipeline, fitted on all of `frame`, and what was tried (the best first).

    `prefix` stands before the parameters of `space` in the pipeline, and is not reported. `on_fit` is called with 1
    after each fit; it can't be where they are fitted in other processes. Of `fit_params` each fit is given what belongs
    to its rows; `weights`, by the frame's index, are those of the metric.
    """
    space = {f"{prefix}{name}": values for name, values in space.items()}
    sign = 1 if higher_is_better(metric) else -1

    def scoring(fitted: Any, x: pd.DataFrame, y: np.ndarray) -> float:
        own = weights_of(x, weights)
        result = predict_held_out(fitted, x, y, task=task, metric=metric, weights=own)
        return sign * measure(result, only=metric).get(metric, np.nan)

    options: dict[str, Any] = {
        "scoring": scoring,
        "cv": folds,
        "error_score": "raise",
    }
    if method == "grid":
        search = GridSearchCV(pipeline, space, **options)
    elif method == "random":
        search = RandomizedSearchCV(pipeline, space, n_iter=iterations, random_state=random_state, **options)
    else:
        search = HalvingRandomSearchCV(pipeline, space, n_candidates=iterations, random_state=random_state, **options)
    if on_fit:
        search.set_callbacks(TaskCounter(on_fit))
    search.fit(frame, target, **(fit_params or {}))
    return search.best_estimator_, _list_tried(search, method, metric, sign, prefix)


def _list_tried(search: Any, method: str, metric: str, sign: int, prefix: str) -> dict[str, Any]:
    results = search.cv_results_
    order = np.argsort(results["rank_test_score"], kind="stable")
    return {
        "method": method,
        "metric": metric,
        "candidates": len(order),
        "best_params": _plain(search.best_params_, prefix),
        "tried": [
            {
                "params": _plain(results["params"][position], prefix),
                "mean": sign * float(results["mean_test_score"][position]),
                "standard_deviation": float(results["std_test_score"][position]),
            }
            for position in order[:REPORTED_CANDIDATES]
        ],
    }


def _plain(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): plain_label(value) for name, value in params.items()}
