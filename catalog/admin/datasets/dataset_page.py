"""The pages of a dataset and of one of its versions: columns, first rows, what was trained on it, what changed."""

from collections.abc import Mapping
from typing import Any

from catalog.admin.datasets.changes_section import changes_context
from catalog.admin.datasets.column_table import columns_context
from catalog.models import Dataset, DatasetVersion, ModelVersion

VERSIONS_SHOWN = 50
MODELS_SHOWN = 20


def dataset_context(dataset: Dataset) -> dict[str, Any]:
    versions = DatasetVersion.objects.not_trashed().filter(dataset=dataset)
    newest = versions.defer("schema", "profile", "first_rows").order_by("-number")[:VERSIONS_SHOWN]
    return {"versions": list(newest), "version_count": versions.count()}


def dataset_version_context(version: DatasetVersion, asked: Mapping[str, str]) -> dict[str, Any]:
    """`asked` may have `since`, the number of an earlier version to compare with instead of the one before, and which
    columns of that and of the version itself are shown."""
    trained = ModelVersion.objects.for_listing().filter(dataset_version=version).order_by("-pk")
    return {
        "dataset": version.dataset,
        **columns_context(version, asked),
        **changes_context(version, asked),
        "models": list(trained[:MODELS_SHOWN]),
        "predictions": list(
            version.predictions.select_related("model_version__registered_model").defer("parts")[:MODELS_SHOWN]
        ),
    }
