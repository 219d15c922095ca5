"""The order of a write: the PENDING row is committed, the object and its manifest are stored and checked, then READY.

Whatever stops in between leaves a PENDING row and perhaps an object of its own, never a READY row without its object.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from catalog.changes import tell_kept
from catalog.exceptions import CatalogError, NotReady, StorageError, StorageUnreachable, counted
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.manifests import Stored, defer_storing, manifest_text, object_key, queue_manifest
from catalog.storage.interface import catalog_storage, put_bytes
from catalog.storage.keys import failed_beside, manifest_beside

Row = TypeVar("Row")
# Called with the row in the transaction that makes it READY; it may raise to refuse that.
Guard = Callable[[Row], None]
Status = ModelVersion.Status  # datasets and receipts have PENDING, READY and FAILED too
UNFINISHED = (Status.PENDING, *Prediction.UNFINISHED)
logger = logging.getLogger(__name__)


def unguarded(row: object) -> None:
    """The guard that lets every row be READY."""


def store_version(
    version: DatasetVersion | ModelVersion,
    path: Path,
    *,
    verb: AuditEvent.Verb,
    actor: str,
    progress: Progress,
    status: str = Status.READY,
    guard: Callable[[], None] = lambda: None,
    reason: str = "",
) -> None:
    """Store the file of a PENDING version and make it READY, or `status`; on any error FAILED, without its objects.

    `guard` is called first in the transaction that gives it its status, and may raise to refuse that.
    """

    record = partial(record_event, subject=version, actor=actor, from_value=Status.PENDING)

    def failed(reason: str) -> None:
        changes = {"status": Status.FAILED, "failure": reason}
        record(verb=AuditEvent.Verb.FAILED, to_value=Status.FAILED, reason=reason, changes=changes)

    store_pending(
        version,
        path,
        sha256=version.sha256,
        progress=progress,
        status=status,
        guard=guard,
        finished=partial(record, verb=verb, to_value=status, changes={"status": status}, reason=reason),
        failed=failed,
    )


def store_pending(
    row: Stored,
    path: Path,
    *,
    sha256: str,
    progress: Progress,
    status: str = Status.READY,
    guard: Callable[[], None] = lambda: None,
    finished: Callable[[], object] = lambda: None,
    failed: Callable[[str], None] = lambda reason: None,
) -> None:
    """Store `path` under the row's key with its manifest, then give the PENDING row its `status`.

    `finished` and `failed` record the change in its transaction. Raises StorageError.
    """
    if isinstance(row, Prediction):  # of a version its event tells
        tell_kept(partial(_kept, row))
    try:
        with progress.step("store", total=path.stat().st_size, unit="bytes"):
            _put(row, path, sha256, progress)
            _put_manifest(row, status)
        finish(row, status=status, guard=guard, finished=finished)
    except BaseException as error:
        with defer_storing() if isinstance(error, StorageError) else nullcontext():
            fail(row, str(error) or type(error).__name__, failed=failed)
        # The error may have come after the commit: what the database says of the row decides about its objects.
        if not isinstance(error, StorageUnreachable) and not _is_stored(row):
            _remove_own(row)
        raise


def finish(
    row: Stored,
    *,
    status: str = Status.READY,
    guard: Callable[[], None] = lambda: None,
    finished: Callable[[], object] = lambda: None,
) -> None:
    """PENDING → READY with its event. Raises NotReady when somebody else changed the row meanwhile."""
    if isinstance(row, Prediction):  # of a version its event tells
        tell_kept(partial(_kept, row))
    with transaction.atomic():
        guard()
        if not _rows(row, [Status.PENDING]).update(status=status):
            raise NotReady(f"{row} was no longer pending when its object had been stored. Run the command again.")
        row.status = status
        finished()


def _kept(receipt: Prediction) -> list[str]:
    """The receipt, once it is READY or FAILED."""
    status = _rows(receipt, [Status.READY, Status.FAILED]).values_list("status", flat=True).first()
    return [f"the receipt {receipt.pk}{' is FAILED' if status == Status.FAILED else ''}"] if status else []


def fail(row: Stored, reason: str, *, failed: Callable[[str], None] = lambda reason: None) -> None:
    """PENDING or a run in parts → FAILED with its reason, its event, and a manifest of what failed."""
    connection.close_if_unusable_or_obsolete()  # the database may have restarted, which is why it failed
    with transaction.atomic():
        if _rows(row, UNFINISHED).update(status=Status.FAILED, failure=reason):
            row.status, row.failure = Status.FAILED, reason
            failed(reason)
            queue_manifest(failed_beside(object_key(row)), row)


def _rows(row: Stored, statuses: Sequence[str]) -> "QuerySet[Any]":
    """The row in the database, if it is still in one of these states there."""
    return _same(row).filter(status__in=statuses)


def _is_stored(row: Stored) -> bool:
    return _same(row).exclude(status=Status.FAILED).exists()


def _same(row: Model) -> "QuerySet[Any]":
    return type(row)._default_manager.filter(pk=row.pk)


def _put(row: Stored, path: Path, sha256: str, progress: Progress) -> None:
    storage, key, token, size_bytes = catalog_storage(), row.stored_key, row.upload_token, path.stat().st_size
    storage.put(key, path, upload_token=token, sha256=sha256, on_bytes=progress.advance)
    stored = storage.stat(key)
    if stored.size_bytes != size_bytes or stored.upload_token != token:
        raise StorageError(
            f"{storage.uri(key)} is not what was stored: it has {counted(stored.size_bytes, 'byte')}, "
            f"expected {size_bytes:,}"
            f"{'' if stored.upload_token == token else ', and belongs to another write'}. Run the command again."
        )


def _put_manifest(row: Stored, status: str) -> None:
    row.status = status
    content = manifest_text(row).encode()
    row.status = Status.PENDING
    put_bytes(catalog_storage(), manifest_beside(row.stored_key), content, upload_token=row.upload_token)


def _remove_own(row: Stored) -> None:
    """Best effort: keys that may only get and put, and a server that is gone, leave the object to the row, which is
    FAILED and names it."""
    for key in (row.stored_key, manifest_beside(row.stored_key)):
        try:
            if not catalog_storage().delete_own(key, upload_token=row.upload_token):
                logger.info("%s is left in storage: it belongs to another write, or could not be deleted", key)
        except StorageUnreachable:
            return
        except CatalogError as error:
            logger.info("%s is left in storage: %s", key, error)
