"""The end of a training: the estimator dumped, numbered and stored."""

from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.exceptions import InvalidRequest
from catalog.ml.artifacts import serialization
from catalog.models import AuditEvent, ModelVersion
from catalog.progress import Progress
from catalog.services.persistence.numbers import take_number
from catalog.services.persistence.writes import Guard, store_version, unguarded
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.naming import get_or_add_model
from catalog.services.search.search_index import add_to_index
from catalog.services.training.plan import TrainingPlan
from catalog.services.training.record import ArtifactRecord, VersionRecord
from catalog.storage.digests import path_sha256
from catalog.storage.interface import new_upload_token
from catalog.storage.keys import model_artifact
from catalog.temporary_files import temporary_folder


def store_trained(
    plan: TrainingPlan,
    estimator: Any,
    record: VersionRecord,
    *,
    actor: str,
    progress: Progress,
    guard: Guard[ModelVersion] = unguarded,
) -> ModelVersion:
    """The READY version. Raises TrainingFailed when the estimator can't be kept, and StorageError."""
    with temporary_folder() as folder:
        path = folder / f"model.{plan.request.artifact_format}"
        with progress.step("dump"):
            artifact = _dump(estimator, path, plan.request.artifact_format)
        version = _take_version(plan, record, artifact, actor)
        store_version(
            version,
            path,
            verb=AuditEvent.Verb.MODEL_TRAINED,
            actor=actor,
            progress=progress,
            guard=partial(guard, version),
        )
    return version


def _dump(estimator: Any, path: Path, artifact_format: str) -> ArtifactRecord:
    types = serialization.dump(estimator, path, artifact_format)
    sha256 = path_sha256(path)
    return ArtifactRecord(sha256, path.stat().st_size, artifact_format, sha256 if types else "", types)


def _take_version(plan: TrainingPlan, record: VersionRecord, artifact: ArtifactRecord, actor: str) -> ModelVersion:
    """The PENDING row with its number and key, committed before anything is stored."""
    with transaction.atomic():
        lock_in_use(plan.dataset_version)
        model = get_or_add_model(name=plan.request.name, task=plan.task, primary_metric=plan.primary_metric)
        if model.task != plan.task:
            raise InvalidRequest(f"{model.name} became a {model.task} model meanwhile. Give this one another name.")
        if model.primary_metric != plan.primary_metric:
            raise InvalidRequest(
                f"{model.name} is judged by {model.primary_metric} since a moment ago. Give this one another name."
            )
        number = take_number(model)
        version = ModelVersion.objects.create(
            registered_model=model,
            number=number,
            artifact=model_artifact(model.stored_name, number, artifact.sha256, artifact.artifact_format),
            upload_token=new_upload_token(),
            created_by=actor,
            **vars(record),
            **vars(artifact),
        )
        add_to_index([version])
    return version
