"""Manifests: JSON in storage that says all that the rows say, so that a person and a rebuild can read it.

One lies beside each object. What happens to a version afterwards, each audit event, is an object of its own: writers
never meet at a key, so none can lose another's. Such a manifest is committed as a row with the change itself and
stored right after; what could not be stored then is stored after a later change, or by verify_catalog --repair.
"""

import json
import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import FileField, ForeignKey, Model, Q
from django.utils import timezone

from catalog.exceptions import CatalogError, StorageUnreachable
from catalog.models import (
    AuditEvent,
    Dataset,
    DatasetVersion,
    Evaluation,
    ModelVersion,
    Prediction,
    RegisteredModel,
    UnstoredManifest,
)
from catalog.models.encoding import ExactEncoder
from catalog.services.persistence.publishing import AliasKey, publish_alias
from catalog.services.persistence.signing import FORMAT, sign_manifest
from catalog.storage.interface import catalog_storage, new_upload_token, put_bytes
from catalog.storage.keys import (
    evaluation_manifest,
    event_manifest,
    manifest_beside,
    parent_manifest,
    place_of,
    prediction_output,
)

Stored = DatasetVersion | ModelVersion | Prediction
PARENTS = (Dataset, RegisteredModel)
WITH_PRIMARY_KEY = ("auditevent", "evaluation", "prediction")
OVERDUE_AFTER = timedelta(minutes=1)
OVERDUE_BATCH = 20
# The keys of the newest rows that this process committed: the commands that commit more are few, and end soon.
_queued_here: deque[int] = deque(maxlen=200)
PAUSE_SECONDS = 60

_is_deferred: ContextVar[bool] = ContextVar("is_deferred", default=False)
logger = logging.getLogger(__name__)


class Pause:
    """A minute in which this process does not try something again."""

    until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + PAUSE_SECONDS

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self.until


storage_pause = Pause()  # after storage did not answer: each attempt would cost a time-out again
overdue_pause = Pause()  # after all overdue manifests were read: each query would find none again


def manifest_values(row: Model) -> dict[str, Any]:
    """Every field of the row; related rows by reference, and the parent with its own fields."""
    values: dict[str, Any] = {"format": FORMAT, "kind": row._meta.model_name}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.name)
        if isinstance(field, ForeignKey):
            values[field.name] = _related(value)
        elif isinstance(field, FileField):
            values[field.name] = value.name
        elif not field.primary_key or row._meta.model_name in WITH_PRIMARY_KEY:
            values[field.name] = value
    return values


def _related(row: Model | None) -> Any:
    if isinstance(row, ModelVersion):
        return row.stored_reference
    if not isinstance(row, PARENTS):
        return None if row is None else str(row)
    return {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name != "next_number"
    }


def manifest_text(row: Model) -> str:
    """The manifest as JSON that people can read, with its signature and digest."""
    return sign_manifest(json.dumps(manifest_values(row), cls=ExactEncoder, indent=1, ensure_ascii=False))


def object_key(row: Stored) -> str:
    """The key of the row's object; of a receipt whose output went elsewhere, the key that it would have here."""
    if row.stored_key or not isinstance(row, Prediction):
        return row.stored_key
    version = row.model_version
    return prediction_output(version.registered_model.stored_name, version.number, str(row.pk), "csv")


def queue_receipt_manifest(receipt: Prediction) -> None:
    """Within the transaction that makes the receipt READY: commit its manifest with it."""
    queue_manifest(manifest_beside(object_key(receipt)), receipt)


def queue_event_manifest(event: AuditEvent) -> None:
    """Within the transaction of the change: commit the event's manifest with it."""
    queue_manifest(event_manifest(event.object_type, event.object_name, event.pk, event.verb), event)


def queue_published_alias(event: AuditEvent) -> None:
    """Within the transaction that moves an alias: what is to be published is made when it is stored."""
    _queue(AliasKey(event.object_name, event.alias).published_key, "")


def queue_evaluation_manifest(evaluation: Evaluation) -> None:
    """Within the transaction that records the evaluation: commit its manifest with it."""
    queue_manifest(evaluation_key(evaluation), evaluation)


def evaluation_key(evaluation: Evaluation) -> str:
    """Of its manifest."""
    version = evaluation.model_version
    return evaluation_manifest(version.registered_model.stored_name, version.number, str(evaluation.pk))


def queue_parent_manifest(parent: Dataset | RegisteredModel) -> None:
    """Within the transaction that makes the dataset or model: commit its manifest with it."""
    queue_manifest(parent_manifest(parent._meta.model_name or "", parent.stored_name), parent)


def queue_manifest(key: str, row: Model) -> None:
    """Commit the row's manifest with the caller's transaction, and store it at `key` when that has succeeded."""
    _queue(key, manifest_text(row))


def _queue(key: str, content: str) -> None:
    queued = UnstoredManifest.objects.create(key=key, content=content, upload_token=new_upload_token())
    _queued_here.append(queued.pk)
    if not _is_deferred.get():
        transaction.on_commit(partial(_store_after_commit, queued))


@contextmanager
def defer_storing() -> Iterator[None]:
    """Within it manifests are committed and no attempt is made to store them: for when the storage just failed."""
    token = _is_deferred.set(True)
    try:
        yield
    finally:
        _is_deferred.reset(token)


def count_queued_manifests() -> int:
    """How many manifests are not in storage yet."""
    return UnstoredManifest.objects.count()


def count_left_manifests() -> int:
    """The same without those that another process committed within a minute, and is about to store."""
    is_overdue = Q(created_at__lt=timezone.now() - OVERDUE_AFTER)
    return UnstoredManifest.objects.filter(is_overdue | Q(pk__in=list(_queued_here))).count()


def _store_after_commit(committed: UnstoredManifest) -> None:
    """The change stands whatever happens here, also when the database is lost right after it."""
    try:
        _store_with_overdue(committed)
    except DatabaseError as error:
        logger.info("The manifest %s is not stored yet: %s", committed.key, error)
        connection.close_if_unusable_or_obsolete()


def _store_with_overdue(committed: UnstoredManifest) -> None:
    """Store this manifest and some that another process could not."""
    if storage_pause.lasts:
        return
    for queued in chain([committed], _overdue()):
        try:
            store_queued_manifest(queued)
        except (CatalogError, OSError) as error:
            logger.info("The manifest %s is not stored yet: %s", queued.key, error)
            if isinstance(error, StorageUnreachable):
                storage_pause.begin()
            break


def _overdue() -> Iterator[UnstoredManifest]:
    """The newest of those that nobody stored for a minute."""
    if overdue_pause.lasts:
        return
    overdue = UnstoredManifest.objects.filter(created_at__lt=timezone.now() - OVERDUE_AFTER)
    batch = overdue.order_by("-id")[:OVERDUE_BATCH]
    yield from batch
    if len(batch) < OVERDUE_BATCH:
        overdue_pause.begin()


def store_queued_manifest(queued: UnstoredManifest) -> None:
    """Raises StorageError; the manifest then stays in the database."""
    place = place_of(queued.key)
    if place and place.alias:
        publish_alias(AliasKey(place.name, place.alias))
    else:
        put_bytes(catalog_storage(), queued.key, queued.content.encode(), upload_token=queued.upload_token)
    UnstoredManifest.objects.filter(pk=queued.pk).delete()
