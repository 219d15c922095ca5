"""What an upload may be, besides what is in its file: asked before anything of it is opened."""

import math
from collections.abc import Mapping
from typing import Any

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest
from catalog.ml.artifacts.artifact_formats import Detected, Family, shown
from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.models import DatasetVersion, ModelVersion, RegisteredModel

TASKS = tuple(task for task in RegisteredModel.Task.values if task not in TARGETLESS_TASKS)
LONGEST_NAME = 255


def check_allowed(detected: Detected, called: str) -> None:
    """Raises InvalidRequest for a pickle while those are not taken."""
    if detected.family is Family.PICKLE and not catalog_settings().allow_pickle_uploads:
        raise InvalidRequest(
            f"{shown(called)} is {detected}, and loading one runs whatever code is in it, so they are not taken. Save "
            "the estimator with skops.io.dump, or set CATALOG_ALLOW_PICKLE_UPLOADS=true if you must."
        )


def check_new(name: str, sha256: str) -> None:
    """Raises InvalidRequest when the model has a version with these bytes."""
    version = present_version(sha256, name=name)
    if version is not None:
        raise InvalidRequest(f"The same file is in the catalog as {version.reference}, which is {version.state}.")


def present_version(sha256: str, *, name: str = "") -> ModelVersion | None:
    """The newest version with these bytes, of the model `name` if one is given; uploads that failed don't count."""
    versions = ModelVersion.objects.select_related("registered_model").filter(sha256=sha256)
    if name:
        versions = versions.filter(registered_model__name=name)
    unfinished = [ModelVersion.Status.FAILED, ModelVersion.Status.PENDING]
    return versions.exclude(status__in=unfinished).order_by("-id").first()


def check_task(task: str, model: RegisteredModel | None) -> str:
    """The task of an upload: what was said, else the model's, else empty. Raises InvalidRequest when they contradict,
    and for a task that is not uploaded."""
    if task not in {"", *TASKS}:
        raise InvalidRequest(f"`task` {task!r} is neither {' nor '.join(TASKS)}.")
    return check_model_task(task, model)


def check_model_task(task: str, model: RegisteredModel | None) -> str:
    """The task: what was said, else the model's, else empty. Raises InvalidRequest when they contradict."""
    if model is None:
        return task
    if task and task != model.task:
        raise InvalidRequest(
            f"{model.name} is a {model.task} model, and this version is for {task}. Give it another name."
        )
    return str(model.task)


def check_target(target: str, version: DatasetVersion | None) -> None:
    """Raises InvalidRequest when it can't be the name of a column, or is none of the dataset's."""
    if len(target) > LONGEST_NAME:
        raise InvalidRequest(f"`target` has {len(target):,} characters; a column's name has at most {LONGEST_NAME}.")
    if target and version and target not in version.column_names:
        raise InvalidRequest(f"`target`: {version.reference} has no column {target[:80]!r}.")


def check_metrics(metrics: Mapping[str, float]) -> None:
    """Raises InvalidRequest for a name or a value that is none."""
    for name, value in metrics.items():
        if not name.isidentifier() or len(name) > 60:
            raise InvalidRequest(f"`metrics`: {name[:80]!r} is not the name of a metric: use letters, digits and _.")
        if not math.isfinite(value):
            raise InvalidRequest(f"`metrics`: {name}={value}, but the value must be a finite number.")


def stated_records(metrics: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """What a version records of each metric; there is no baseline, since the catalog did not measure."""
    return {
        name: {"value": float(value), "baseline": None, "higher_is_better": higher_is_better(name)}
        for name, value in metrics.items()
    }
