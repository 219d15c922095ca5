"""A version as a folder that another catalog can take in."""

import json
import shutil
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.exceptions import InvalidRequest, NotReady
from catalog.models import AuditEvent, ModelVersion
from catalog.models.encoding import ExactEncoder
from catalog.progress import Progress
from catalog.services.exchange.carried_evaluations import write_evaluations
from catalog.services.exchange.exported_versions import ATTACHMENTS, artifact_name
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.manifests import manifest_values
from catalog.services.persistence.object_downloads import put_attached
from catalog.services.persistence.signing import sign_manifest
from catalog.services.persistence.verified import open_verified
from catalog.services.registry.attachments import attached_files
from catalog.storage.interface import CHUNK_BYTES
from catalog.storage.keys import MANIFEST
from catalog.temporary_files import temporary_folder


def export_version(*, version: ModelVersion, folder: str, actor: str, progress: Progress | None = None) -> Path:
    """Write manifest, artifact, attached files and evaluations, all verified, into a folder that is new or empty; it is
    there whole or not at all. The manifest is signed where manifests are.

    Raises NotReady, InvalidRequest, DigestMismatch, StorageError.
    """
    if version.state != ModelVersion.State.READY:
        raise NotReady(f"{version.reference} is {version.state}: only a version that is READY can be exported.")
    target, progress = _target(folder), progress or Progress()
    with temporary_folder(parent=target.parent) as made:
        whole = made / "version"
        whole.mkdir()
        _write(version, whole, actor, progress)
        with transaction.atomic():  # so that a database that fails leaves no folder
            record_event(verb=AuditEvent.Verb.EXPORTED, subject=version, actor=actor, to_value=version.sha256[:12])
            if target.exists():
                target.rmdir()
            whole.rename(target)
    return target


def _target(folder: str) -> Path:
    target = Path(folder).expanduser().absolute()
    if not target.parent.is_dir():
        raise InvalidRequest(f"`folder`: there is no folder {target.parent}. Make it first.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidRequest(f"`folder`: {target} is there and not empty. Name a new one.")
    return target


def _write(version: ModelVersion, folder: Path, actor: str, progress: Progress) -> None:
    artifact = folder / artifact_name({"sha256": version.sha256, "artifact_format": version.artifact_format})
    with open_verified(version, progress) as cached, artifact.open("wb") as copy:
        shutil.copyfileobj(cached.handle, copy, CHUNK_BYTES)
    files = attached_files(version)
    if files:
        (folder / ATTACHMENTS).mkdir()
    for file in files:
        put_attached(version, file, str(folder / ATTACHMENTS / file.name), progress)
    evaluations = write_evaluations(version, folder)
    (folder / MANIFEST).write_text(_manifest(version, evaluations, actor), encoding="utf-8")


def _manifest(version: ModelVersion, evaluations: list[dict[str, str]], actor: str) -> str:
    """All that the version's own says, but for the tokens of its objects, and what another catalog needs besides."""
    data = version.dataset_version
    values: dict[str, Any] = {
        **manifest_values(version),
        "upload_token": "",
        "attachments": [{**item, "upload_token": ""} for item in version.attachments],
        "evaluations": evaluations,
        "dataset_sha256": data.sha256 if data else "",
        "exported_by": actor,
        "exported_at": timezone.now(),
    }
    return sign_manifest(json.dumps(values, cls=ExactEncoder, indent=1, ensure_ascii=False))
