"""Approving and rejecting uploaded models: by a person other than the uploader, for one digest and its types."""

from typing import Any

from django.db import transaction

from catalog.conf import catalog_settings
from catalog.exceptions import DigestMismatch, InvalidArtifact, NotPermitted, NotReady
from catalog.ml.artifacts.artifact_formats import PICKLES, Detected, Family
from catalog.models import AuditEvent, ModelVersion
from catalog.progress import Progress
from catalog.services.persistence.verified import open_verified
from catalog.services.registry.curation import change_fields, lock_version
from catalog.services.uploads.add_version import inspection_fields
from catalog.services.uploads.inspection import inspect

QUARANTINED = ModelVersion.Status.QUARANTINED


def needed_permission(version: ModelVersion) -> str:
    """The codename of the permission that approving this version takes."""
    return "approve_pickle_artifact" if version.artifact_format in PICKLES else "approve_modelversion"


def why_not_approvable(version: ModelVersion, actor: str) -> str:
    """Why `actor`, whatever the permissions, can't approve the version now; empty when nothing is in the way."""
    if version.state != QUARANTINED:
        return f"{version.reference} is {version.state}: only a version that is QUARANTINED can be approved."
    if actor == version.created_by:
        return f"{version.reference} was uploaded by {actor}: somebody else must approve it."
    if version.artifact_format in PICKLES and not catalog_settings().allow_pickle_uploads:
        return (
            f"{version.reference} is a {version.artifact_format} file, and CATALOG_ALLOW_PICKLE_UPLOADS is off: "
            "loading it would run code from the file."
        )
    return ""


def approve(
    *,
    version: ModelVersion,
    actor: str,
    reason: str = "",
    may_approve_pickles: bool = False,
    progress: Progress | None = None,
) -> ModelVersion:
    """Approve the version's bytes and the types that its inspection names, which makes it READY. Raises CatalogError.

    The verified file is loaded in a limited process first: what can't be loaded stays QUARANTINED. A pickle takes
    `may_approve_pickles`.
    """
    progress = progress or Progress()
    # As it is now: what the caller holds may have been rejected meanwhile, and the file is about to be opened.
    version = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get(pk=version.pk)
    _check_may(version, actor, may_approve_pickles)
    changes = _load_limited(version, progress)
    with transaction.atomic():
        locked = lock_version(version)
        _check_may(locked, actor, may_approve_pickles)
        if (locked.sha256, locked.inspection) != (version.sha256, version.inspection):
            raise DigestMismatch(f"{locked.reference} changed while it was inspected. Look at it again, then approve.")
        verb = AuditEvent.Verb.APPROVED
        words = {"from_value": QUARANTINED, "to_value": ModelVersion.Status.READY, "reason": reason}
        return change_fields(locked, verb, actor, changes=changes, **words)


def _check_may(version: ModelVersion, actor: str, may_approve_pickles: bool) -> None:
    why = why_not_approvable(version, actor)
    if why:
        raise (NotReady if version.state != QUARANTINED else NotPermitted)(why)
    if version.artifact_format in PICKLES and not may_approve_pickles:
        raise NotPermitted(
            f"Approving the {version.artifact_format} file of {version.reference} takes the permission "
            f"{needed_permission(version)}: loading it runs code from the file."
        )


def _load_limited(version: ModelVersion, progress: Progress) -> dict[str, Any]:
    """The fields that the approval sets."""
    inspection, family = version.inspection, Family.PICKLE if version.artifact_format in PICKLES else Family.SKOPS
    with open_verified(version, progress) as cached, progress.step("inspect"):
        facts, signature = inspect(
            cached.handle,
            Detected(family, inspection["compression"]),
            name=f"The file of {version.reference}",
            dataset_version=version.dataset_version,
            target=version.target,
            task=version.registered_model.task,
            approved=inspection["types"],
            said_columns=version.provenance.get("columns", {}),
        )
    if signature is None or facts["format"] != version.artifact_format:
        raise InvalidArtifact(f"The file of {version.reference} is not what its upload found. Reject it.")
    return {
        "status": ModelVersion.Status.READY,
        "approved_sha256": version.sha256,
        "approved_types": facts["types"],
        "signature": signature,
        "inspection": {"file_name": inspection["file_name"], **facts},
        **inspection_fields(facts),
    }


def reject(*, version: ModelVersion, actor: str, reason: str = "") -> ModelVersion:
    """Close a quarantined version for good; its uploader may do that too. Raises NotReady."""
    with transaction.atomic():
        locked = lock_version(version)
        if locked.state != QUARANTINED:
            raise NotReady(f"{locked.reference} is {locked.state}: only a version that is QUARANTINED can be rejected.")
        changes = {"status": ModelVersion.Status.REJECTED}
        words = {"from_value": QUARANTINED, "to_value": ModelVersion.Status.REJECTED, "reason": reason}
        return change_fields(locked, AuditEvent.Verb.REJECTED, actor, changes=changes, **words)
