"""The task of a training: what the target is fit for, and what the model's other versions do."""

from typing import Any

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.models import DatasetVersion, RegisteredModel
from catalog.services.registry.naming import require_unused_name
from catalog.services.training.request import TrainingRequest

AUTO_CLASSES = 20


def choose_task(request: TrainingRequest, version: DatasetVersion) -> str:
    """The task, checked against the target's type and the model's other versions. Raises InvalidData, InvalidRequest.

    The target must be a column of the version.
    """
    if request.task in TARGETLESS_TASKS:
        return _check_model(request, request.task)
    profile = _target_profile(request, version)
    task = request.task if request.task != "auto" else _natural_task(profile)
    if task == "regression" and profile["type"] in {"boolean", "string"}:
        raise InvalidData(
            f"The target {request.target!r} is {profile['type']}, and `task` regression needs a number. "
            "Use `task` classification."
        )
    if task == "classification" and profile["type"] == "number" and not _is_whole(profile):
        raise InvalidData(
            f"The target {request.target!r} is a number with fractions: classes are texts, booleans or whole numbers. "
            "Use `task` regression."
        )
    return _check_model(request, task)


def _check_model(request: TrainingRequest, task: str) -> str:
    """The task. Raises InvalidRequest when the model's other versions do something else."""
    model = RegisteredModel.objects.filter(name=request.name).first()
    if model is None:
        require_unused_name(request.name)
    elif model.task != task:
        what = f"{task} of {request.target!r}" if request.target else task
        raise InvalidRequest(
            f"{model.name} is a {model.task} model, and this would be {what}. "
            f"Give it another name, or say `task` {model.task}."
        )
    return task


def choose_target_type(request: TrainingRequest, version: DatasetVersion, task: str) -> ColumnType:
    """The type that the target is read as: whole numbers that are labels are integers, whatever they are stored as."""
    if task in TARGETLESS_TASKS:
        return ColumnType.INTEGER
    profile = _target_profile(request, version)
    is_label = task == "classification" and profile["type"] == "number" and _is_whole(profile)
    return ColumnType.INTEGER if is_label else ColumnType(profile["type"])


def _target_profile(request: TrainingRequest, version: DatasetVersion) -> dict[str, Any]:
    profile = next((column for column in version.profile if column["name"] == request.target), None)
    if profile is None or profile["type"] not in {"integer", "number", "boolean", "string"}:
        kind = next(column["type"] for column in version.schema if column["name"] == request.target)
        raise InvalidData(
            f"The target {request.target!r} is a {kind}: it must be a number, an integer, boolean or text."
        )
    return dict(profile)


def _natural_task(profile: dict[str, Any]) -> str:
    if profile["type"] in {"boolean", "string"}:
        return "classification"
    is_label = profile["type"] == "integer" or _is_whole(profile)
    is_few = profile["distinct_is_exact"] and profile["distinct"] <= AUTO_CLASSES
    return "classification" if is_label and is_few else "regression"


def _is_whole(profile: dict[str, Any]) -> bool:
    """Whether all values of a column of numbers are whole; of profiles from before that was recorded, by their most
    frequent values, when these are all."""
    if "whole" in profile:
        return bool(profile["whole"])
    values = [entry["value"] for entry in profile["top"]]
    return len(values) == profile["distinct"] and all(value is not None and value == int(value) for value in values)
