"""All parameters of an estimator and of its parts, as JSON, beside the defaults that they differ from."""

import inspect
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MOST_CHARACTERS = 2_000
LONGEST_TEXT = 200
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
NO_DEFAULT = inspect.Parameter.empty


def record_parameters(estimator: Any) -> dict[str, dict[str, Any]]:
    """By name, as `get_params` gives them: `value`, and `default` where the constructor has one that differs.

    Other estimators are recorded by their class, and their parameters as `step__name`; what is too long by its size.
    """
    given = estimator.get_params(deep=True)
    return {name: _record(given, name, value, estimator) for name, value in sorted(given.items())}


def _record(given: Mapping[str, Any], name: str, value: Any, estimator: Any) -> dict[str, Any]:
    owner, _, own = name.rpartition("__")
    default = _default(given.get(owner) if owner else estimator, own)
    record = {"value": as_json(value)}
    if default is not NO_DEFAULT and (shown := as_json(default)) != record["value"]:
        record["default"] = shown
    return record


def _default(owner: Any, name: str) -> Any:
    """NO_DEFAULT where the constructor does not tell."""
    try:
        parameters = inspect.signature(type(owner)).parameters
    except (TypeError, ValueError):  # a class of C that tells nothing
        return NO_DEFAULT
    return parameters[name].default if name in parameters else NO_DEFAULT


def as_json(value: Any) -> Any:
    """The value in JSON: as it is where JSON has it, otherwise by its name or in words."""
    plain = _plain(value)
    try:
        size = len(json.dumps(plain, allow_nan=True))
    except (TypeError, ValueError):
        return _words(value)
    return plain if size <= MOST_CHARACTERS else _sized(value)


def _plain(value: Any) -> Any:
    match value:
        case np.generic():
            return _plain(value.item())
        case str():
            return _text(value)
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float():
            return value
        case np.ndarray():
            return _plain(value.tolist()) if value.size <= MOST_CHARACTERS else _sized(value)
        case dict():
            return {str(_plain(key)): _plain(member) for key, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
        case set() | frozenset():
            return sorted((_plain(member) for member in value), key=str)
    return _words(value)


def _words(value: Any) -> str:
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "get_params"):
        return f"{type(value).__module__}.{type(value).__qualname__}"
    return _text(ADDRESS.sub("", repr(value)))


def _text(text: str) -> str:
    """Without what no database takes."""
    printable = text.replace("\0", "�").encode(errors="replace").decode()
    return printable if len(printable) <= LONGEST_TEXT else f"{printable[:LONGEST_TEXT]}…"


def _sized(value: Any) -> str:
    size: Callable[[Any], Any] = getattr(type(value), "__len__", lambda sized: "?")
    shape = getattr(value, "shape", None) or size(value)
    return f"{type(value).__name__} of {shape}"
