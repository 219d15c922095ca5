"""Registering models trained elsewhere: judged by their bytes, inspected in a limited process, quarantined."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidArtifact, InvalidRequest
from catalog.ml.artifacts.artifact_formats import Detected, detect, shown
from catalog.ml.artifacts.environment import find_libraries
from catalog.ml.evaluation.metric_names import PRIMARY_METRIC
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.persistence.numbers import take_number
from catalog.services.persistence.writes import store_version
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.naming import get_or_add_model, require_unused_name
from catalog.services.registry.references import get_dataset_version
from catalog.services.search.search_index import add_to_index
from catalog.services.uploads.inspection import inspect
from catalog.services.uploads.upload_checks import (
    TASKS,
    check_allowed,
    check_metrics,
    check_new,
    check_target,
    check_task,
    stated_records,
)
from catalog.storage.addresses import local_copy
from catalog.storage.interface import CHUNK_BYTES, new_upload_token
from catalog.storage.keys import model_artifact
from catalog.temporary_files import temporary_folder


@dataclass(frozen=True)
class UploadRequest:
    """As the user gave it. `source` is a path or s3://bucket/key, called `file_name` where it is a temporary path.

    `task_if_unknown` is that of a new model whose file does not say it, `primary_metric` that of a new model if it is
    not the task's. `quarantine` puts even a trusted file there.
    The version's number is at least `number_from`; `tags` and `provenance` are recorded with it. In that, `columns` are
    the types by name that the uploader says, which count where no `dataset` tells them.
    """

    name: str
    source: str
    actor: str
    dataset: str = ""
    target: str = ""
    task: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    notes: str = ""
    file_name: str = ""
    task_if_unknown: str = ""
    quarantine: bool = False
    number_from: int = 1
    primary_metric: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def called(self) -> str:
        return self.file_name or self.source.rpartition("/")[2]


@dataclass(frozen=True)
class _Upload:
    """The request with what it refers to, and a private copy: nobody can change that after it was inspected."""

    request: UploadRequest
    task: str
    dataset_version: DatasetVersion | None
    copy: Path
    sha256: str
    detected: Detected


def add_version(
    *,
    name: str,
    source: str,
    actor: str,
    dataset: str = "",
    target: str = "",
    task: str = "",
    metrics: Mapping[str, float] | None = None,
    notes: str = "",
    file_name: str = "",
    progress: Progress | None = None,
) -> ModelVersion:
    """Add the model at `source`, a path or s3://bucket/key, as the next version of `name`. Raises CatalogError.

    It is READY when all types in it are trusted and it is sound, else QUARANTINED. A refused file leaves neither a row
    nor an object.
    """
    request = UploadRequest(name, source, actor, dataset, target, task, metrics or {}, notes, file_name)
    return add_upload(request=request, progress=progress)


def add_upload(*, request: UploadRequest, progress: Progress | None = None) -> ModelVersion:
    """The version that add_version() describes, with what else the request may ask for. Raises CatalogError."""
    progress = progress or Progress()
    check_name(request.name, "a model")
    model = RegisteredModel.objects.filter(name=request.name).first()
    if model is None:
        require_unused_name(request.name)
    task = check_task(request.task, model)
    check_task(request.task_if_unknown, None)
    dataset_version = get_dataset_version(request.dataset) if request.dataset else None
    check_target(request.target, dataset_version)
    check_metrics(request.metrics)
    with (
        local_copy(request.source, progress=progress) as path,
        _private_copy(path, request.called, progress) as (copy, sha256),
    ):
        detected = detect(copy, request.called)
        check_allowed(detected, request.called)
        check_new(request.name, sha256)
        return _add_checked(_Upload(request, task, dataset_version, copy, sha256, detected), progress)


def _add_checked(upload: _Upload, progress: Progress) -> ModelVersion:
    request, called = upload.request, shown(Path(upload.request.called).name)
    with progress.step("inspect"), upload.copy.open("rb") as file:
        inspection, signature = inspect(
            file,
            upload.detected,
            name=called,
            dataset_version=upload.dataset_version,
            target=request.target,
            task=upload.task,
            said_columns=request.provenance.get("columns", {}),
        )
    task = upload.task or inspection["task"] or request.task_if_unknown
    if not task:
        raise InvalidRequest(f"{called} does not say what it does. Set `task` to {' or '.join(TASKS)}.")
    status = ModelVersion.Status.QUARANTINED if request.quarantine or signature is None else ModelVersion.Status.READY
    recorded = {
        "inspection": {"file_name": called, **inspection},
        "signature": signature or {},
        "approved_sha256": upload.sha256 if status == ModelVersion.Status.READY else "",
    }
    version = _take_version(upload, task, recorded)
    verb = AuditEvent.Verb.MODEL_UPLOADED
    store_version(version, upload.copy, verb=verb, actor=request.actor, progress=progress, status=status)
    return version


def _take_version(upload: _Upload, task: str, recorded: dict[str, Any]) -> ModelVersion:
    """The PENDING row with its number and key, committed before anything is stored."""
    request = upload.request
    with transaction.atomic():
        if upload.dataset_version:
            lock_in_use(upload.dataset_version)
        metric = request.primary_metric or PRIMARY_METRIC[task]
        model = get_or_add_model(name=request.name, task=task, primary_metric=metric)
        check_task(task, model)
        reserved = RegisteredModel.objects.filter(pk=model.pk, next_number__lt=request.number_from)
        reserved.update(next_number=request.number_from)
        number = take_number(model)
        kept_as = recorded["inspection"]["format"]
        metrics = stated_records(request.metrics)
        version = ModelVersion.objects.create(
            registered_model=model,
            number=number,
            artifact=model_artifact(model.stored_name, number, upload.sha256, kept_as),
            artifact_format=kept_as,
            upload_token=new_upload_token(),
            metrics=metrics,
            primary_value=metrics.get(model.primary_metric, {}).get("value"),
            **_request_fields(upload),
            **recorded,
            **inspection_fields(recorded["inspection"]),
        )
        add_to_index([version])
    return version


def _request_fields(upload: _Upload) -> dict[str, Any]:
    """The fields that the request and its file decide."""
    return {
        "origin": ModelVersion.Origin.UPLOADED,
        "created_by": upload.request.actor,
        "size_bytes": upload.copy.stat().st_size,
        "sha256": upload.sha256,
        "dataset_version": upload.dataset_version,
        "target": upload.request.target,
        "notes": upload.request.notes,
        "tags": dict(upload.request.tags),
        "provenance": dict(upload.request.provenance),
        "params": {},
        "report": {},
    }


def inspection_fields(inspection: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an inspection decides: the estimator, and the versions it was saved with, where known.

    Of the modules that the file names those that are installed count: nobody is told to install what a file made up.
    """
    libraries = {"scikit-learn": inspection["sklearn_version"], "skops": inspection["skops_version"]}
    return {
        "estimator": inspection["estimator"].rpartition(".")[2][:255],
        "environment": {
            "versions": {name: version for name, version in libraries.items() if version},
            "modules": find_libraries(inspection.get("modules", [])),
        },
    }


@contextmanager
def _private_copy(path: Path, called: str, progress: Progress) -> Iterator[tuple[Path, str]]:
    """A copy that only this process knows, and its SHA-256. Raises InvalidArtifact for a file that is too large."""
    size = path.stat().st_size
    if size > catalog_settings().model_bytes:
        raise InvalidArtifact(
            f"{shown(called)} has {size:,} bytes, and at most {catalog_settings().model_bytes:,} are allowed. "
            "Set CATALOG_MODEL_BYTES to allow more."
        )
    digest = hashlib.sha256()
    with temporary_folder() as folder, progress.step("copy", total=size, unit="bytes"):
        copy = folder / "model"
        with path.open("rb") as source, copy.open("xb") as target:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
                progress.advance(len(chunk))
        yield copy, digest.hexdigest()
