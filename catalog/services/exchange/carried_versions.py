"""A version made of another: its fields as they are, with a number, a key and a token of its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.exceptions import StorageError
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.progress import Progress
from catalog.services.exchange.carried_evaluations import CarriedEvaluation, missing_evaluations
from catalog.services.persistence.numbers import take_number
from catalog.services.persistence.writes import store_version
from catalog.services.registry.attachments import ATTACHED_TO, attach_file
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.naming import get_or_add_model
from catalog.services.search.search_index import add_to_index
from catalog.services.uploads.upload_checks import check_model_task, check_new, present_version
from catalog.storage.interface import new_upload_token
from catalog.storage.keys import model_artifact

# What a version has by itself, whatever it was made of.
OWN_FIELDS = frozenset(
    {
        "id",
        "registered_model",
        "number",
        "status",
        "failure",
        "artifact",
        "upload_token",
        "created_by",
        "created_at",
        "archived_at",
        "trashed_at",
        "primary_value",
        "provenance",
        "attachments",
    }
)


def carried_fields(version: ModelVersion) -> dict[str, Any]:
    """What a copy has in common with the version."""
    names = (field.name for field in version._meta.concrete_fields if field.name not in OWN_FIELDS)
    return {name: getattr(version, name) for name in names}


def store_carried(
    *,
    model: RegisteredModel,
    new_name: str,
    fields: Mapping[str, Any],
    provenance: Mapping[str, Any],
    path: Path,
    verb: AuditEvent.Verb,
    status: str,
    actor: str,
    reason: str,
    progress: Progress,
) -> ModelVersion:
    """The next version of `new_name` with these fields and the file at `path`; a new model is such as `model`."""
    with transaction.atomic():
        if fields["dataset_version"]:
            lock_in_use(fields["dataset_version"])
        target = get_or_add_model(name=new_name, task=model.task, primary_metric=model.primary_metric)
        check_model_task(model.task, target)
        number = take_number(target)
        version = ModelVersion.objects.create(
            **fields,
            registered_model=target,
            number=number,
            artifact=model_artifact(target.stored_name, number, fields["sha256"], fields["artifact_format"]),
            upload_token=new_upload_token(),
            created_by=actor,
            primary_value=fields["metrics"].get(target.primary_metric, {}).get("value"),
            provenance=dict(provenance),
        )
        add_to_index([version])
    store_version(version, path, verb=verb, actor=actor, progress=progress, status=status, reason=reason)
    return version


def unfinished_version(
    *, name: str, sha256: str, provenance: Mapping[str, Any], evaluations: Sequence[CarriedEvaluation], files: set[str]
) -> ModelVersion | None:
    """The version that this made when it was interrupted: it lacks evaluations or some of the `files`, by their names.

    None where nothing was made. Raises InvalidRequest where the model has these bytes, and nothing is left to do.
    """
    version = present_version(sha256, name=name)
    if version is None:
        return None
    is_same = version.state in ATTACHED_TO and {**version.provenance, **provenance} == version.provenance
    lacks_files = bool(files - {item["name"] for item in version.attachments})
    if not is_same or not (lacks_files or missing_evaluations(version, evaluations)):
        check_new(name, sha256)
    return version


def attach_carried(
    version: ModelVersion, files: Sequence[Path], reason: str, actor: str, progress: Progress
) -> ModelVersion:
    """The version with the files. Raises StorageError, which says how to go on: the version stands by now."""
    for path in files:
        try:
            version = attach_file(version=version, source=str(path), actor=actor, reason=reason, progress=progress)
        except StorageError as error:
            raise StorageError(
                f"{version.reference} is here, but without its file {path.name}. When the storage answers, run the "
                f"command again: it goes on from there. {error}"
            ) from error
    return version
