"""Which columns of a dataset version are features of a training, and why the others are not."""

from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.models import DatasetVersion
from catalog.services.training.request import TrainingRequest


def choose_features(request: TrainingRequest, version: DatasetVersion) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """The features, and of each other column that was asked for the reason to exclude it. Raises InvalidRequest."""
    columns = {column["name"]: column for column in version.schema}
    chosen = [name for name in request.features or columns if name != request.target and name not in request.drop]
    reasons = {name: _reason_to_exclude(columns[name], request, version) for name in chosen}
    excluded = {name: reason for name, reason in reasons.items() if reason}
    features = tuple(Feature(name, ColumnType(columns[name]["type"])) for name in chosen if name not in excluded)
    if not features:
        because = "; ".join(f"{name}: {reason}" for name, reason in excluded.items()) or "no other column is there"
        raise InvalidRequest(f"Nothing is left as a feature ({because}).")
    return features, excluded


def _reason_to_exclude(column: dict[str, Any], request: TrainingRequest, version: DatasetVersion) -> str:
    if column["type"] == "unsupported":
        return "its type is not supported"
    if column["nulls"] == version.row_count:
        return "it has no values"
    if not (request.features or request.pipeline) and _is_identifier(column["name"], version):
        return "it is an identifier: every row has its own text"
    return ""


def _is_identifier(name: str, version: DatasetVersion) -> bool:
    """A text column without repeated values. Estimated counts are taken to be distinct within three standard errors."""
    profile = next(column for column in version.profile if column["name"] == name)
    if profile["type"] != "string":
        return False
    filled = profile["count"] - profile["nulls"]
    if profile["distinct_is_exact"]:
        return bool(profile["distinct"] == filled)
    return bool(profile["distinct"] >= 0.9 * filled and profile["top"] and profile["top"][0]["count"] == 1)
