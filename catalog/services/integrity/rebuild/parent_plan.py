"""Which datasets and models the database lacks, by the names in their keys, and what they are called now."""

from collections.abc import Iterable
from typing import Any

from catalog.models import RegisteredModel
from catalog.models.names import is_name
from catalog.models.registered_model import STORED_NAME
from catalog.services.integrity.rebuild.rebuild_plan import RebuildPlan, plural
from catalog.services.integrity.rebuild.record_kinds import FIELDS, VERSIONS, BucketRecord, RecordKind

RENAMING = {"stored_as": "", "former_names": []}


def plan_parents(plan: RebuildPlan, kind: RecordKind) -> None:
    """Datasets or models by their own manifests; where such a manifest is lost, by what their versions' say of them."""
    known = set(parent_keys(kind))
    missing: dict[str, tuple[BucketRecord, dict[str, Any]]] = {}
    for record in plan.records.records(kind):
        if record.name in known:
            plan.present[plural(kind)] += 1
        else:
            missing[record.name] = record, record.values
    versions = next(version for version in VERSIONS if FIELDS[version].parent == kind)
    for record in plan.records.records(versions):
        if record.name not in known and record.name not in missing:
            missing[record.name] = record, _values_of_parent(plan, kind, record)
    taken = known | missing.keys() | set(FIELDS[kind].row._default_manager.values_list("name", flat=True))
    plan.usable[kind] |= known
    for name, (record, values) in missing.items():
        _settle_name(plan, name, values, taken)
        if not plan.accept(kind, values, name):
            continue
        plan.usable[kind].add(name)
        if record.kind != kind:
            plan.notes.append(f"{kind} {name} has no manifest of its own; those of its versions name it.")


def parent_keys(kind: RecordKind, names: Iterable[str] | None = None) -> dict[str, Any]:
    """Primary keys by the name in keys, of all or of those with these names. One query."""
    rows = FIELDS[kind].row._default_manager.order_by()
    if kind == RecordKind.DATASET:
        return dict((rows if names is None else rows.filter(name__in=set(names))).values_list("name", "pk"))
    models = RegisteredModel.objects.order_by().annotate(stored=STORED_NAME)
    return dict((models if names is None else models.filter(stored__in=set(names))).values_list("stored", "pk"))


def _values_of_parent(plan: RebuildPlan, kind: RecordKind, version: BucketRecord) -> dict[str, Any]:
    """What the version's manifest says of the parent, brought up to date."""
    values: dict[str, Any] = version.values[FIELDS[version.kind].parent_field]
    for changes in plan.records.changes(kind, version.name, None):
        values |= changes
    return values


def _settle_name(plan: RebuildPlan, name: str, values: dict[str, Any], taken: set[str]) -> None:
    """The name in keys is nobody else's. What the model is called now may be: then it is called as in its keys."""
    current = values.get("name")
    if current == name:
        values |= {"stored_as": ""}
    elif values.get("stored_as") == name and isinstance(current, str) and is_name(current) and current not in taken:
        taken.add(current)
    else:
        plan.notes.append(f"{name} was renamed to {str(current)[:80]!r}, which can't be: it is {name} again.")
        values |= {"name": name, **RENAMING}
