"""A version of another catalog taken in: as it was there when this one trusts who signed it, else into quarantine."""

from pathlib import Path
from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.exchange.carried_evaluations import add_evaluations, left_behind, read_evaluations
from catalog.services.exchange.carried_versions import OWN_FIELDS, store_carried
from catalog.services.exchange.exported_versions import ATTACHMENTS, ExportedVersion, read_export
from catalog.services.registry.attachments import attach_file
from catalog.services.registry.naming import require_unused_name
from catalog.services.uploads.add_version import UploadRequest, add_upload
from catalog.services.uploads.upload_checks import check_new, check_task
from catalog.storage.digests import path_sha256, require_digest

# What a manifest says of a version besides what an upload is asked, and what is inspected anew.
NOT_BELIEVED = {"params": "the parameters", "report": "the report", "code": "the code of its own"}


def import_version(*, folder: str, name: str = "", actor: str, progress: Progress | None = None) -> ModelVersion:
    """The version in the folder, which export_version() made, as the next of the model `name`, or of the same name.

    Signed with this catalog's key, or with one that it trusts, it is READY with all that its manifest says. Else it is
    an upload: inspected, QUARANTINED, and what its manifest says of it is what the uploader says. What of the folder is
    not taken in stands in its `provenance` as `left_out`. Raises CatalogError.
    """
    exported, progress = read_export(Path(folder).expanduser()), progress or Progress()
    name = check_name(name or exported.name, "a model")
    target = RegisteredModel.objects.filter(name=name).first()
    if target is None:
        require_unused_name(name)
    check_task(str(exported.values["registered_model"]["task"]), target)
    check_new(name, exported.fields["sha256"])
    if not exported.is_trusted:
        return _quarantine(exported, name, actor, progress)
    files, evaluations = _attached(exported), read_evaluations(exported)
    version = _take_over(exported, name, left_behind(evaluations), actor, progress)
    add_evaluations(version, evaluations, source=exported.reference)
    for path in files:
        version = attach_file(version=version, source=str(path), actor=actor, reason=f"From {exported.reference}")
    return version


def _take_over(
    exported: ExportedVersion, name: str, left_out: list[str], actor: str, progress: Progress
) -> ModelVersion:
    names = {field.name for field in ModelVersion._meta.concrete_fields} - OWN_FIELDS - {"dataset_version"}
    fields = {field: value for field, value in exported.fields.items() if field in names}
    told = exported.values["registered_model"]
    return store_carried(
        model=RegisteredModel(name=name, task=told["task"], primary_metric=told["primary_metric"]),
        new_name=name,
        fields={**fields, "dataset_version": exported.dataset_here()},
        provenance={**exported.provenance, "left_out": left_out},
        path=exported.artifact,
        verb=AuditEvent.Verb.IMPORTED,
        status=ModelVersion.Status.READY,
        actor=actor,
        reason=f"{exported.reference} of another catalog",
        progress=progress,
    )


def _quarantine(exported: ExportedVersion, name: str, actor: str, progress: Progress) -> ModelVersion:
    """As any model from elsewhere: what only a catalog says of its versions is left out, and named."""
    data = exported.dataset_here()
    target = str(exported.fields.get("target", ""))
    request = UploadRequest(
        name,
        str(exported.artifact),
        actor,
        dataset=data.reference if data else "",
        target=target,
        task=str(exported.values["registered_model"]["task"]),
        metrics=_values_of(exported.fields["metrics"]),
        notes=str(exported.fields.get("notes", "")),
        quarantine=True,
        provenance={**exported.provenance, "left_out": _not_believed(exported)},
    )
    return add_upload(request=request, progress=progress)


def _not_believed(exported: ExportedVersion) -> list[str]:
    """In words, what is not taken from somebody whom nobody here trusts."""
    fields = exported.fields
    tags, files = sorted(fields.get("tags", {})), [item["name"] for item in fields.get("attachments", [])]
    count = len(exported.evaluations)
    return [
        *([f"the {'tag' if len(tags) == 1 else 'tags'} {', '.join(tags)}"] if tags else []),
        *([f"the attached {', '.join(sorted(files))}"] if files else []),
        *([f"{count:,} {'evaluation' if count == 1 else 'evaluations'}"] if count else []),
        *(words for name, words in NOT_BELIEVED.items() if fields.get(name)),
    ]


def _values_of(metrics: dict[str, Any]) -> dict[str, float]:
    values = {name: metric.get("value") for name, metric in metrics.items() if isinstance(metric, dict)}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def _attached(exported: ExportedVersion) -> list[Path]:
    """The attached files in the folder, each with the digest that the manifest says. Raises InvalidRequest."""
    paths = []
    for item in exported.fields.get("attachments", []):
        path = exported.folder / ATTACHMENTS / item["name"]
        if not path.is_file():
            raise InvalidRequest(f"`folder`: {path} is missing. Export the version again.")
        require_digest(path_sha256(path), item["sha256"], str(path))
        paths.append(path)
    return paths
