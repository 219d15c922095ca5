"""What of a bucket's manifests the database lacks and can take. Changes nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Model

from catalog.exceptions import InvalidData
from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.services.integrity.findings import Finding, Kind
from catalog.services.integrity.rebuild.admission import PARENT_OF
from catalog.services.integrity.rebuild.gathering import ADVICE, Gathered, Told
from catalog.services.integrity.rebuild.parsing import field_values
from catalog.services.integrity.row_batches import BATCH, unlike
from catalog.services.integrity.verify.alias_checks import AliasMove, latest_moves

MADE = {"dataset_added", "model_trained", "model_uploaded"}
PARENTS: dict[str, type[Dataset | RegisteredModel]] = {"dataset": Dataset, "model": RegisteredModel}
VERSIONS: dict[str, type[DatasetVersion | ModelVersion]] = {"dataset": DatasetVersion, "model": ModelVersion}
FILES = {"dataset": "file", "model": "artifact", "prediction": "output"}
SIZES = {"dataset": "size_bytes", "model": "size_bytes", "prediction": "output_bytes"}
ARCHIVED = {"dataset": (), "model": ("archived_at",)}
FRESH = "Rebuild into an empty database, or keep what this one says"


@dataclass
class Plan:
    """`usable` are the references, by kind, of what is in the database or will be; counts are by words for people."""

    gathered: Gathered
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    present: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    usable: dict[str, set[str]] = field(default_factory=lambda: {"dataset": set(), "model": set()})
    ready: set[str] = field(default_factory=set)
    aliases: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, kind: Kind, where: str, what: str, to_do: str = ADVICE) -> None:
        self.findings.append(Finding(kind, where, what, to_do))


def make_plan(gathered: Gathered) -> Plan:
    """In the order in which rows refer to one another."""
    plan = Plan(gathered, findings=list(gathered.findings))
    for kind, model in PARENTS.items():
        _plan_parents(plan, kind, model)
    for kind in VERSIONS:
        for batch in _batches(gathered.told(kind)):
            _plan_versions(plan, kind, batch)
    for batch in _batches(gathered.told("prediction")):
        _plan_receipts(plan, batch)
    for events in _batches(gathered.events()):
        _plan_events(plan, events)
    _plan_aliases(plan)
    _look_for_untold(plan)
    return plan


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    items = iter(items)
    while batch := list(islice(items, BATCH)):
        yield batch


def _accept(plan: Plan, kind: str, model: type[Model], values: dict[str, Any], where: str) -> bool:
    try:
        field_values(model, values)
    except InvalidData as error:
        plan.refuse(Kind.NOT_RESTORED, where, f"its manifest can't be taken: {error}")
        return False
    plan.gathered.accept(kind, values)
    plan.missing[str(model._meta.verbose_name_plural)] += 1
    return True


def _plan_parents(plan: Plan, kind: str, model: type[Dataset | RegisteredModel]) -> None:
    """From their own manifests; where such a manifest is lost, from what their versions' say of them."""
    known = set(model._default_manager.values_list("name", flat=True))
    for told in plan.gathered.told(kind, of_versions=False):
        if told.place.name in known:
            plan.present[str(model._meta.verbose_name_plural)] += 1
        else:
            known.add(told.place.name)
            _accept(plan, f"parent {kind}", model, told.values, told.place.name)
    for told in plan.gathered.told(kind):
        if told.place.name not in known:
            known.add(told.place.name)
            values = told.values[PARENT_OF[kind]]
            for changes in plan.gathered.changes(kind, told.place.name, None):
                values |= changes
            if _accept(plan, f"parent {kind}", model, values, told.place.name):
                plan.notes.append(
                    f"{kind} {told.place.name} has no manifest of its own; those of its versions name it."
                )


def _plan_versions(plan: Plan, kind: str, batch: Sequence[Told]) -> None:
    present = _present_versions(kind, batch)
    sizes = plan.gathered.objects.sizes(str(told.values.get(FILES[kind])) for told in batch)
    for told in batch:
        reference = told.place.reference
        verbs = plan.gathered.verbs(kind, told.place.name, told.place.number)
        found = present.get((told.place.name, told.place.number))
        if found is not None:
            _compare_version(plan, kind, told, found)
        elif (
            AuditEvent.Verb.PURGED not in verbs
            and not _is_refused(plan, kind, told, sizes)
            and _accept(plan, f"version {kind}", VERSIONS[kind], told.values, reference)
        ):
            plan.usable[kind].add(reference)
            _note_version(plan, kind, told, verbs)


def _present_versions(kind: str, batch: Sequence[Told]) -> dict[tuple[str, int | None], dict[str, Any]]:
    parent = PARENT_OF[kind]
    rows = VERSIONS[kind]._default_manager.filter(
        **{f"{parent}__name__in": {told.place.name for told in batch}}, number__in={told.place.number for told in batch}
    )
    columns = (f"{parent}__name", "number", "sha256", "upload_token", "status", "trashed_at", *ARCHIVED[kind])
    return {(row[columns[0]], row["number"]): row for row in rows.values(*columns)}


def _compare_version(plan: Plan, kind: str, told: Told, found: dict[str, Any]) -> None:
    plan.usable[kind].add(told.place.reference)
    plan.present[str(VERSIONS[kind]._meta.verbose_name_plural)] += 1
    if (found["sha256"], found["upload_token"]) != (told.values.get("sha256"), told.values.get("upload_token")):
        plan.refuse(
            Kind.CONFLICT,
            told.place.reference,
            f"the database has another one under this number: {found['status']}, sha256 {found['sha256'][:12]}…; "
            f"the bucket's has sha256 {str(told.values.get('sha256'))[:12]}…",
            FRESH,
        )
    elif kind == "model" and _is_ready(found):
        plan.ready.add(told.place.reference)


def _is_ready(values: Mapping[str, Any]) -> bool:
    return values.get("status") == "READY" and not values.get("archived_at") and not values.get("trashed_at")


def _is_refused(plan: Plan, kind: str, told: Told, sizes: dict[str, int]) -> bool:
    """Whether its object or what it refers to is not there; that is a finding."""
    reference, values = told.place.reference or told.place.receipt, told.values
    key, size = str(values.get(FILES[kind])), values.get(SIZES[kind])
    if values.get("status") != "FAILED" and key and sizes.get(key) != size:
        told_size = f"has {sizes[key]} bytes, expected {size}" if key in sizes else "is not there"
        plan.refuse(Kind.OBJECT_MISSING, reference, f"its object {key} {told_size}; it is not restored")
        return True
    for name, other in (
        ("dataset_version", "dataset"),
        ("input_dataset_version", "dataset"),
        ("model_version", "model"),
    ):
        needed = values.get(name)
        if needed and needed not in plan.usable[other]:
            plan.refuse(Kind.NOT_RESTORED, reference, f"it refers to {needed}, which is not restored")
            return True
    return False


def _note_version(plan: Plan, kind: str, told: Told, verbs: set[str]) -> None:
    reference = told.place.reference
    if kind == "model" and _is_ready(told.values):
        plan.ready.add(reference)
    if told.values.get("status") != "FAILED" and not verbs & MADE:
        plan.notes.append(f"{reference} is restored, and no event tells of its making: that may not have been done.")


def _plan_receipts(plan: Plan, batch: Sequence[Told]) -> None:
    present = {str(pk) for pk in Prediction.objects.filter(pk__in=_uuids(batch)).values_list("pk", flat=True)}
    sizes = plan.gathered.objects.sizes(str(told.values.get("output")) for told in batch)
    for told in batch:
        if told.place.receipt in present:
            plan.present[str(Prediction._meta.verbose_name_plural)] += 1
        elif not _is_refused(plan, "prediction", told, sizes):
            _accept(plan, "receipt", Prediction, told.values, f"receipt {told.place.receipt}")


def _uuids(batch: Sequence[Told]) -> list[str]:
    """Those that are such keys: what is not is refused when its fields are parsed."""
    return [told.place.receipt for told in batch if _is_uuid(told.place.receipt)]


def _is_uuid(text: str) -> bool:
    try:
        field_values(Prediction, {"id": text})
    except InvalidData:
        return False
    return True


def _plan_events(plan: Plan, events: Sequence[dict[str, Any]]) -> None:
    present = AuditEvent.objects.in_bulk([values["id"] for values in events])
    for values in events:
        found, where = present.get(values["id"]), f"event {values['id']}"
        if found is None:
            _accept(plan, "event", AuditEvent, values, where)
            continue
        plan.present[str(AuditEvent._meta.verbose_name_plural)] += 1
        if unlike(found, values, []):
            told = f"{values['verb']} {values['object_name']}"
            plan.refuse(Kind.CONFLICT, where, f"is {found} in the database, and {told} in the bucket", FRESH)


def _plan_aliases(plan: Plan) -> None:
    """Where the newest events of bucket and database together leave each alias."""
    moves = plan.gathered.alias_moves()
    for at, move in latest_moves().items():
        if at not in moves or move.event > moves[at].event:
            moves[at] = move
    present = {
        (row.registered_model.name, row.name): row.model_version.number
        for row in Alias.objects.select_related("registered_model", "model_version").only(
            "name", "registered_model__name", "model_version__number"
        )
    }
    for (model_name, alias), move in sorted(moves.items()):
        _plan_alias(plan, model_name, alias, move, present.get((model_name, alias)))


def _plan_alias(plan: Plan, model_name: str, alias: str, move: AliasMove, present: int | None) -> None:
    where, reference = f"{model_name}@{alias}", f"{model_name}:{move.to_value}"
    if str(present or "") == move.to_value:
        plan.present["aliases"] += 1 if present else 0
    elif present:
        says = f"points to {model_name}:{present}; the history leaves it at {move.to_value or 'nothing'}"
        plan.refuse(Kind.CONFLICT, where, says, "Promote the version that is meant")
    elif reference not in plan.ready:
        plan.refuse(Kind.NOT_RESTORED, where, f"{reference} is not restored or not ready", "Promote another version")
    else:
        plan.missing["aliases"] += 1
        plan.aliases.append({"model": model_name, "name": alias, "reference": reference, "set_at": move.at})


def _look_for_untold(plan: Plan) -> None:
    """Versions that events tell of, and no manifest does."""
    gathered, told_of = plan.gathered, {finding.where for finding in plan.findings}
    for kind, name, number in gathered.numbered_events():
        reference = f"{name}:{number}"
        if kind not in VERSIONS or reference in plan.usable[kind] or (kind, name, number) in gathered.unreadable:
            continue
        if reference not in told_of and AuditEvent.Verb.PURGED not in gathered.verbs(kind, name, number):
            plan.refuse(Kind.NOT_RESTORED, reference, "events tell of it, and its manifest is not there")
