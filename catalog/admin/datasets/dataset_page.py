"""The pages of a dataset and of one of its versions: columns, first rows, what was trained on it, what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.admin import charts
from catalog.admin.datasets.changes_section import changes_context
from catalog.models import Dataset, DatasetVersion, ModelVersion

VERSIONS_SHOWN = 50
MODELS_SHOWN = 20
COLUMNS_SHOWN = 200
TOP_SHOWN = 5


@dataclass(frozen=True)
class ColumnRow:
    """A column of the schema with its profile, and the bars of its histogram or its most frequent values."""

    name: str
    type: str
    nulls: int
    missing_percent: float
    distinct: int | None
    distinct_is_exact: bool
    min: object
    max: object
    mean: float | None
    bars: list[charts.Bar]
    top: list[dict[str, Any]]

    @classmethod
    def of(cls, column: Mapping[str, Any], profile: Mapping[str, Any], rows: int) -> "ColumnRow":
        numbers = profile.get("histogram") or {}
        return cls(
            name=column["name"],
            type=profile.get("type", column["type"]),
            nulls=profile.get("nulls", column["nulls"]),
            missing_percent=100 * column["nulls"] / max(rows, 1),
            distinct=profile.get("distinct"),
            distinct_is_exact=bool(profile.get("distinct_is_exact")),
            min=profile.get("min"),
            max=profile.get("max"),
            mean=profile.get("mean"),
            bars=charts.histogram(numbers["edges"], numbers["counts"]) if numbers.get("counts") else [],
            top=profile.get("top", [])[:TOP_SHOWN],
        )


def dataset_context(dataset: Dataset) -> dict[str, Any]:
    versions = DatasetVersion.objects.not_trashed().filter(dataset=dataset)
    newest = versions.defer("schema", "profile", "first_rows").order_by("-number")[:VERSIONS_SHOWN]
    return {"versions": list(newest), "version_count": versions.count()}


def dataset_version_context(version: DatasetVersion, since: str) -> dict[str, Any]:
    """`since` is the number of an earlier version to compare with, as somebody asked for it; else the one before."""
    trained = ModelVersion.objects.for_listing().filter(dataset_version=version).order_by("-pk")
    return {
        "dataset": version.dataset,
        "columns": _columns(version),
        "more_columns": max(len(version.schema) - COLUMNS_SHOWN, 0),
        "first_rows": [row[:COLUMNS_SHOWN] for row in version.first_rows],
        **changes_context(version, since),
        "models": list(trained[:MODELS_SHOWN]),
        "predictions": list(
            version.predictions.select_related("model_version__registered_model").defer("parts")[:MODELS_SHOWN]
        ),
    }


def _columns(version: DatasetVersion) -> list[ColumnRow]:
    profiles = {column["name"]: column for column in version.profile}
    shown = version.schema[:COLUMNS_SHOWN]
    return [ColumnRow.of(column, profiles.get(column["name"], {}), version.row_count) for column in shown]
