"""The main metric of a training: what the model is judged by already, what was asked for, or what the task has."""

from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.evaluation.metric_names import PINBALL, PRIMARY_METRIC
from catalog.ml.evaluation.quantiles import find_quantile
from catalog.ml.evaluation.scorers import check_metric
from catalog.models import RegisteredModel
from catalog.services.training.request import TrainingRequest


def choose_metric(request: TrainingRequest, task: str, unfitted: Any) -> str:
    """Raises InvalidRequest for another metric than that of the model's versions, or one that measures nothing here."""
    natural = PRIMARY_METRIC[task] if find_quantile(unfitted) is None else PINBALL
    if request.metric:
        check_metric(request.metric, task)
    model = RegisteredModel.objects.filter(name=request.name).first()
    if model is None:
        return request.metric or natural
    if request.metric not in {"", model.primary_metric}:
        raise InvalidRequest(
            f"`metric`: {model.name} is judged by {model.primary_metric}, and could not be by {request.metric} as well. "
            "Leave it out, or give this one another name."
        )
    if natural != model.primary_metric and {natural, model.primary_metric} == {PINBALL, PRIMARY_METRIC["regression"]}:
        what = ("a quantile", "means") if model.primary_metric != PINBALL else ("a mean", "quantiles")
        raise InvalidRequest(
            f"{model.name} predicts {what[1]}, and this would be {what[0]}: they can't be compared. "
            "Give it another name."
        )
    return model.primary_metric
