"""From a manifest's members to the fields of a row."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, FileField, ForeignKey, JSONField, Model

from catalog.exceptions import InvalidData
from catalog.services.integrity.row_batches import COUNTERS

WRITTEN_AS: dict[str, tuple[type, ...]] = {  # by what a field is in Python
    "CharField": (str,),
    "TextField": (str,),
    "FileField": (str,),
    "UUIDField": (str,),
    "DateTimeField": (str,),
    "FloatField": (int, float),
}
LISTS = {"schema", "profile"}  # besides those fields whose default says so
LARGEST = 2**63 - 1


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
    if value is not None and not _is_written_so(field, value):
        raise InvalidData(f"{field.name} can't be {value!r:.80}")
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


def _is_written_so(field: "Field[Any, Any]", value: Any) -> bool:
    """Whether the catalog writes such values in JSON as this one is written."""
    if isinstance(field, JSONField):
        return isinstance(value, list if field.default is list or field.name in LISTS else dict)
    if isinstance(value, bool):
        return False
    return isinstance(value, WRITTEN_AS.get(field.get_internal_type(), (int,))) and not (
        isinstance(value, int) and abs(value) > LARGEST
    )
