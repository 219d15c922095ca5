"""The page of a model version: how good it is against production, where it came from, how to load it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.admin import charts
from catalog.admin.registry.loading_snippets import loading_context
from catalog.models import AuditEvent, ModelVersion
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.registry.attachments import attached_files
from catalog.services.registry.facts import history, metric_rows, production_alias
from catalog.storage.interface import catalog_storage

PREDICTIONS_SHOWN = 10
IMPORTANCES_SHOWN = 20


@dataclass(frozen=True)
class ConfusionCell:
    """Rows of one true class predicted as one class."""

    count: int
    shade: int  # 0 to 9, by the part of the true class
    is_right: bool


@dataclass(frozen=True)
class ConfusionMatrix:
    labels: list[str]
    rows: list[tuple[str, list[ConfusionCell]]]  # by true class
    left_out: int  # classes


def version_context(version: ModelVersion) -> dict[str, Any]:
    alias = production_alias(version)
    production = alias.model_version if alias else None
    report, uri = version.report, catalog_storage().uri(version.stored_key)
    return {
        "model": version.registered_model,
        "production": production,
        "production_since": alias.set_at if alias else None,
        "promotion": AuditEvent.objects.of_alias(version.registered_model.stored_name, DEFAULT_ALIAS).first(),
        "is_production": production is not None and production.pk == version.pk,
        "metrics": metric_rows(version, production),
        "curves": charts.curves(report),
        "confusion": _confusion(report),
        "residuals": _residuals(report),
        "importances": charts.ranked(
            [(item["feature"], item["mean"]) for item in report.get("importances", [])[:IMPORTANCES_SHOWN]]
        ),
        "predictions": list(version.predictions.order_by("-created_at")[:PREDICTIONS_SHOWN]),
        "attached": attached_files(version),
        "history": list(history(version)),
        "uri": uri,
        **loading_context(version, uri),
    }


def _confusion(report: Mapping[str, Any]) -> ConfusionMatrix | None:
    matrix = report.get("confusion_matrix")
    if not matrix:
        return None
    rows = []
    for at, (label, counts) in enumerate(zip(matrix["labels"], matrix["counts"], strict=True)):
        total = sum(counts) or 1
        cells = [ConfusionCell(count, round(9 * count / total), at == other) for other, count in enumerate(counts)]
        rows.append((label, cells))
    return ConfusionMatrix(matrix["labels"], rows, matrix["classes_left_out"])


def _residuals(report: Mapping[str, Any]) -> list[charts.Bar]:
    residuals = report.get("residuals")
    return charts.histogram(residuals["edges"], residuals["counts"], width=320, height=120) if residuals else []
