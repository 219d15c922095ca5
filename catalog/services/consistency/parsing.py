"""From a manifest's members to the fields of a row."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, FileField, ForeignKey, Model

from catalog.exceptions import InvalidData
from catalog.services.consistency.rows import COUNTERS


def field_values(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """By field, except keys to other rows and counters. What the manifest lacks, being older, takes its default.

    Raises InvalidData for what the field does not take.
    """
    parsed = {}
    for field in model._meta.concrete_fields:
        if field.name in values and field.name not in COUNTERS and not isinstance(field, ForeignKey):
            parsed[field.name] = _parsed(field, values[field.name])
    return parsed


def _parsed(field: "Field[Any, Any]", value: Any) -> Any:
    try:
        parsed = field.to_python(value)
        if parsed is not None:
            field.run_validators(parsed)
    except (ValidationError, TypeError, ValueError) as error:
        raise InvalidData(f"{field.name} can't be {value!r:.80}") from error
    if parsed is None and not field.null:
        raise InvalidData(f"{field.name} can't be empty")
    if field.choices and parsed not in dict(field.flatchoices):
        raise InvalidData(f"{field.name} can't be {value!r:.80}")
    if isinstance(field, FileField) and len(str(parsed)) > (field.max_length or 0):
        raise InvalidData(f"{field.name} is too long")
    return parsed
