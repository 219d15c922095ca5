"""What a .skops file says about itself, read from its schema.json without making any of its objects."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import skops.io

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.artifact_formats import VALIDATED_TYPES
from catalog.ml.artifacts.inspection.archives import SCHEMA
from catalog.ml.artifacts.inspection.values import plain_list, type_name, version_name

MOST_MODULES = 200


def types_beyond_skops(file: IO[bytes]) -> list[str]:
    """The types and functions that loading would need and that skops does not trust of itself, sorted.

    Raises InvalidArtifact for what can't be the name of a type.
    """
    file.seek(0)
    names = [name for name in skops.io.get_untrusted_types(file=file) if name not in VALIDATED_TYPES]
    if not all(type_name(name) for name in names):
        raise InvalidArtifact("it names a type that is no name. It was made by hand.")
    return names


def read_schema_claims(file: IO[bytes]) -> dict[str, Any]:
    """Class, versions, features and classes as the file says: to show them, never to rely on them."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        schema = json.loads(archive.read(SCHEMA))
        first, last = _step(schema, first=True), _step(schema, first=False)
        names = _value(archive, _attributes(first).get("feature_names_in_"))
        classes = _value(archive, _attributes(last).get("classes_"))
        count = _value(archive, _attributes(first).get("n_features_in_"))
        version = _value(archive, _attributes(last).get("_sklearn_version")) or _first_version(archive, schema)
    return {
        "estimator": _class_name(schema),
        "last_step": _class_name(last),
        "sklearn_version": version_name(version),
        "skops_version": version_name(schema.get("_skops_version")),
        "feature_names": plain_list(names),
        "n_features": count if isinstance(count, int) else None,
        "classes": plain_list(classes),
        "modules": sorted({name.partition(".")[0] for name in _module_names(schema)})[:MOST_MODULES],
    }


def _states(schema: Any) -> Iterator[dict[str, Any]]:
    """All objects within the schema, however deep."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _first_version(archive: zipfile.ZipFile, schema: Any) -> Any:
    """Scikit-learn's version of the first object that has one: the last step may be another library's."""
    found = (_value(archive, state["_sklearn_version"]) for state in _states(schema) if "_sklearn_version" in state)
    return next((version for version in found if version_name(version)), None)


def _module_names(schema: Any) -> set[str]:
    names = (str(state.get("__module__")) for state in _states(schema) if "__module__" in state)
    return {name for name in names if type_name(f"{name}.x")}


def _class_name(state: Any) -> str:
    return type_name(f"{state.get('__module__')}.{state.get('__class__')}") if isinstance(state, dict) else ""


def _attributes(state: Any) -> dict[str, Any]:
    """The states of the object's attributes by name; empty for anything but a plain object."""
    try:
        attributes = state["content"]["content"]
    except (KeyError, TypeError):
        return {}
    return attributes if isinstance(attributes, dict) else {}


def _step(state: Any, *, first: bool) -> Any:
    """The state of the first or last estimator within pipelines and searches."""
    for _ in range(20):
        inside = _attributes(state)
        try:
            if "steps" in inside:
                state = inside["steps"]["content"][0 if first else -1]["content"][1]
            elif "best_estimator_" in inside:
                state = inside["best_estimator_"]
            else:
                break
        except (KeyError, IndexError, TypeError):
            break
    return state


def _value(archive: zipfile.ZipFile, state: Any) -> Any:
    """A plain value, or a list of those in an array; None for anything else."""
    try:
        if state["__loader__"] == "JsonNode":
            return json.loads(state["content"])
        if state["__loader__"] == "NdArrayNode" and state["type"] == "numpy":
            return np.load(io.BytesIO(archive.read(state["file"])), allow_pickle=False).tolist()
        if state["__loader__"] == "NdArrayNode":
            return [json.loads(item["content"]) for item in state["content"]]
    except (KeyError, TypeError, ValueError):
        pass
    return None
