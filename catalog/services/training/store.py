"""The end of a training: the estimator dumped, numbered and stored."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.exceptions import InvalidRequest
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.progress import Progress
from catalog.services.persistence.manifests import queue_parent_manifest
from catalog.services.persistence.numbers import take_number
from catalog.services.persistence.writes import Guard, store_version, unguarded
from catalog.services.registry.curation import lock_in_use
from catalog.services.training.plan import TrainingPlan
from catalog.storage.digests import path_sha256
from catalog.storage.interface import new_upload_token
from catalog.storage.keys import model_artifact


def store_trained(
    plan: TrainingPlan,
    estimator: Any,
    recorded: dict[str, Any],
    actor: str,
    progress: Progress,
    guard: Guard[ModelVersion] = unguarded,
) -> ModelVersion:
    """The READY version. Raises TrainingFailed when the estimator can't be kept, and StorageError."""
    from catalog.ml.artifacts import serialization

    kept_as = plan.request.artifact_format
    with tempfile.TemporaryDirectory(prefix="catalog-") as folder:
        path = Path(folder) / f"model.{kept_as}"
        with progress.step("dump"):
            types, sha256 = serialization.dump(estimator, path, kept_as), path_sha256(path)
        recorded |= {"sha256": sha256, "size_bytes": path.stat().st_size, "artifact_format": kept_as}
        recorded |= {"approved_sha256": sha256, "approved_types": types} if types else {}
        version = _take_version(plan, recorded, actor)
        store_version(
            version,
            path,
            verb=AuditEvent.Verb.MODEL_TRAINED,
            actor=actor,
            progress=progress,
            guard=partial(guard, version),
        )
    return version


def _take_version(plan: TrainingPlan, recorded: dict[str, Any], actor: str) -> ModelVersion:
    """The PENDING row with its number and key, committed before anything is stored."""
    with transaction.atomic():
        lock_in_use(plan.dataset_version)
        model, created = RegisteredModel.objects.get_or_create(
            name=plan.request.name, defaults={"task": plan.task, "primary_metric": plan.primary_metric}
        )
        if created:
            queue_parent_manifest(model)
        if model.task != plan.task:
            raise InvalidRequest(f"{model.name} became a {model.task} model meanwhile. Give this one another name.")
        number = take_number(model)
        return ModelVersion.objects.create(
            registered_model=model,
            number=number,
            artifact=model_artifact(model.name, number, recorded["sha256"], recorded["artifact_format"]),
            upload_token=new_upload_token(),
            created_by=actor,
            **recorded,
        )
