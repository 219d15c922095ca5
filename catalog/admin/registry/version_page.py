"""The page of a model version: how good it is against production, where it came from, how to load it."""

from typing import Any

from catalog.admin import charts
from catalog.models import Alias, AuditEvent, ModelVersion
from catalog.services.registry.production import compare_metric
from catalog.services.registry.references import DEFAULT_ALIAS
from catalog.storage.interface import catalog_storage

PREDICTIONS_SHOWN = 10
IMPORTANCES_SHOWN = 20
EVENTS_SHOWN = 30


def version_context(version: ModelVersion) -> dict[str, Any]:
    alias = _production_alias(version)
    production = alias.model_version if alias else None
    report = version.report
    return {
        "model": version.registered_model,
        "production": production,
        "production_since": alias.set_at if alias else None,
        "promotion": AuditEvent.objects.of_alias(version.registered_model.name, DEFAULT_ALIAS).first(),
        "is_production": production is not None and production.pk == version.pk,
        "metrics": metric_rows(version, production),
        "curves": charts.curves(report),
        "confusion": _confusion(report),
        "residuals": _residuals(report),
        "importances": charts.ranked(
            [(item["feature"], item["mean"]) for item in report.get("importances", [])[:IMPORTANCES_SHOWN]]
        ),
        "predictions": list(version.predictions.order_by("-created_at")[:PREDICTIONS_SHOWN]),
        "history": list(_history(version)),
        "uri": catalog_storage().uri(version.stored_key),
    }


def _production_alias(version: ModelVersion) -> Alias | None:
    return (
        Alias.objects.filter(registered_model=version.registered_model, name=DEFAULT_ALIAS)
        .select_related("model_version")
        .defer("model_version__report", "model_version__environment", "model_version__signature")
        .first()
    )


def metric_rows(version: ModelVersion, production: ModelVersion | None) -> list[dict[str, Any]]:
    """Each metric with production's and the baseline's, and whether it is better or worse than production's."""
    rows = []
    for name, metric in version.metrics.items():
        other = production.metrics.get(name, {}).get("value") if production else None
        rows.append({"name": name, **metric, "production": other, "verdict": compare_metric(metric, other)})
    return rows


def _confusion(report: dict[str, Any]) -> dict[str, Any] | None:
    """Rows of (true class, [(count, shade 0 to 9, whether it is right)])."""
    matrix = report.get("confusion_matrix")
    if not matrix:
        return None
    rows = []
    for at, (label, counts) in enumerate(zip(matrix["labels"], matrix["counts"], strict=True)):
        total = sum(counts) or 1
        rows.append((label, [(count, round(9 * count / total), at == other) for other, count in enumerate(counts)]))
    return {"labels": matrix["labels"], "rows": rows, "left_out": matrix["classes_left_out"]}


def _residuals(report: dict[str, Any]) -> list[charts.Bar]:
    residuals = report.get("residuals")
    return charts.histogram(residuals["edges"], residuals["counts"], width=320, height=120) if residuals else []


def _history(version: ModelVersion) -> Any:
    return AuditEvent.objects.filter(
        object_type=AuditEvent.ObjectType.MODEL,
        object_name=version.registered_model.name,
        version_number=version.number,
    )[:EVENTS_SHOWN]
