"""The description of the endpoints in OpenAPI, with each model's own fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class DescribedModel:
    """What is said of a model: the reference of the version that answers, its signature as JSON, and what it is for."""

    name: str
    reference: str
    signature: dict[str, Any]
    purpose: str = ""


def models_in_production(names: Sequence[str]) -> list[DescribedModel]:
    """Of those named or of all, in one query."""
    versions = ModelVersion.objects.filter(aliases__name=DEFAULT_ALIAS).select_related("registered_model")
    if names:
        versions = versions.filter(registered_model__name__in=names)
    return [
        DescribedModel(model.name, version.reference, version.signature, model.description)
        for version in versions.order_by("registered_model__name")
        for model in [version.registered_model]
    ]


def describe_models(models: Iterable[DescribedModel]) -> dict[str, Any]:
    """OpenAPI 3.1 of the models."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Model catalog", "version": "1"},
        "components": {"securitySchemes": {"bearer": BEARER}},
        "security": [{"bearer": []}],
        "paths": {f"/models/{model.name}/predict": {"post": _operation(model)} for model in models},
    }


def _operation(model: DescribedModel) -> dict[str, Any]:
    rows = {"type": "array", "items": row_schema(model.signature)}
    body = {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
    content = {"schema": body, "example": {"rows": [example_row(model.signature)]}}
    outputs = [model.signature["output"], *model.signature.get("other_outputs", [])]
    proba = {"name": "proba", "in": "query", "schema": {"type": "boolean"}, "description": "Probabilities too."}
    return {
        "summary": f"Predict {', '.join(output['name'] for output in outputs)}",
        "description": f"{model.reference} is in production. {model.purpose}".strip(),
        "parameters": [proba],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"200": {"description": "reference, sha256, predictions, and probabilities when asked for"}},
    }


def example_row(signature: dict[str, Any]) -> dict[str, Any]:
    """A row of the right types; its values are nobody's."""
    return {column["name"]: FIELDS[column["type"]]["example"] for column in signature["inputs"]}


def row_schema(signature: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of one row; null is a missing value."""
    properties = {}
    for column in signature["inputs"]:
        field = dict(FIELDS[column["type"]])
        example = field.pop("example")
        properties[column["name"]] = {"anyOf": [field, NULL], "examples": [example], "title": column["name"]}
    return {"type": "object", "properties": properties, "required": list(properties)}
