"""How far a fit is, in rounds, and a search, in fits: by scikit-learn's callbacks or those of the library.

Nothing of it stays in the estimator: what is stored holds no callback.
"""

from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from sklearn.callback import CallbackContext, CallbackSupportMixin
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline

from catalog.ml.training.estimator_checks import find_packages

OnRound = Callable[[int], object]
# Where the number of rounds stands among the parameters; the last that is set counts.
ROUNDS = {
    "lightgbm": ("n_estimators", "num_iterations"),
    "xgboost": ("n_estimators",),
    "catboost": ("iterations", "n_estimators", "num_boost_round"),
    "sklearn": ("max_iter",),
}
DEFAULT_ROUNDS = {"catboost": 1000, "xgboost": 100}


class TaskCounter:
    """A callback of scikit-learn's that reports each task that has none within it: a round, or a fit of a search."""

    def __init__(self, on_round: OnRound) -> None:
        self.on_round = on_round

    def setup(self, estimator: Any, context: CallbackContext) -> None:
        """Nothing to prepare."""

    def teardown(self, estimator: Any, context: CallbackContext) -> None:
        """Nothing to put away."""

    def on_fit_task_begin(self, estimator: Any, context: CallbackContext) -> None:
        """Told when it ends."""

    def on_fit_task_end(self, estimator: Any, context: CallbackContext) -> None:
        if context.max_subtasks == 0:
            self.on_round(1)


def count_fits(space: Mapping[str, Any], *, method: str, folds: int, iterations: int) -> int | None:
    """Of a search, the last on all rows included; None where it depends on how the candidates do."""
    if method == "halving":
        return None
    sizes = [len(values) for values in space.values() if isinstance(values, Sized)]
    candidates = len(ParameterGrid(dict(space))) if len(sizes) == len(space) else iterations
    return min(candidates, iterations if method == "random" else candidates) * folds + 1


def count_rounds(estimator: Any) -> int | None:
    """The rounds that a fit of the estimator is to take; None where nothing tells of them."""
    final = _final(estimator)
    library = _library(final)
    if not library:
        return None
    params = final.get_params()
    given = [params[name] for name in ROUNDS[library] if isinstance(params.get(name), int)]
    return given[-1] if given else DEFAULT_ROUNDS.get(library)


def fit_reporting(
    estimator: Any,
    frame: pd.DataFrame,
    target: np.ndarray | None,
    on_round: OnRound,
    fit_params: Mapping[str, Any] | None = None,
) -> None:
    """Fit the estimator, and call `on_round` with 1 after each round of its last step, where that tells."""
    with _listening(_final(estimator), on_round) as options:
        prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
        options = {f"{prefix}{name}": value for name, value in options.items()}
        estimator.fit(frame, target, **options, **(fit_params or {}))


def _final(estimator: Any) -> Any:
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _library(final: Any) -> str:
    """Of those that tell of their rounds; empty for another."""
    packages = find_packages(final) if hasattr(final, "get_params") else set()
    if packages == {"sklearn"}:
        return "sklearn" if isinstance(final, CallbackSupportMixin) and "max_iter" in final.get_params() else ""
    return next((name for name in ROUNDS if packages == {name}), "")


@contextmanager
def _listening(final: Any, on_round: OnRound) -> Iterator[dict[str, Any]]:
    """Options for the fit of the last step; what is set on it is taken away again."""
    match _library(final):
        case "lightgbm":
            yield {"callbacks": [lambda state: on_round(1)]}
        case "catboost":
            yield {"callbacks": [_CatBoostCounter(on_round)]}
        case "xgboost":
            before = final.get_params()["callbacks"]
            final.set_params(callbacks=[*(before or ()), _xgboost_counter(on_round)])
            try:
                yield {}
            finally:
                final.set_params(callbacks=before)
        case "sklearn":
            final.set_callbacks(TaskCounter(on_round))
            try:
                yield {}
            finally:
                final.set_callbacks()
        case _:
            yield {}


class _CatBoostCounter:
    def __init__(self, on_round: OnRound) -> None:
        self.on_round = on_round

    def after_iteration(self, info: Any) -> bool:
        self.on_round(1)
        return True  # go on


def _xgboost_counter(on_round: OnRound) -> Any:
    from xgboost.callback import TrainingCallback

    class Counter(TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            on_round(1)
            return False  # go on

    return Counter()
