"""Which columns of a dataset version are features of a training, and why the others are not."""

from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.tables.profiling.doubts import resemble
from catalog.ml.tables.schema import ColumnType
from catalog.models import DatasetVersion
from catalog.services.training.request import TrainingRequest

# Free text: so many characters on average, of texts of which every other one at least is another.
FREE_TEXT_CHARACTERS, FREE_TEXT_DISTINCT = 30, 0.5
FREE_TEXT = "it is free text, which is left out unless it is named as text"


def choose_features(request: TrainingRequest, version: DatasetVersion) -> tuple[tuple[Feature, ...], dict[str, str]]:
    """The features, and of each other column that was asked for the reason to exclude it. Raises InvalidRequest."""
    columns = {column["name"]: column for column in version.schema}
    _check_text(request, version, columns)
    asked = [*request.features, *(name for name in request.text if name not in request.features)]
    never = {*request.targets, request.sample_weight, *request.drop}
    chosen = [name for name in (asked if request.features else columns) if name not in never]
    reasons = {name: _reason_to_exclude(columns[name], request, version) for name in chosen}
    excluded = {name: reason for name, reason in reasons.items() if reason}
    features = tuple(
        Feature(name, ColumnType(columns[name]["type"]), is_text=name in request.text)
        for name in chosen
        if name not in excluded
    )
    if not features:
        because = "; ".join(f"{name}: {reason}" for name, reason in excluded.items()) or "no other column is there"
        raise InvalidRequest(f"Nothing is left as a feature ({because}).")
    return features, excluded


def _check_text(request: TrainingRequest, version: DatasetVersion, columns: dict[str, Any]) -> None:
    """Raises InvalidRequest for a column that can't be learned from as it was named."""
    for name in request.text:
        if columns[name]["type"] != "string":
            raise InvalidRequest(f"`text`: {name!r} is {columns[name]['type']}, and free text is a column of text.")
    for name in request.features:
        if name not in request.text and _is_free_text(name, version):
            raise InvalidRequest(
                f"`features`: {name!r} is free text, long and mostly distinct. Name it with `text`, and its words are "
                "learned from."
            )


def _reason_to_exclude(column: dict[str, Any], request: TrainingRequest, version: DatasetVersion) -> str:
    if column["type"] == "unsupported":
        return "its type is not supported"
    if column["nulls"] == version.row_count:
        return "it has no values"
    if column["name"] in request.text:
        return ""
    if _is_free_text(column["name"], version):
        return FREE_TEXT
    profile = _profile(column["name"], version)
    if request.features or request.pipeline or not _is_distinct_text(profile):
        return ""
    if kind := resemble(str(entry["value"]) for entry in profile["top"]):
        return f"it is text that looks like {kind}, and every row has its own: add the dataset with such a type for it"
    return "it is an identifier: every row has its own text"


def _profile(name: str, version: DatasetVersion) -> dict[str, Any]:
    return dict(next((column for column in version.profile if column["name"] == name), {"type": "unsupported"}))


def _is_free_text(name: str, version: DatasetVersion) -> bool:
    """Long texts, mostly distinct, judged by those ten that the profile has."""
    profile = _profile(name, version)
    if profile["type"] != "string" or not profile["top"]:
        return False
    lengths = [len(entry["value"]) for entry in profile["top"]]
    filled = profile["count"] - profile["nulls"]
    return sum(lengths) >= FREE_TEXT_CHARACTERS * len(lengths) and profile["distinct"] >= FREE_TEXT_DISTINCT * filled


def _is_distinct_text(profile: dict[str, Any]) -> bool:
    """A text column without repeated values. Estimated counts are taken to be distinct within three standard errors."""
    if profile["type"] != "string":
        return False
    filled = profile["count"] - profile["nulls"]
    if profile["distinct_is_exact"]:
        return bool(profile["distinct"] == filled)
    return bool(profile["distinct"] >= 0.9 * filled and profile["top"] and profile["top"][0]["count"] == 1)
