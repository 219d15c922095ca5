"""Repairs of what verify_catalog found, each checked again at the moment of doing it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog.changes import one_by_one, tell_kept
from catalog.exceptions import CatalogError, Inconsistent, ObjectMissing
from catalog.models import (
    AuditEvent,
    DatasetVersion,
    ModelVersion,
    Prediction,
    RegisteredModel,
    RunLease,
    UnstoredManifest,
)
from catalog.models.registered_model import STORED_NAME
from catalog.progress import Progress
from catalog.services.integrity.findings import (
    ABANDONED_AFTER,
    GIVEN_UP_AFTER,
    UNTOUCHED_FOR,
    Finding,
    Repair,
    RepairAction,
    Verified,
)
from catalog.services.integrity.object_reader import ObjectReader
from catalog.services.integrity.row_batches import all_rows, manifest_key
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.manifests import Stored, manifest_text, object_key, store_queued_manifest
from catalog.services.persistence.publishing import AliasKey, publish_alias
from catalog.services.persistence.writes import UNFINISHED, fail
from catalog.services.registry.attachments import attached_files
from catalog.services.search.search_index import index_again
from catalog.storage.interface import catalog_storage, new_upload_token, put_bytes
from catalog.storage.keys import failed_beside, manifest_beside, place_of

ABANDONED = "Abandoned: whatever wrote it had stopped before it was done."
STORED = (DatasetVersion, ModelVersion, Prediction)


@dataclass(frozen=True)
class Repaired:
    """`problem` says why the repair was not done; empty when it was."""

    finding: Finding
    problem: str


def repair_catalog(
    *, verified: Verified, actor: str, now: datetime | None = None, progress: Progress | None = None
) -> list[Repaired]:
    """Do the repairs that the findings offer. One that can't be done does not keep the others from it."""
    progress, now = progress or Progress(), now or timezone.now()
    done: list[Repaired] = []
    repairs = verified.repairs
    with progress.step("repair", total=len(repairs), unit="repairs"):
        tell_kept(lambda: [str(repair.finding.repair) for repair in done if not repair.problem])
        for finding in one_by_one(repairs, lambda finding: str(finding.repair)):
            done.append(Repaired(finding, _try(finding, actor, now)))
            progress.advance(1)
    return done


def _try(finding: Finding, actor: str, now: datetime) -> str:
    if finding.repair is None:
        return "there is no repair"
    try:
        ACTIONS[finding.repair.action](finding.repair, actor, now)
    except CatalogError as error:
        return str(error)
    return ""


def _row(repair: Repair) -> Any:
    """The row as it is now. Raises Inconsistent when it is gone."""
    row = all_rows(repair.row.model).filter(pk=repair.row.pk).first() if repair.row else None
    if row is None:
        raise Inconsistent("The row is no longer there.")
    return row


def _store_waiting(repair: Repair, actor: str, now: datetime) -> None:
    if repair.row:
        for kept in UnstoredManifest.objects.filter(pk=repair.row.pk):
            store_queued_manifest(kept)


def _mark_failed(repair: Repair, actor: str, now: datetime) -> None:
    row = _row(repair)
    status: str = row.status
    limit = GIVEN_UP_AFTER if status in Prediction.UNFINISHED else ABANDONED_AFTER
    if status not in UNFINISHED or row.created_at > now - limit or getattr(row, "holder", ""):
        raise Inconsistent(f"{row} is {status} now.")

    def record(reason: str) -> None:
        if status in Prediction.UNFINISHED:
            row.running_parts.all().delete()
            RunLease.objects.filter(prediction=row).delete()
        verb, changes = AuditEvent.Verb.FAILED, {"status": row.Status.FAILED.value, "failure": reason}
        record_event(
            verb=verb,
            subject=row,
            actor=actor,
            from_value=status,
            to_value=row.Status.FAILED,
            reason=reason,
            changes=changes,
        )

    fail(row, ABANDONED, failed=record)


def _store_manifest(repair: Repair, actor: str, now: datetime) -> None:
    """From the row as it is now; with the row's own token where its other writes carry that."""
    row = _row(repair)
    key = manifest_key(row)
    is_beside_object = isinstance(row, STORED) and key == manifest_beside(object_key(row)) and row.upload_token
    token = row.upload_token if is_beside_object else new_upload_token()
    put_bytes(catalog_storage(), key, manifest_text(row).encode(), upload_token=token)


def _replace_manifest(repair: Repair, actor: str, now: datetime) -> None:
    _row(repair)
    with ObjectReader(Progress()) as reader:
        if not reader.manifests([repair.key])[repair.key].problem:
            raise Inconsistent(f"{repair.where} is sound now, or gone.")
    _delete_old(repair, now)
    _store_manifest(repair, actor, now)


def _publish(repair: Repair, actor: str, now: datetime) -> None:
    place = place_of(repair.key)
    if place and not publish_alias(AliasKey(place.name, place.alias)):
        raise Inconsistent(f"{catalog_storage().uri(repair.key)} is up to date now, or tells of a newer event.")


def _index(repair: Repair, actor: str, now: datetime) -> None:
    with transaction.atomic():
        rows: Any = repair.row.model._default_manager if repair.row else None
        row = rows.select_for_update().filter(pk=repair.row.pk).first() if repair.row else None
        if row is None:
            raise Inconsistent("The row is no longer there.")
        index_again(row)


def _write_metadata(repair: Repair, actor: str, now: datetime) -> None:
    """Of the row's objects that carry none; adopt() compares every byte with the recorded digest."""
    row, storage = _row(repair), catalog_storage()
    digests = {row.stored_key: row.stored_sha256}
    if isinstance(row, Prediction):
        digests |= dict(zip(row.part_keys, (part["sha256"] for part in row.parts), strict=True))
    digests[manifest_beside(row.stored_key)] = _manifest_digest(manifest_beside(row.stored_key))
    for key, sha256 in digests.items():
        if not storage.stat(key).upload_token:
            storage.adopt(key, upload_token=row.upload_token, sha256=sha256)


def _manifest_digest(key: str) -> str:
    """The SHA-256 of a manifest that is sound. Raises Inconsistent for another."""
    with ObjectReader(Progress()) as reader:
        digest = reader.digests([key])[key]
        if problem := reader.manifests([key])[key].problem:
            raise Inconsistent(f"{catalog_storage().uri(key)}: {problem}")
    return digest or ""


def _remove(repair: Repair, actor: str, now: datetime) -> None:
    row = _owner(repair.key)
    if row is not None and repair.key in _needed_keys(row):
        raise Inconsistent(f"{row} refers to it and is {row.status}.")
    _delete_old(repair, now)


def _needed_keys(row: Stored) -> set[str]:
    """What the row refers to; of one that failed, only the manifest that says so."""
    failed = failed_beside(object_key(row))
    if row.status == row.Status.FAILED:
        return {failed}
    attached = [file.key for file in attached_files(row)] if isinstance(row, ModelVersion) else []
    return {failed, row.stored_key, manifest_beside(object_key(row)), *attached}


def _owner(key: str) -> Stored | None:
    """The row in whose folder the key lies, if there is one."""
    place = place_of(key)
    if place is None or place.number is None:
        return None
    if place.receipt:
        return _receipt(place.receipt)
    if place.kind == "dataset":
        return all_rows(DatasetVersion).filter(dataset__name=place.name, number=place.number).first()
    return all_rows(ModelVersion).filter(number=place.number, registered_model__in=_stored_as(place.name)).first()


def _stored_as(name: str) -> "QuerySet[RegisteredModel]":
    """The model whose keys have this name."""
    return RegisteredModel.objects.annotate(stored=STORED_NAME).filter(stored=name).order_by()


def _receipt(name: str) -> Prediction | None:
    try:
        return all_rows(Prediction).filter(pk=Prediction._meta.pk.to_python(name)).first()
    except ValidationError:
        return None


def _delete_old(repair: Repair, now: datetime) -> None:
    """Delete the object if it is the one that was found, and at least a day old."""
    storage = catalog_storage()
    try:
        stored = storage.stat(repair.key)
    except ObjectMissing:
        return
    if not repair.token or stored.upload_token != repair.token or stored.modified > now - UNTOUCHED_FOR:
        raise Inconsistent(f"{storage.uri(repair.key)} was stored anew meanwhile.")
    if not storage.delete_own(repair.key, upload_token=repair.token):
        raise Inconsistent(f"{storage.uri(repair.key)} is still there.")


def _abort_upload(repair: Repair, actor: str, now: datetime) -> None:
    """If it goes on still, and was begun a day ago at least."""
    storage = catalog_storage()
    for upload in storage.unfinished_uploads(repair.key):
        if upload.upload_id == repair.token and upload.begun <= now - UNTOUCHED_FOR:
            storage.abort_upload(upload)
            return
    raise Inconsistent(f"{repair.where} is no longer being uploaded.")


ACTIONS: dict[RepairAction, Callable[[Repair, str, datetime], None]] = {
    RepairAction.STORE_WAITING: _store_waiting,
    RepairAction.MARK_FAILED: _mark_failed,
    RepairAction.STORE_MANIFEST: _store_manifest,
    RepairAction.REPLACE_MANIFEST: _replace_manifest,
    RepairAction.PUBLISH: _publish,
    RepairAction.INDEX: _index,
    RepairAction.WRITE_METADATA: _write_metadata,
    RepairAction.REMOVE: _remove,
    RepairAction.ABORT_UPLOAD: _abort_upload,
}
