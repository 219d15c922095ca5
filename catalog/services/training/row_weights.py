"""How rows weigh in a fit: by a column of the dataset, and so that each class weighs alike."""

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import has_fit_parameter

from catalog.exceptions import InvalidRequest
from catalog.ml.training.estimator_checks import accepts
from catalog.services.training.request import TrainingRequest

SAMPLE_WEIGHT, CLASS_WEIGHT = "sample_weight", "class_weight"


def weigh_classes(unfitted: Any, request: TrainingRequest, task: str) -> Any:
    """The estimator with its own balanced class weights, where it has them. Raises InvalidRequest."""
    if not request.class_weight:
        return unfitted
    if task != "classification":
        raise InvalidRequest(f"`class_weight` weighs classes, and this is a {task}. Leave it out.")
    if CLASS_WEIGHT in request.params:
        raise InvalidRequest("`class_weight` and `params`: both say how classes weigh. Leave one of them out.")
    if accepts(unfitted, CLASS_WEIGHT, request.class_weight):
        unfitted.set_params(class_weight=request.class_weight)
    return unfitted


def check_weighing(request: TrainingRequest, task: str, unfitted: Any) -> None:
    """Raises InvalidRequest where rows are to weigh, and the fit takes no weights."""
    asked = [name for name, is_asked in _asked(request, unfitted).items() if is_asked]
    if asked and not has_fit_parameter(_final(unfitted), SAMPLE_WEIGHT):
        raise InvalidRequest(
            f"`{asked[0]}`: {request.estimator_name} takes no weights when it is fitted. Choose another estimator."
        )


def fit_parameters(
    request: TrainingRequest, estimator: Any, target: np.ndarray, weights: np.ndarray | None
) -> dict[str, np.ndarray]:
    """What the fit of the estimator is given besides rows and targets; `weights` are those of the column, of shape
    (n_rows,). Balanced classes are weighed by rows where the estimator has no class weights itself."""
    asked = _asked(request, estimator)
    if not any(asked.values()):
        return {}
    found = np.ones(len(target)) if weights is None else weights
    if asked[CLASS_WEIGHT]:
        found = found * compute_sample_weight(request.class_weight, target)
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    return {f"{prefix}{SAMPLE_WEIGHT}": found}


def _asked(request: TrainingRequest, estimator: Any) -> dict[str, bool]:
    """What rows have to weigh for."""
    has_own = any(name.rpartition("__")[2] == CLASS_WEIGHT for name in _final(estimator).get_params())
    return {SAMPLE_WEIGHT: bool(request.sample_weight), CLASS_WEIGHT: bool(request.class_weight) and not has_own}


def _final(estimator: Any) -> Any:
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator
