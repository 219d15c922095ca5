"""Whether the rows' objects are in storage as they were stored, and what writes that never ended left there."""

from collections.abc import Sequence

from catalog.exceptions import counted
from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import (
    ABANDONED_AFTER,
    UNTOUCHED_FOR,
    FindingKind,
    Repair,
    RepairAction,
    RowKey,
)
from catalog.services.integrity.row_batches import all_rows, batches, describe, manifest_key
from catalog.services.integrity.verify.attachment_checks import check_attachments
from catalog.services.integrity.verify.manifest_checks import check_manifests
from catalog.services.integrity.verify.part_checks import RESTORE, check_parts
from catalog.services.integrity.verify.search_checks import check_search
from catalog.services.integrity.verify.token_checks import report_tokenless
from catalog.services.persistence.manifests import Stored, object_key
from catalog.storage.interface import StoredObject
from catalog.storage.keys import manifest_beside

BEFORE_MANIFEST = {Prediction.Status.PENDING, *Prediction.UNFINISHED}


def check_stored(run: CheckRun, model: type[Stored]) -> None:
    """All versions of datasets or of models, or all receipts: objects, manifests, and writes that never ended."""
    rows = all_rows(model)
    plural = str(model._meta.verbose_name_plural)
    with run.progress.step(f"check {plural}", total=rows.count(), unit="rows"):
        for batch in batches(rows):
            stored = [row for row in batch if row.status not in {*BEFORE_MANIFEST, row.Status.FAILED}]
            check_objects(run, [row for row in stored if row.stored_key])
            check_parts(run, [row for row in batch if isinstance(row, Prediction)])
            check_attachments(run, [row for row in stored if isinstance(row, ModelVersion)])
            report_tokenless(run)
            check_manifests(run, [row for row in batch if row.status not in BEFORE_MANIFEST])
            check_search(run, batch)
            abandoned = [row for row in batch if _is_abandoned(run, row)]
            for row in abandoned:
                _add_abandoned(run, row)
            _check_leftovers(run, [*abandoned, *(row for row in batch if row.status == row.Status.FAILED)])
            run.belongs(key for row in batch for key in (row.stored_key, manifest_beside(object_key(row))))
            run.belongs(manifest_key(row) for row in batch)
            run.verified.checked[plural] += len(batch)
            run.progress.advance(len(batch))


def check_objects(run: CheckRun, rows: Sequence[Stored]) -> None:
    """Each object has the recorded size and token; with --deep, every byte of it is hashed."""
    stored = run.reader.stats(row.stored_key for row in rows)
    gone = [row for row in rows if stored[row.stored_key] is None]
    for row in _still_present(gone):
        unusable = "" if isinstance(row, Prediction) else ". Until then it can't be used"
        run.add(FindingKind.OBJECT_MISSING, describe(row), f"there is no {run.uri(row.stored_key)}{unusable}", RESTORE)
    unchanged = []
    for row in rows:
        if problem := _problem_with(row, stored[row.stored_key]):
            run.add(FindingKind.OBJECT_CHANGED, describe(row), f"{run.uri(row.stored_key)} {problem}", RESTORE)
        elif stored[row.stored_key]:
            unchanged.append(row)
    run.verified.checked["objects"] += len(rows)
    changed = _check_bytes(run, unchanged) if run.deep else set()
    for row in unchanged:
        if row not in changed and row.upload_token and not _token(stored[row.stored_key]):
            run.tokenless[row].append(row.stored_key)


def _check_bytes(run: CheckRun, rows: Sequence[Stored]) -> set[Stored]:
    """Those of the rows whose objects hold other bytes, or are gone by now."""
    changed: set[Stored] = set()
    total = sum(_size(row) for row in rows)
    with run.progress.step("hash", total=total, unit="bytes"):
        digests = run.reader.digests(row.stored_key for row in rows)
    for row in rows:
        digest = digests[row.stored_key]
        if digest != row.stored_sha256:
            changed.add(row)
        if digest and digest != row.stored_sha256:
            what = f"{run.uri(row.stored_key)} has the SHA-256 {digest}, expected {row.stored_sha256}"
            run.add(FindingKind.OBJECT_CHANGED, describe(row), what, RESTORE)
    run.verified.checked["bytes"] += total
    return changed


def _size(row: Stored) -> int:
    return row.output_bytes if isinstance(row, Prediction) else row.size_bytes


def _problem_with(row: Stored, stored: StoredObject | None) -> str:
    """What is wrong with the object; empty when nothing is, or when there is none."""
    if stored is None:
        return ""
    if stored.size_bytes != _size(row):
        return f"has {counted(stored.size_bytes, 'byte')}, expected {_size(row):,}"
    is_own = _token(stored) in {"", row.upload_token}
    return "" if is_own else "was stored by another write: its token is not the row's"


def _token(stored: StoredObject | None) -> str:
    return stored.upload_token if stored else ""


def _still_present(rows: Sequence[Stored]) -> list[Stored]:
    """Without those that were purged a moment ago."""
    if not rows:
        return []
    present = set(type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.pk in present]


def _is_abandoned(run: CheckRun, row: Stored) -> bool:
    return row.status == row.Status.PENDING and row.created_at < run.now - ABANDONED_AFTER


def _add_abandoned(run: CheckRun, row: Stored) -> None:
    run.add(
        FindingKind.ABANDONED,
        describe(row),
        f"PENDING since {row.created_at:%Y-%m-%d %H:%M} UTC: whatever wrote it has stopped",
        "verify_catalog --repair --yes marks it FAILED",
        Repair(RepairAction.MARK_FAILED, describe(row), row=RowKey.of(row)),
    )


def _check_leftovers(run: CheckRun, rows: Sequence[Stored]) -> None:
    """Of writes that failed, nothing needs to stay but the manifest that says so."""
    places = [(row, key) for row in rows for key in (row.stored_key, manifest_beside(object_key(row))) if key]
    stored = run.reader.stats(key for _, key in places)
    for row, key in places:
        left = stored[key]
        if left is None or left.modified > run.now - UNTOUCHED_FOR:
            continue
        if row.upload_token and left.upload_token == row.upload_token:
            what, to_do = f"{run.uri(key)} is left of it", "verify_catalog --repair --yes removes it"
            repair = Repair(RepairAction.REMOVE, run.uri(key), key, RowKey.of(row), left.upload_token)
            run.add(FindingKind.ORPHAN, describe(row), what, to_do, repair)
        else:
            what = f"{run.uri(key)} belongs to another write than this one, which failed"
            to_do = "The bucket may hold a catalog that this database lacks: rebuild_catalog into an empty database"
            run.add(FindingKind.NOT_IN_DATABASE, describe(row), what, to_do)


STORED_MODELS: tuple[type[Stored], ...] = (DatasetVersion, ModelVersion, Prediction)
