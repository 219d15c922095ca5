"""The pages of a dataset and of one of its versions: columns, first rows, what was trained on it, what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.admin import charts
from catalog.models import Dataset, DatasetVersion, ModelVersion

VERSIONS_SHOWN = 50
MODELS_SHOWN = 20
COLUMNS_SHOWN = 200
TOP_SHOWN = 5
NOTABLE_SHIFT = 0.1


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


def dataset_version_context(version: DatasetVersion) -> dict[str, Any]:
    before = (
        DatasetVersion.objects.ready()
        .filter(dataset=version.dataset, number__lt=version.number)
        .order_by("-number")
        .first()
    )
    trained = ModelVersion.objects.for_listing().filter(dataset_version=version).order_by("-pk")
    return {
        "dataset": version.dataset,
        "columns": _columns(version),
        "more_columns": max(len(version.schema) - COLUMNS_SHOWN, 0),
        "first_rows": [row[:COLUMNS_SHOWN] for row in version.first_rows],
        "before": before,
        "changes": _changes(before, version) if before else [],
        "models": list(trained[:MODELS_SHOWN]),
        "predictions": list(
            version.predictions.select_related("model_version__registered_model").defer("parts")[:MODELS_SHOWN]
        ),
    }


def _columns(version: DatasetVersion) -> list[ColumnRow]:
    profiles = {column["name"]: column for column in version.profile}
    shown = version.schema[:COLUMNS_SHOWN]
    return [ColumnRow.of(column, profiles.get(column["name"], {}), version.row_count) for column in shown]


def _changes(before: DatasetVersion, after: DatasetVersion) -> list[str]:
    """What a person should know of the step from one version to the next."""
    old = {column["name"]: column["type"] for column in before.schema}
    new = {column["name"]: column["type"] for column in after.schema}
    changes = [f"Column {name} is new ({kind})." for name, kind in new.items() if name not in old]
    changes += [f"Column {name} is gone." for name in old if name not in new]
    changes += [
        f"Column {name} was {old[name]} and is {kind}." for name, kind in new.items() if old.get(name, kind) != kind
    ]
    if before.row_count != after.row_count:
        changes.append(f"{before.row_count:,} rows became {after.row_count:,}.")
    return changes + _shifts(before, after)


def _shifts(before: DatasetVersion, after: DatasetVersion) -> list[str]:
    """Columns whose missing part or mean moved by more than a tenth (of the rows, of the range)."""
    old = {column["name"]: column for column in before.profile}
    shifts = []
    for column in after.profile:
        earlier = old.get(column["name"])
        if earlier is None or earlier["type"] != column["type"]:
            continue
        missing = [profile["nulls"] / max(profile["count"], 1) for profile in (earlier, column)]
        if abs(missing[1] - missing[0]) > NOTABLE_SHIFT:
            shifts.append(f"Column {column['name']}: missing went from {missing[0]:.0%} to {missing[1]:.0%}.")
        spread = _spread(earlier)
        means = [profile.get("mean") for profile in (earlier, column)]
        if spread and None not in means and abs(means[1] - means[0]) > NOTABLE_SHIFT * spread:
            shifts.append(f"Column {column['name']}: the mean went from {means[0]:.4g} to {means[1]:.4g}.")
    return shifts


def _spread(profile: Mapping[str, Any]) -> float | None:
    """The range of a column of numbers."""
    low, high = profile.get("min"), profile.get("max")
    return float(high - low) if isinstance(low, int | float) and isinstance(high, int | float) else None
