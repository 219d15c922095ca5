"""A version of one model as a version of another: the same bytes, and all that is known of them."""

from typing import Any

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, Evaluation, ModelVersion, RegisteredModel
from catalog.models.names import check_name
from catalog.progress import Progress
from catalog.services.exchange.carried_evaluations import CarriedEvaluation, add_evaluations
from catalog.services.exchange.carried_versions import (
    attach_carried,
    carried_fields,
    store_carried,
    unfinished_version,
)
from catalog.services.persistence.object_downloads import put_attached
from catalog.services.persistence.verified import open_verified
from catalog.services.registry.attachments import attached_files
from catalog.services.registry.naming import require_unused_name
from catalog.services.uploads.upload_checks import check_model_task
from catalog.storage.addresses import spooled
from catalog.temporary_files import temporary_folder


def copy_version(
    *, version: ModelVersion, new_name: str, actor: str, reason: str = "", progress: Progress | None = None
) -> ModelVersion:
    """The next version of the model `new_name`, which is made if there is none: with the file, the metrics, the
    parameters, the data, the notes, the tags, the evaluations and the attached files of `version`, and where it came
    from.

    One that was interrupted is finished. Raises NotReady, InvalidRequest, InvalidReference, DigestMismatch,
    StorageError.
    """
    _check(version, new_name)
    progress = progress or Progress()
    provenance = {
        "copied_from": version.reference,
        "created_by": version.created_by,
        "created_at": version.created_at.isoformat(),
        **({"before": version.provenance} if version.provenance else {}),
    }
    evaluations = [_carried(row) for row in version.evaluations.all()]
    copy = unfinished_version(
        name=new_name,
        sha256=version.sha256,
        provenance=provenance,
        evaluations=evaluations,
        files={file.name for file in attached_files(version)},
    )
    with temporary_folder() as folder:
        files = [folder / file.name for file in attached_files(version)]
        for file in attached_files(version):
            put_attached(version, file, str(folder / file.name), progress)
        copy = copy or _store_copy(version, new_name, provenance, actor, reason, progress)
        add_evaluations(copy, evaluations, source=version.reference)
        return attach_carried(copy, files, f"From {version.reference}", actor, progress)


def _store_copy(
    version: ModelVersion, new_name: str, provenance: dict[str, Any], actor: str, reason: str, progress: Progress
) -> ModelVersion:
    told = f"A copy of {version.reference}"
    with open_verified(version, progress) as cached, spooled(cached.handle) as path:
        return store_carried(
            model=version.registered_model,
            new_name=new_name,
            fields=carried_fields(version),
            provenance=provenance,
            path=path,
            verb=AuditEvent.Verb.COPIED,
            status=ModelVersion.Status.READY,
            actor=actor,
            reason=f"{told}: {reason}" if reason else told,
            progress=progress,
        )


def _carried(evaluation: Evaluation) -> CarriedEvaluation:
    own = {"id", "model_version", "dataset_version"}
    names = [field.name for field in evaluation._meta.concrete_fields if field.name not in own]
    data = evaluation.dataset_version
    return CarriedEvaluation({name: getattr(evaluation, name) for name in names}, data.reference, data)


def _check(version: ModelVersion, new_name: str) -> None:
    check_name(new_name, "a model")
    if version.state != ModelVersion.State.READY:
        raise NotReady(f"{version.reference} is {version.state}: only a version that is READY can be copied.")
    if new_name == version.registered_model.name:
        raise InvalidRequest(f"`new_name`: {version.reference} is a version of {new_name} already.")
    target = RegisteredModel.objects.filter(name=new_name).first()
    if target is None:
        require_unused_name(new_name)
    check_model_task(version.registered_model.task, target)
