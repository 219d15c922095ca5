"""The task of a training: what the target is fit for, and what the model's other versions do."""

from collections.abc import Mapping
from typing import Any

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.models import DatasetVersion, RegisteredModel
from catalog.services.registry.naming import require_unused_name
from catalog.services.training.request import TrainingRequest

AUTO_CLASSES = 20


def choose_task(request: TrainingRequest, version: DatasetVersion) -> str:
    """The task, checked against the targets' types and the model's other versions. Raises InvalidData, InvalidRequest.

    The targets must be columns of the version.
    """
    if request.task in TARGETLESS_TASKS:
        return _check_model(request, request.task)
    profiles = {name: _target_profile(name, version) for name in request.targets}
    task = request.task if request.task != "auto" else _common_task(profiles)
    for name, profile in profiles.items():
        _check_fit(name, profile, task)
    if task == "classification":
        _check_one_kind({name: _label_type(profile) for name, profile in profiles.items()})
    return _check_model(request, task)


def _common_task(profiles: Mapping[str, dict[str, Any]]) -> str:
    """What all targets are fit for. Raises InvalidRequest when that is not one task."""
    tasks = {name: _natural_task(profile) for name, profile in profiles.items()}
    first, *others = tasks
    for name in others:
        if tasks[name] != tasks[first]:
            raise InvalidRequest(
                f"`target`: {first!r} is fit for {tasks[first]} and {name!r} for {tasks[name]}. Several targets are of "
                "one task: say `task` regression if all are numbers, or train a model of each."
            )
    return tasks[first]


def _check_fit(name: str, profile: dict[str, Any], task: str) -> None:
    if task == "regression" and profile["type"] in {"boolean", "string"}:
        raise InvalidData(
            f"The target {name!r} is {profile['type']}, and `task` regression needs a number. "
            "Use `task` classification."
        )
    if task == "classification" and profile["type"] == "number" and not _is_whole(profile):
        raise InvalidData(
            f"The target {name!r} is a number with fractions: classes are texts, booleans or whole numbers. "
            "Use `task` regression."
        )


def _check_one_kind(types: Mapping[str, ColumnType]) -> None:
    """Raises InvalidRequest unless the labels of all targets are of one type: an array of them holds no other."""
    first, *others = types
    for name in others:
        if types[name] != types[first]:
            raise InvalidRequest(
                f"`target`: the classes of {first!r} are {types[first]} and those of {name!r} {types[name]}. Several "
                "targets have classes of one type: train a model of each."
            )


def _check_model(request: TrainingRequest, task: str) -> str:
    """The task. Raises InvalidRequest when the model's other versions do something else."""
    model = RegisteredModel.objects.filter(name=request.name).first()
    if model is None:
        require_unused_name(request.name)
    elif model.task != task:
        what = f"{task} of {' and '.join(map(repr, request.targets))}" if request.target else task
        raise InvalidRequest(
            f"{model.name} is a {model.task} model, and this would be {what}. "
            f"Give it another name, or say `task` {model.task}."
        )
    return task


def choose_target_types(request: TrainingRequest, version: DatasetVersion, task: str) -> dict[str, ColumnType]:
    """The type that each target is read as: whole numbers that are labels are integers, whatever they are stored as."""
    profiles = {name: _target_profile(name, version) for name in request.targets}
    if task == "classification":
        return {name: _label_type(profile) for name, profile in profiles.items()}
    return {name: ColumnType(profile["type"]) for name, profile in profiles.items()}


def _label_type(profile: dict[str, Any]) -> ColumnType:
    is_label = profile["type"] == "number" and _is_whole(profile)
    return ColumnType.INTEGER if is_label else ColumnType(profile["type"])


def _target_profile(name: str, version: DatasetVersion) -> dict[str, Any]:
    profile = next((column for column in version.profile if column["name"] == name), None)
    if profile is None or profile["type"] not in {"integer", "number", "boolean", "string"}:
        kind = next(column["type"] for column in version.schema if column["name"] == name)
        types = "a number, an integer, boolean or text"
        raise InvalidData(f"The type of the target {name!r} is {kind}: it must be {types}.")
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
