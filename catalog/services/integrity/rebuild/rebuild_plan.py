"""What of a bucket's records the database lacks and can take. Changes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model

from catalog.exceptions import InvalidData, counted
from catalog.models import AuditEvent, ModelVersion
from catalog.services.integrity.findings import Finding, FindingKind
from catalog.services.integrity.rebuild.bucket_records import BucketRecords
from catalog.services.integrity.rebuild.field_parsing import field_values
from catalog.services.integrity.rebuild.read_bucket import ADVICE
from catalog.services.integrity.rebuild.record_kinds import FIELDS, BucketRecord, RecordKind
from catalog.services.integrity.row_batches import batched, differences

FRESH = "Rebuild into an empty database, or keep what this one says"


@dataclass(frozen=True)
class PlannedAlias:
    model: str
    name: str
    reference: str
    set_at: datetime | str


@dataclass
class RebuildPlan:
    """`usable` are the references, by kind, of what is in the database or will be; counts are by words for people."""

    records: BucketRecords
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    present: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    usable: dict[RecordKind, set[str]] = field(default_factory=lambda: {kind: set() for kind in RecordKind})
    ready: set[str] = field(default_factory=set)
    aliases: list[PlannedAlias] = field(default_factory=list)

    def refuse(self, kind: FindingKind, where: str, what: str, to_do: str = ADVICE) -> None:
        self.findings.append(Finding(kind, where, what, to_do))

    def accept(self, kind: RecordKind, values: dict[str, Any], where: str) -> bool:
        """Whether the row takes the values: then they are to be added."""
        try:
            field_values(FIELDS[kind].row, values)
        except InvalidData as error:
            self.refuse(FindingKind.NOT_RESTORED, where, f"its manifest can't be taken: {error}")
            return False
        self.records.accept(kind, values)
        self.missing[plural(kind)] += 1
        return True


def plural(kind: RecordKind) -> str:
    return str(FIELDS[kind].row._meta.verbose_name_plural)


def is_refused(plan: RebuildPlan, record: BucketRecord, sizes: dict[str, int]) -> bool:
    """Whether its object or what it refers to is not there; that is a finding."""
    key, size = record.object_key, record.size_bytes
    if record.values.get("status") != ModelVersion.Status.FAILED and key and sizes.get(key) != size:
        problem = f"has {counted(sizes[key], 'byte')}, expected {size}" if key in sizes else "is not there"
        what = f"its object {key} {problem}; it is not restored"
        plan.refuse(FindingKind.OBJECT_MISSING, record.reference, what)
        return True
    parent, needs = FIELDS[record.kind].parent, dict(FIELDS[record.kind].references or {})
    for name, kind in [*needs.items(), *([("", parent)] if parent else [])]:
        needed = record.values.get(name) if name else record.name
        if needed and needed not in plan.usable[kind]:
            what = f"it refers to {needed}, which is not restored"
            plan.refuse(FindingKind.NOT_RESTORED, record.reference, what)
            return True
    return False


def plan_receipts(plan: RebuildPlan, kind: RecordKind, batch: Sequence[BucketRecord]) -> None:
    """Of predictions, or evaluations: records by numbers of their own."""
    model = FIELDS[kind].row
    numbers = [record.receipt for record in batch if _is_number(model, record.receipt)]
    present = {str(pk) for pk in model._default_manager.filter(pk__in=numbers).values_list("pk", flat=True)}
    sizes = plan.records.objects.sizes(record.object_key for record in batch)
    for record in batch:
        if record.receipt in present:
            plan.present[plural(kind)] += 1
        elif not _is_of_purged(plan, record) and not is_refused(plan, record, sizes):
            plan.accept(kind, record.values, f"{kind} {record.receipt}")


def _is_of_purged(plan: RebuildPlan, record: BucketRecord) -> bool:
    """Whether it measures a version that was deleted for good, and so went with it."""
    if record.kind != RecordKind.EVALUATION:
        return False
    return AuditEvent.Verb.PURGED in plan.records.verbs(RecordKind.MODEL_VERSION, record.name, record.number)


def _is_number(model: type[Model], text: str) -> bool:
    """What is none is refused when its fields are parsed."""
    try:
        field_values(model, {"id": text})
    except InvalidData:
        return False
    return True


def plan_events(plan: RebuildPlan) -> None:
    for events in batched(plan.records.events()):
        present = AuditEvent.objects.in_bulk([values["id"] for values in events])
        for values in events:
            _plan_event(plan, values, present.get(values["id"]))


def _plan_event(plan: RebuildPlan, values: dict[str, Any], present: AuditEvent | None) -> None:
    where = f"event {values['id']}"
    if present is None:
        plan.accept(RecordKind.EVENT, values, where)
        return
    plan.present[plural(RecordKind.EVENT)] += 1
    if differences(present, values):
        what = f"is {present} in the database, and {values['verb']} {values['object_name']} in the bucket"
        plan.refuse(FindingKind.CONFLICT, where, what, FRESH)


def look_for_lost_manifests(plan: RebuildPlan) -> None:
    """Versions that events tell of, and no manifest does."""
    records, known = plan.records, {finding.where for finding in plan.findings}
    for kind, name, number in records.versions_of_events():
        reference = f"{name}:{number}"
        if reference in known or reference in plan.usable[kind] or reference in records.unreadable[kind]:
            continue
        if AuditEvent.Verb.PURGED not in records.verbs(kind, name, number):
            plan.refuse(FindingKind.NOT_RESTORED, reference, "events tell of it, and its manifest is not there")
