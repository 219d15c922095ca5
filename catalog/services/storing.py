"""The order of a write: the PENDING row is committed, the object and its manifest are stored and checked, then READY.

Whatever stops in between leaves a PENDING row and perhaps an object of its own, never a READY row without its object.
"""

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import get_random_string

from catalog.exceptions import CatalogError, NotReady, StorageError
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.audit import record_event
from catalog.services.manifests import manifest_bytes
from catalog.storage.interface import catalog_storage
from catalog.storage.keys import manifest_beside

READY, PENDING, FAILED = "READY", "PENDING", "FAILED"
Stored = DatasetVersion | ModelVersion | Prediction


def new_upload_token() -> str:
    """Random text in an object's metadata, by which a writer knows its own object."""
    return get_random_string(32)


def store_version(
    version: DatasetVersion | ModelVersion, path: Path, *, verb: AuditEvent.Verb, actor: str, progress: Progress
) -> None:
    """Store the file of a PENDING version and make it READY; on any error FAILED, and its objects are removed."""

    def failed(reason: str) -> None:
        record_event(
            verb=AuditEvent.Verb.FAILED,
            subject=version,
            actor=actor,
            from_value=PENDING,
            to_value=FAILED,
            reason=reason,
        )

    def ready() -> None:
        record_event(verb=verb, subject=version, actor=actor, from_value=PENDING, to_value=READY)

    store_pending(version, path, sha256=version.sha256, progress=progress, ready=ready, failed=failed)


def store_pending(
    row: Stored,
    path: Path,
    *,
    sha256: str,
    progress: Progress,
    ready: Callable[[], None] = lambda: None,
    failed: Callable[[str], None] = lambda reason: None,
) -> None:
    """Store `path` under the row's key with its manifest, then make the PENDING row READY.

    `ready` and `failed` record the change in its transaction. Raises StorageError.
    """
    try:
        with progress.step("store", total=path.stat().st_size, unit="bytes"):
            _put(row, path, sha256, progress)
            _put_manifest(row)
        finish(row, ready=ready)
    except BaseException as error:
        reason = str(error) or type(error).__name__
        _remove_own(row)
        fail(row, reason, failed=failed)
        raise


def finish(row: Stored, *, ready: Callable[[], None] = lambda: None) -> None:
    """PENDING → READY with its event. Raises NotReady when somebody else changed the row meanwhile."""
    with transaction.atomic():
        if not _pending(row).update(status=READY):
            raise NotReady(f"{row} was no longer pending when its object had been stored. Run the command again.")
        row.status = READY
        ready()


def fail(row: Stored, reason: str, *, failed: Callable[[str], None] = lambda reason: None) -> None:
    """PENDING → FAILED with its reason and event."""
    with transaction.atomic():
        if _pending(row).update(status=FAILED, failure=reason):
            row.status = FAILED
            failed(reason)


def _pending(row: Stored) -> "QuerySet[Any]":
    """The row in the database, if it is still PENDING there."""
    return type(row)._default_manager.filter(pk=row.pk, status=PENDING)  # type: ignore[misc] # keys differ by model


def _put(row: Stored, path: Path, sha256: str, progress: Progress) -> None:
    storage, key, token, size_bytes = catalog_storage(), row.stored_key, row.upload_token, path.stat().st_size
    storage.put(key, path, upload_token=token, sha256=sha256, on_bytes=progress.advance)
    found = storage.stat(key)
    if found.size_bytes != size_bytes or found.upload_token != token:
        raise StorageError(
            f"{storage.uri(key)} is not what was stored: it has {found.size_bytes} bytes, expected {size_bytes}"
            f"{'' if found.upload_token == token else ', and belongs to another write'}. Run the command again."
        )


def _put_manifest(row: Stored) -> None:
    row.status = READY
    content = manifest_bytes(row)
    row.status = PENDING
    with tempfile.TemporaryDirectory(prefix="catalog-") as folder:
        path = Path(folder) / "manifest.json"
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        key = manifest_beside(row.stored_key)
        catalog_storage().put(key, path, upload_token=row.upload_token, sha256=digest)


def _remove_own(row: Stored) -> None:
    """Best effort: keys that may only get and put leave the object to the row, which is FAILED and names it."""
    for own in (row.stored_key, manifest_beside(row.stored_key)):
        with suppress(CatalogError):
            catalog_storage().delete_own(own, upload_token=row.upload_token)
