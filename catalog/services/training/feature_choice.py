"""Which columns of a dataset version are features of a training, and why the others are not."""

from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.tables.profiling.doubts import resemble
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
    profile = next(entry for entry in version.profile if entry["name"] == column["name"])
    if request.features or request.pipeline or not _is_distinct_text(profile):
        return ""
    if kind := resemble(str(entry["value"]) for entry in profile["top"]):
        return f"it is text that looks like {kind}, and every row has its own: add the dataset with such a type for it"
    return "it is an identifier: every row has its own text"


def _is_distinct_text(profile: dict[str, Any]) -> bool:
    """A text column without repeated values. Estimated counts are taken to be distinct within three standard errors."""
    if profile["type"] != "string":
        return False
    filled = profile["count"] - profile["nulls"]
    if profile["distinct_is_exact"]:
        return bool(profile["distinct"] == filled)
    return bool(profile["distinct"] >= 0.9 * filled and profile["top"] and profile["top"][0]["count"] == 1)
