"""All rows of the catalog as plain values, to compare a catalog with what it was.

Rows are named by what they are, not by their keys in the database, which a rebuild gives anew; events keep theirs.
"""

import json
from typing import Any

from django.db.models import FileField, ForeignKey, Model

from catalog.models import (
    Alias,
    AuditEvent,
    Dataset,
    DatasetVersion,
    Evaluation,
    ModelVersion,
    Prediction,
    PredictionPart,
    RegisteredModel,
    UnstoredManifest,
)
from catalog.models.encoding import ExactEncoder

MODELS: tuple[type[Model], ...] = (
    Dataset,
    DatasetVersion,
    RegisteredModel,
    ModelVersion,
    Alias,
    AuditEvent,
    Prediction,
    PredictionPart,
    Evaluation,
    UnstoredManifest,
)
KEYS_THAT_LAST = (AuditEvent, Evaluation, Prediction)
Rows = dict[str, dict[str, Any]]


def snapshot() -> Rows:
    """By kind and reference, such as `modelversion late:3`, every field of every row, as JSON has it."""
    rows = {_name(row): _values(row) for model in MODELS for row in model._default_manager.order_by("pk")}
    loaded: Rows = json.loads(json.dumps(rows, cls=ExactEncoder))
    return loaded


def _name(row: Model) -> str:
    named = row.pk if isinstance(row, (*KEYS_THAT_LAST, UnstoredManifest)) else row
    return f"{row._meta.model_name} {named}"


def _values(row: Model) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.name)
        if isinstance(field, ForeignKey):
            values[field.name] = None if value is None else str(value)
        elif isinstance(field, FileField):
            values[field.name] = value.name
        elif not field.primary_key or isinstance(row, KEYS_THAT_LAST):
            values[field.name] = value
    for index in ("indexed_metrics", "indexed_tags"):
        if hasattr(row, index):
            values[index] = sorted(map(str, getattr(row, index).all()))
    return values


def differences(before: Rows, after: Rows) -> list[str]:
    """One line for each row or field that is not the same."""
    lines = [f"{name} is gone" for name in before.keys() - after.keys()]
    lines += [f"{name} is new" for name in after.keys() - before.keys()]
    for name in before.keys() & after.keys():
        lines += [
            f"{name}: {field} was {value!r:.200} and is {after[name].get(field)!r:.200}"
            for field, value in before[name].items()
            if after[name].get(field) != value
        ]
    return sorted(lines)


def compare_catalogs(before: Rows, after: Rows) -> None:
    """Fails with all that differs, unless both hold the same rows."""
    assert differences(before, after) == []
