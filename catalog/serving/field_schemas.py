"""The description of the endpoints in OpenAPI, with each model's own fields."""

from collections.abc import Sequence
from typing import Any

from catalog.models import ModelVersion
from catalog.reference_syntax import DEFAULT_ALIAS

NULL = {"type": "null"}
FIELDS: dict[str, dict[str, Any]] = {
    "integer": {"type": "number", "example": 1},
    "number": {"type": "number", "example": 0.5},
    "boolean": {"type": "boolean", "example": True},
    "date": {"type": "string", "format": "date", "example": "2026-01-31"},
    "timestamp": {"type": "string", "example": "2026-01-31T08:30:00"},
    "timestamp_utc": {"type": "string", "format": "date-time", "example": "2026-01-31T08:30:00Z"},
    "string": {"type": "string", "example": "text"},
}
BEARER = {"type": "http", "scheme": "bearer"}


def describe_models(names: Sequence[str]) -> dict[str, Any]:
    """OpenAPI 3.1 of the models in production, of those named or of all."""
    versions = ModelVersion.objects.filter(aliases__name=DEFAULT_ALIAS).select_related("registered_model")
    if names:
        versions = versions.filter(registered_model__name__in=names)
    paths = {
        f"/models/{version.registered_model.name}/predict": {"post": _operation(version)}
        for version in versions.order_by("registered_model__name")
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Model catalog", "version": "1"},
        "components": {"securitySchemes": {"bearer": BEARER}},
        "security": [{"bearer": []}],
        "paths": paths,
    }


def _operation(version: ModelVersion) -> dict[str, Any]:
    rows = {"type": "array", "items": row_schema(version.signature)}
    body = {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
    proba = {"name": "proba", "in": "query", "schema": {"type": "boolean"}, "description": "Probabilities too."}
    return {
        "summary": f"Predict {version.signature['output']['name']}",
        "description": f"{version.reference} is in production. {version.registered_model.description}".strip(),
        "parameters": [proba],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "reference, sha256, predictions, and probabilities when asked for"}},
    }


def row_schema(signature: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of one row; null is a missing value."""
    properties = {}
    for column in signature["inputs"]:
        field = dict(FIELDS[column["type"]])
        example = field.pop("example")
        properties[column["name"]] = {"anyOf": [field, NULL], "examples": [example], "title": column["name"]}
    return {"type": "object", "properties": properties, "required": list(properties)}
