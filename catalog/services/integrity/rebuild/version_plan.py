"""Which versions of datasets and models the database lacks, and which of them it can take."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import AuditEvent, ModelVersion
from catalog.services.integrity.findings import FindingKind
from catalog.services.integrity.rebuild.parent_plan import parent_keys
from catalog.services.integrity.rebuild.rebuild_plan import FRESH, RebuildPlan, is_refused, plural
from catalog.services.integrity.rebuild.record_kinds import FIELDS, BucketRecord, RecordKind

STATE_FIELDS = {RecordKind.DATASET_VERSION: ("trashed_at",), RecordKind.MODEL_VERSION: ("trashed_at", "archived_at")}
Verb = AuditEvent.Verb
MADE = {Verb.DATASET_ADDED, Verb.MODEL_TRAINED, Verb.MODEL_UPLOADED, Verb.COPIED, Verb.IMPORTED}


def plan_versions(plan: RebuildPlan, kind: RecordKind, batch: Sequence[BucketRecord]) -> None:
    present = _present_versions(kind, batch)
    sizes = plan.records.objects.sizes(record.object_key for record in batch)
    for record in batch:
        row = present.get(record.reference)
        if row is not None:
            _compare(plan, record, row)
            continue
        verbs = plan.records.verbs(kind, record.name, record.number)
        if Verb.PURGED in verbs or is_refused(plan, record, sizes):
            continue
        if plan.accept(kind, record.values, record.reference):
            plan.usable[kind].add(record.reference)
            _note(plan, record, verbs)


def _present_versions(kind: RecordKind, batch: Sequence[BucketRecord]) -> dict[str, dict[str, Any]]:
    """By reference, some fields of those that the database has. Two queries."""
    parent = f"{FIELDS[kind].parent_field}_id"
    keys = parent_keys(FIELDS[kind].parent or kind, [record.name for record in batch])
    names = {pk: name for name, pk in keys.items()}
    rows = FIELDS[kind].row._default_manager.filter(
        **{f"{parent}__in": names, "number__in": {record.number for record in batch}}
    )
    columns = (parent, "number", "sha256", "upload_token", "status", *STATE_FIELDS[kind])
    return {f"{names[row[parent]]}:{row['number']}": row for row in rows.values(*columns)}


def _compare(plan: RebuildPlan, record: BucketRecord, row: Mapping[str, Any]) -> None:
    plan.usable[record.kind].add(record.reference)
    plan.present[plural(record.kind)] += 1
    sha256 = record.values.get("sha256")
    if (row["sha256"], row["upload_token"]) != (sha256, record.values.get("upload_token")):
        plan.refuse(
            FindingKind.CONFLICT,
            record.reference,
            f"the database has another one under this number: {row['status']}, sha256 {row['sha256'][:12]}…; "
            f"the bucket's has sha256 {str(sha256)[:12]}…",
            FRESH,
        )
    elif record.kind == RecordKind.MODEL_VERSION and _is_ready(row):
        plan.ready.add(record.reference)


def _is_ready(values: Mapping[str, Any]) -> bool:
    is_stored = values.get("status") == ModelVersion.Status.READY
    return is_stored and not values.get("archived_at") and not values.get("trashed_at")


def _note(plan: RebuildPlan, record: BucketRecord, verbs: set[str]) -> None:
    if record.kind == RecordKind.MODEL_VERSION and _is_ready(record.values):
        plan.ready.add(record.reference)
    if record.values.get("status") != ModelVersion.Status.FAILED and not verbs & MADE:
        plan.notes.append(
            f"{record.reference} is restored, and no event tells of its making: that may not have been done."
        )
