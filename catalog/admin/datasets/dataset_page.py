"""The pages of a dataset and of one of its versions: columns, first rows, what was trained on it, what changed."""

from typing import Any

from catalog.admin import charts
from catalog.models import Dataset, DatasetVersion, ModelVersion

VERSIONS_SHOWN = 50
MODELS_SHOWN = 20
COLUMNS_SHOWN = 200
NOTABLE_SHIFT = 0.1


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


def _columns(version: DatasetVersion) -> list[dict[str, Any]]:
    """Schema and profile of each column, with the bars of its histogram or of its top values."""
    profiles = {column["name"]: column for column in version.profile}
    columns = []
    for column in version.schema[:COLUMNS_SHOWN]:
        profile = profiles.get(column["name"], {})
        numbers = profile.get("histogram") or {}
        columns.append(
            {
                **column,
                **profile,
                "missing_percent": 100 * column["nulls"] / max(version.row_count, 1),
                "bars": charts.histogram(numbers["edges"], numbers["counts"]) if numbers.get("counts") else [],
                "top": profile.get("top", [])[:5],
            }
        )
    return columns


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


def _spread(profile: dict[str, Any]) -> float | None:
    """The range of a column of numbers."""
    low, high = profile.get("min"), profile.get("max")
    return float(high - low) if isinstance(low, int | float) and isinstance(high, int | float) else None
