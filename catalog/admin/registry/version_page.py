"""The page of a model version: how good it is against production, where it came from, how to load it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Subquery, Window
from django.urls import reverse
from django.utils.http import urlencode

from catalog.admin import charts
from catalog.admin.downloads import is_for_spreadsheets
from catalog.admin.registry.loading_snippets import loading_context
from catalog.admin.registry.page_parts.regression_chart import regression_chart
from catalog.admin.registry.page_parts.version_making import making_context
from catalog.models import AuditEvent, ModelVersion
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.evaluation.recorded_checks import recorded_checks, unmade_checks
from catalog.services.registry.attachments import attached_files
from catalog.services.registry.change_review import compare_columns
from catalog.services.registry.comparability import compare_versions
from catalog.services.registry.facts import history, metric_rows, production_alias
from catalog.storage.interface import catalog_storage

PREDICTIONS_SHOWN = 10
IMPORTANCES_SHOWN = GROUPS_SHOWN = 20
HISTOGRAMS = {
    "residuals": "Residuals (true − predicted)",
    "outlier_scores": "Scores: what is below 0 is an outlier",
}


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


@dataclass(frozen=True)
class ReportHistogram:
    """Of values of the report, and the least and the largest of them."""

    caption: str
    bars: list[charts.Bar]
    low: float
    high: float


@dataclass(frozen=True)
class TargetCharts:
    """Of one target of several."""

    name: str
    curves: list[charts.Chart]
    confusion: ConfusionMatrix | None


def version_context(version: ModelVersion) -> dict[str, Any]:
    alias = production_alias(version)
    production = alias.model_version if alias else None
    report, uri = version.report, catalog_storage().uri(version.stored_key)
    promotion, replacement = _moves(version)
    predecessor = find_predecessor(version)
    is_other = production is not None and production.pk != version.pk
    comparison = compare_versions(version, production) if production and is_other else None
    counted: Any = version.predictions.annotate(total=Window(Count("pk"))).order_by("-created_at")
    predictions = list(counted[:PREDICTIONS_SHOWN])
    return {
        "model": version.registered_model,
        "production": production,
        "production_since": alias.set_at if alias else None,
        "promotion": promotion,
        "replacement": replacement,
        "is_production": production is not None and production.pk == version.pk,
        "predecessor": predecessor,
        "comparisons": _comparisons(version, predecessor, production),
        "metrics": metric_rows(version, production, comparison),
        "curves": [*charts.curves(report), *filter(None, [regression_chart(report)])],
        "columns_against": _columns_against(version, production),
        "measurable": comparison.measurable if comparison else None,
        "checks": recorded_checks(version),
        "unmade_checks": unmade_checks(version),
        "confusion": _confusion(report),
        "histograms": [_histogram(caption, report[key]) for key, caption in HISTOGRAMS.items() if report.get(key)],
        "groups": charts.ranked(list(report.get("predicted_rows", {}).items())[:GROUPS_SHOWN]),
        "targets": [_target_charts(part) for part in report.get("targets", [])],
        "importances": charts.ranked(
            [(item["feature"], item["mean"]) for item in report.get("importances", [])[:IMPORTANCES_SHOWN]]
        ),
        "predictions": predictions,
        "prediction_count": predictions[0].total if predictions else 0,
        "attached": [(file, is_for_spreadsheets(file)) for file in attached_files(version)],
        "history": list(history(version)),
        "uri": uri,
        **making_context(version),
        **loading_context(version, uri),
    }


def _columns_against(version: ModelVersion, production: ModelVersion | None) -> str:
    """What those who use the model would have to give anew; empty where nothing else is in production."""
    if production is None or production.pk == version.pk or not version.signature:
        return ""
    new, _, retyped = compare_columns(production.signature, version.signature)
    return " ".join([*new, *retyped]) or f"It needs no column that version {production.number} does not."


def _moves(version: ModelVersion) -> tuple[AuditEvent | None, AuditEvent | None]:
    """The last change of what is in production, and the one that ended this version's time there. One query."""
    number = str(version.number)
    moves = AuditEvent.objects.of_alias(version.registered_model.stored_name, DEFAULT_ALIAS)
    newest = Q(pk=Subquery(moves.values("pk")[:1]))
    found = list(moves.filter(newest | Q(from_value=number))[:2])
    return next(iter(found), None), next((move for move in found if move.from_value == number), None)


def find_predecessor(version: ModelVersion) -> ModelVersion | None:
    """The version of the model before this one, with its number alone."""
    before = ModelVersion.objects.not_trashed().filter(
        registered_model=version.registered_model, number__lt=version.number, status=ModelVersion.Status.READY
    )
    found = before.only("number").order_by("-number").first()
    if found:
        found.registered_model = version.registered_model
    return found


def _comparisons(
    version: ModelVersion, predecessor: ModelVersion | None, production: ModelVersion | None
) -> list[tuple[str, str]]:
    """With what it can be compared at once, and the address of that; a version that is of no use with nothing."""
    if not version.is_comparable:
        return []
    others = {"production": production, "its predecessor": predecessor}
    address, seen = reverse("admin:catalog_modelversion_compare"), {version.pk}
    found = []
    for name, other in others.items():
        if other is not None and other.pk not in seen:
            seen.add(other.pk)
            pair = urlencode({"v": [other.pk, version.pk]}, doseq=True)
            found.append((f"Compare with {name} ({other.number})", f"{address}?{pair}"))
    return found


def _target_charts(report: Mapping[str, Any]) -> TargetCharts:
    curves = [*charts.curves(report), *filter(None, [regression_chart(report)])]
    return TargetCharts(report["name"], curves, _confusion(report))


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


def _histogram(caption: str, values: Mapping[str, Any]) -> ReportHistogram:
    edges = values["edges"]
    bars = charts.histogram(edges, values["counts"], width=320, height=120)
    return ReportHistogram(caption, bars, edges[0], edges[-1])
