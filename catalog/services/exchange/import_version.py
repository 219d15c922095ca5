"""A version of another catalog taken in: as it was there when this one trusts who signed it, else into quarantine."""

from collections.abc import Sequence
from pathlib import Path

from catalog.exceptions import InvalidRequest
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.exchange.carried_evaluations import (
    MOST_STATED,
    CarriedEvaluation,
    add_evaluations,
    list_left_out,
    read_evaluations,
    stated_values,
)
from catalog.services.exchange.carried_versions import OWN_FIELDS, attach_carried, store_carried, unfinished_version
from catalog.services.exchange.exported_versions import ATTACHMENTS, ExportedVersion, read_export
from catalog.services.registry.naming import require_unused_name
from catalog.services.uploads.add_version import UploadRequest, add_upload
from catalog.services.uploads.upload_checks import check_model_task
from catalog.storage.digests import path_sha256, require_digest

# What a manifest says of a version besides what an upload is asked, and what is inspected anew.
NOT_BELIEVED = {"params": "the parameters", "report": "the report", "code": "the code of its own"}


def import_version(*, folder: str, name: str = "", actor: str, progress: Progress | None = None) -> ModelVersion:
    """The version in the folder, which export_version() made, as the next of the model `name`, or of the same name.

    Signed with this catalog's key, or with one that it trusts, it is READY with all that its manifest says. Else it is
    an upload: inspected and QUARANTINED with its files, and with its metrics, tags and notes as what the uploader
    states. So are its evaluations, which stand in its `provenance`, beside what of the folder is not taken in,
    `left_out`. One that was interrupted is finished. Raises CatalogError.
    """
    exported, progress = read_export(Path(folder).expanduser()), progress or Progress()
    name = check_name(name or exported.name, "a model")
    target = RegisteredModel.objects.filter(name=name).first()
    if target is None:
        require_unused_name(name)
    check_model_task(str(exported.values["registered_model"]["task"]), target)
    files, evaluations = _attached(exported), read_evaluations(exported)
    version = unfinished_version(
        name=name,
        sha256=exported.fields["sha256"],
        provenance=exported.provenance,
        evaluations=evaluations if exported.is_trusted else [],
        files={path.name for path in files},
    )
    if version is None and exported.is_trusted:
        version = _take_over(exported, name, list_left_out(evaluations), actor, progress)
    elif version is None:
        version = _quarantine(exported, name, evaluations, actor, progress)
    if exported.is_trusted:
        add_evaluations(version, evaluations, source=exported.reference)
    return attach_carried(version, files, f"From {exported.reference}", actor, progress)


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


def _quarantine(
    exported: ExportedVersion, name: str, evaluations: Sequence[CarriedEvaluation], actor: str, progress: Progress
) -> ModelVersion:
    """As any model from elsewhere: what only a catalog says of its versions is left out, and named."""
    data, told = exported.dataset_here(), exported.values["registered_model"]
    metrics, (inputs, outputs) = stated_values(exported.fields["metrics"]), exported.said_types()
    if told["task"] in TARGETLESS_TASKS or len(outputs) != 1:
        raise InvalidRequest(
            f"{exported.reference} predicts {'no column' if told['task'] in TARGETLESS_TASKS else 'several columns'}, "
            "and an upload predicts one. It is taken where its signer is trusted (CATALOG_TRUSTED_MANIFEST_KEYS)."
        )
    newest = sorted(evaluations, key=lambda evaluation: evaluation.fields["created_at"], reverse=True)[:MOST_STATED]
    request = UploadRequest(
        name,
        str(exported.artifact),
        actor,
        dataset=data.reference if data else "",
        target=str(exported.fields.get("target", "")),
        task=told["task"],
        metrics=metrics,
        primary_metric=told["primary_metric"] if told["primary_metric"] in metrics else "",
        notes=str(exported.fields.get("notes", "")),
        quarantine=True,
        tags=exported.fields.get("tags", {}),
        provenance={
            **exported.provenance,
            "left_out": _not_believed(exported),
            "evaluations": [evaluation.as_stated() for evaluation in newest],
            **({} if data else {"columns": {**inputs, **outputs}}),
        },
    )
    return add_upload(request=request, progress=progress)


def _not_believed(exported: ExportedVersion) -> list[str]:
    """In words, what is not taken from somebody whom nobody here trusts."""
    fields, older = exported.fields, len(exported.evaluations) - MOST_STATED
    return [
        *(words for name, words in NOT_BELIEVED.items() if fields.get(name)),
        *(["all but the metrics of its evaluations"] if exported.evaluations else []),
        *([f"all but the newest {MOST_STATED} evaluations"] if older > 0 else []),
    ]


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
