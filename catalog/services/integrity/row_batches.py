"""Rows read in batches, so that memory and the number of queries stay small whatever the catalog holds."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from catalog.models import AuditEvent, Dataset, DatasetVersion, Evaluation, ModelVersion, Prediction, RegisteredModel
from catalog.models.encoding import ExactEncoder
from catalog.services.persistence.audit import Subject, identity
from catalog.services.persistence.manifests import Stored, evaluation_key, manifest_values, object_key
from catalog.storage.keys import event_manifest, failed_beside, manifest_beside, parent_manifest

BATCH = 200
PARENTS = (Dataset, RegisteredModel)
STORED = (DatasetVersion, ModelVersion, Prediction)
PARENT_FIELDS = ("dataset", "registered_model")
COUNTERS = ("next_number",)
Identity = tuple[str, str, int | None]  # kind, name and number, by which events name what they are about
Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


def all_rows(model: type[Row]) -> "QuerySet[Row]":
    """Of the model, with the rows that its manifests name."""
    related = {
        DatasetVersion: ["dataset"],
        ModelVersion: ["registered_model", "dataset_version__dataset"],
        Prediction: ["model_version__registered_model", "input_dataset_version__dataset"],
        Evaluation: ["model_version__registered_model", "dataset_version__dataset"],
    }
    large = {
        ModelVersion: ["dataset_version"],
        Prediction: ["model_version", "input_dataset_version"],
        Evaluation: ["model_version", "dataset_version"],
    }
    rows = model._default_manager.all()
    if model in related:
        rows = rows.select_related(*related[model])
    return rows.defer(*(f"{name}__{field}" for name in large.get(model, []) for field in _large_fields(model, name)))


def _large_fields(model: type[Model], relation: str) -> list[str]:
    related: Any = model._meta.get_field(relation).related_model
    return [field.name for field in related._meta.concrete_fields if field.get_internal_type() == "JSONField"]


def batches(rows: "QuerySet[Row]") -> Iterator[list[Row]]:
    """The rows in the order of their keys, each batch by a query of its own: nothing stays open meanwhile."""
    rows = rows.order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH]) if len(batch) == BATCH else []


def batched(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items, BATCH at a time."""
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def recorded_changes(rows: Sequence[Subject]) -> dict[Identity, list[dict[str, Any]]]:
    """By identity, what the rows' events say that changed, in the order of happening. One query."""
    names = {identity(row)[1] for row in rows}
    numbers = {identity(row)[2] for row in rows}
    events = AuditEvent.objects.filter(object_type=identity(rows[0])[0], object_name__in=names).exclude(changes={})
    about_versions = None not in numbers
    events = events.filter(version_number__in=numbers) if about_versions else events.filter(version_number=None)
    by_row = defaultdict(list)
    columns = ("object_type", "object_name", "version_number", "changes")
    for kind, name, number, changes in events.order_by("id").values_list(*columns):
        by_row[kind, name, number].append(changes)
    return by_row


def manifest_key(row: Model) -> str:
    """Where the row's manifest lies; of a version or receipt that failed, the one that says so."""
    match row:
        case AuditEvent():
            return event_manifest(row.object_type, row.object_name, row.pk, row.verb)
        case Evaluation():
            return evaluation_key(row)
        case Dataset() | RegisteredModel():
            return parent_manifest(row._meta.model_name or "", row.stored_name)
        case DatasetVersion() | ModelVersion() | Prediction():
            return (
                failed_beside(object_key(row)) if row.status == row.Status.FAILED else manifest_beside(object_key(row))
            )
    raise TypeError(f"A {type(row).__name__} has no manifest.")


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they come back from JSON."""
    loaded: dict[str, Any] = json.loads(json.dumps(values, cls=ExactEncoder))
    return loaded


def with_changes(values: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What a manifest says, brought up to date by the changes that its row's events tell of."""
    current = dict(values)
    for change in changes:
        current |= as_json(change)
    return current


def stored_name(parent: Mapping[str, Any]) -> Any:
    """By what a manifest says of a dataset or model, the name in its keys. Raises TypeError for what says nothing."""
    if not isinstance(parent, Mapping):
        raise TypeError("its parent")
    return parent.get("stored_as") or parent["name"]


@dataclass(frozen=True)
class FieldDifference:
    """A field's value in the database, and another that manifest and events give."""

    field: str
    in_database: Any
    recorded: Any


def differences(
    row: Model, values: Mapping[str, Any], changes: Iterable[Mapping[str, Any]] = ()
) -> list[FieldDifference]:
    """Between the row, and its manifest brought up to date by the changes. Of parents the name in their keys counts."""
    present, recorded = as_json(manifest_values(row)), with_changes(values, changes)
    for name in PARENT_FIELDS:
        for members in (present, recorded):
            if isinstance(members.get(name), dict):
                members[name] = stored_name(members[name])
    return [
        FieldDifference(name, value, recorded[name])
        for name, value in present.items()
        if name in recorded and name not in COUNTERS and value != recorded[name]
    ]


def describe(row: Stored | Model) -> str:
    """How people call the row: its reference, or what it is."""
    match row:
        case Prediction():
            return f"receipt {row.pk}"
        case Evaluation():
            return f"evaluation {row.pk}"
        case AuditEvent():
            return f"event {row.pk} of {row.reference}"
        case Dataset() | RegisteredModel():
            return f"{row._meta.verbose_name} {row.name}"
    return str(row)
