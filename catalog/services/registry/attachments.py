"""Files beside a version: plots, vocabularies, reports. Each is stored once, and never opened here."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest, NotFound, NotReady, StorageError, near
from catalog.models import AuditEvent, ModelVersion
from catalog.models.names import ATTACHED_NAME, MOST_ATTACHED
from catalog.progress import Progress
from catalog.services.registry.curation import change_fields, lock_version
from catalog.storage.addresses import local_copy, spooled
from catalog.storage.digests import path_sha256
from catalog.storage.interface import catalog_storage, new_upload_token
from catalog.storage.keys import attachment

ATTACHED_TO = {ModelVersion.State.READY, ModelVersion.State.ARCHIVED, ModelVersion.State.QUARANTINED}


@dataclass(frozen=True)
class AttachedFile:
    """What the version records of one, and the key under which it lies."""

    name: str
    sha256: str
    size_bytes: int
    upload_token: str
    key: str


def attached_files(version: ModelVersion) -> list[AttachedFile]:
    """By name."""
    stored, number = version.registered_model.stored_name, version.number
    files = [
        AttachedFile(
            item["name"],
            item["sha256"],
            item["size_bytes"],
            item["upload_token"],
            attachment(stored, number, item["sha256"], item["name"]),
        )
        for item in version.attachments
    ]
    return sorted(files, key=lambda file: file.name)


def find_attached(version: ModelVersion, name: str) -> AttachedFile:
    """Raises NotFound, with the names near it."""
    files = {file.name: file for file in attached_files(version)}
    if name not in files:
        raise NotFound(f"{version.reference} has no file {name[:80]!r} attached.{near(name, files)}")
    return files[name]


def attach_file(
    *,
    version: ModelVersion,
    source: str,
    name: str = "",
    actor: str,
    reason: str = "",
    progress: Progress | None = None,
) -> ModelVersion:
    """Keep the file at `source`, a path or s3://bucket/key, with the version, called `name` or as it is called there.

    The same file under the same name again changes nothing. Raises InvalidRequest, NotReady, StorageError.
    """
    name, progress = name or source.rpartition("/")[2], progress or Progress()
    if not re.fullmatch(ATTACHED_NAME, name, re.ASCII):
        raise InvalidRequest(
            f"`name`: {name[:80]!r} can't be the name of an attached file: use letters, digits, '.', '-' and '_'."
        )
    with local_copy(source, progress=progress) as path, path.open("rb") as file, spooled(file) as copy:
        _check_size(name, copy.stat().st_size)
        sha256 = path_sha256(copy)
        if _is_there(version, name, sha256):
            return version
        return _store(version, copy, {"name": name, "sha256": sha256}, actor=actor, reason=reason, progress=progress)


def _check_size(name: str, size: int) -> None:
    most = catalog_settings().model_bytes
    if size > most:
        raise InvalidRequest(f"{name} has {size:,} bytes, and at most {most:,} can be attached.")


def _is_there(version: ModelVersion, name: str, sha256: str) -> bool:
    """Whether this file is attached already. Raises what keeps it from being attached."""
    if version.state not in ATTACHED_TO:
        raise NotReady(
            f"{version.reference} is {version.state}: files are attached to what is READY, archived or quarantined."
        )
    present = {item["name"]: item["sha256"] for item in version.attachments}
    if name in present and present[name] != sha256:
        raise InvalidRequest(f"`name`: {version.reference} has another file {name} attached. Choose another name.")
    if name not in present and len(present) >= MOST_ATTACHED:
        raise InvalidRequest(f"{version.reference} has {MOST_ATTACHED} files attached, and can't have more.")
    return name in present


def _store(
    version: ModelVersion, path: Path, record: dict[str, Any], *, actor: str, reason: str, progress: Progress
) -> ModelVersion:
    """The object first, then the record of it: killed in between, this leaves an object that belongs to nothing."""
    storage, token, size = catalog_storage(), new_upload_token(), path.stat().st_size
    key = attachment(version.registered_model.stored_name, version.number, record["sha256"], record["name"])
    try:
        with progress.step("store", total=size, unit="bytes"):
            storage.put(key, path, upload_token=token, sha256=record["sha256"], on_bytes=progress.advance)
        stored = storage.stat(key)
        if (stored.size_bytes, stored.upload_token) != (size, token):
            raise StorageError(f"{storage.uri(key)} is not what was stored. Run the command again.")
        record = {**record, "size_bytes": size, "upload_token": token, "by": actor}
        return _record(version, {**record, "at": timezone.now().isoformat()}, actor, reason)
    except BaseException:
        # It may have come after the commit: what the database says decides about the object.
        connection.close_if_unusable_or_obsolete()
        present = ModelVersion.objects.filter(pk=version.pk).values_list("attachments", flat=True).first()
        if token not in {item["upload_token"] for item in present or []}:
            storage.delete_own(key, upload_token=token)
        raise


def _record(version: ModelVersion, record: dict[str, Any], actor: str, reason: str) -> ModelVersion:
    with transaction.atomic():
        locked = lock_version(version)
        if _is_there(locked, record["name"], record["sha256"]):
            raise InvalidRequest(f"{version.reference} has got this file from somebody else meanwhile.")
        changes = {"attachments": [*locked.attachments, record]}
        step = {"to_value": record["name"][:63], "reason": reason}
        return change_fields(locked, AuditEvent.Verb.ATTACHED, actor, changes=changes, **step)
