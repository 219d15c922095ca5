"""Manifests: JSON beside each object that says all that its row says, so that a person and a rebuild can read it."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import FileField, ForeignKey, Model

from catalog.models import Dataset, RegisteredModel

FORMAT = 1
PARENTS = (Dataset, RegisteredModel)


def manifest(row: Model) -> dict[str, Any]:
    """Every field of the row; related rows by reference, and the parent with its own fields."""
    values: dict[str, Any] = {"format": FORMAT, "kind": row._meta.model_name}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.name)
        if isinstance(field, ForeignKey):
            values[field.name] = _related(value)
        elif isinstance(field, FileField):
            values[field.name] = value.name
        elif not field.primary_key or field.name != "id" or row._meta.model_name == "prediction":
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


def manifest_bytes(row: Model) -> bytes:
    """The manifest as UTF-8 JSON that people can read."""
    return json.dumps(manifest(row), cls=DjangoJSONEncoder, indent=1, ensure_ascii=False).encode()
