"""Manifests: JSON in storage that says all that the rows say, so that a person and a rebuild can read it.

One lies beside each object. What happens to a version afterwards, each audit event, is an object of its own: writers
never meet at a key, so none can lose another's. Such a manifest is committed as a row with the change itself and
stored right after; what could not be stored then is stored after a later change, or by verify_catalog --repair.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import FileField, ForeignKey, Model, QuerySet
from django.utils import timezone

from catalog.exceptions import CatalogError, StorageUnreachable
from catalog.models import (
    AuditEvent,
    Dataset,
    DatasetVersion,
    ModelVersion,
    Prediction,
    RegisteredModel,
    UnstoredManifest,
)
from catalog.models.encoding import ExactEncoder
from catalog.models.statements import Delete, Insert, Parameter
from catalog.services.persistence.signing import FORMAT, sealed
from catalog.storage.interface import catalog_storage, put_bytes
from catalog.storage.keys import event_manifest, manifest_beside, parent_manifest, prediction_output
from catalog.storage.tokens import new_upload_token

Stored = DatasetVersion | ModelVersion | Prediction
PARENTS = (Dataset, RegisteredModel)
KEPT_KEYS = ("auditevent", "prediction")
LEFT_BEHIND_AFTER = timedelta(minutes=1)
STORED_AT_ONCE = 20
PAUSE_SECONDS = 60

_later: ContextVar[bool] = ContextVar("later", default=False)
logger = logging.getLogger(__name__)
_keep = Insert(UnstoredManifest)


@Delete
def _forget(kept: Parameter) -> QuerySet[UnstoredManifest]:
    return UnstoredManifest.objects.filter(pk=kept)


class _Pause:
    """A minute in which this process leaves something alone."""

    until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + PAUSE_SECONDS

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self.until


_silence = _Pause()  # after storage did not answer: each attempt would cost a time-out again
_looked = _Pause()  # after there was nothing more that others had left behind


def manifest(row: Model) -> dict[str, Any]:
    """Every field of the row; related rows by reference, and the parent with its own fields."""
    values: dict[str, Any] = {"format": FORMAT, "kind": row._meta.model_name}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.name)
        if isinstance(field, ForeignKey):
            values[field.name] = _related(value)
        elif isinstance(field, FileField):
            values[field.name] = value.name
        elif not field.primary_key or row._meta.model_name in KEPT_KEYS:
            values[field.name] = value
    return values


def _related(row: Model | None) -> Any:
    if not isinstance(row, PARENTS):
        return None if row is None else str(row)
    return {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name != "next_number"
    }


def manifest_text(row: Model) -> str:
    """The manifest as JSON that people can read, sealed."""
    return sealed(json.dumps(manifest(row), cls=ExactEncoder, indent=1, ensure_ascii=False))


def lies_at(row: Stored) -> str:
    """The key of the row's object; of a receipt whose output went elsewhere, the key that it would have here."""
    if row.stored_key or not isinstance(row, Prediction):
        return row.stored_key
    version = row.model_version
    return prediction_output(version.registered_model.name, version.number, str(row.pk), "csv")


def keep_receipt(receipt: Prediction) -> None:
    """Within the transaction that makes the receipt READY: commit its manifest with it."""
    keep_manifest(manifest_beside(lies_at(receipt)), receipt)


def keep_event(event: AuditEvent) -> None:
    """Within the transaction of the change: commit the event's manifest with it."""
    keep_manifest(event_manifest(event.object_type, event.object_name, event.pk, event.verb), event)


def keep_parent(parent: Dataset | RegisteredModel) -> None:
    """Within the transaction that makes the dataset or model: commit its manifest with it."""
    keep_manifest(parent_manifest(parent._meta.model_name or "", parent.name), parent)


def keep_manifest(key: str, row: Model) -> None:
    """Commit the row's manifest with the caller's transaction, and store it at `key` when that has succeeded."""
    kept = _keep.run(UnstoredManifest(key=key, content=manifest_text(row), upload_token=new_upload_token()))
    if not _later.get():
        transaction.on_commit(partial(_store_with_left_behind, kept))


@contextmanager
def stored_later() -> Iterator[None]:
    """Within it manifests are committed and no attempt is made to store them: for when the storage just failed."""
    token = _later.set(True)
    try:
        yield
    finally:
        _later.reset(token)


def waiting_manifests() -> int:
    """How many manifests are not in storage yet."""
    return UnstoredManifest.objects.count()


def _store_with_left_behind(own: UnstoredManifest) -> None:
    """Store this manifest, and some that another process could not store. The change stands whatever happens here."""
    if _silence.lasts:
        return
    for kept in chain([own], _left_behind()):
        try:
            store_kept(kept)
        except (CatalogError, OSError) as error:
            logger.info("The manifest %s is not stored yet: %s", kept.key, error)
            if isinstance(error, StorageUnreachable):
                _silence.begin()
            break


def _left_behind() -> Iterator[UnstoredManifest]:
    """The newest of those that nobody stored for a minute."""
    if _looked.lasts:
        return
    old = UnstoredManifest.objects.filter(created_at__lt=timezone.now() - LEFT_BEHIND_AFTER)
    found = old.order_by("-id")[:STORED_AT_ONCE]
    yield from found
    if len(found) < STORED_AT_ONCE:
        _looked.begin()


def store_kept(kept: UnstoredManifest) -> None:
    """Raises StorageError; the manifest then stays kept in the database."""
    put_bytes(catalog_storage(), kept.key, kept.content.encode(), upload_token=kept.upload_token)
    _forget.run(kept=kept.pk)
