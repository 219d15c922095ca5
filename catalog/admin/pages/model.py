"""The page of a model: its version in production and why, how versions compare, and the history of its aliases."""

from itertools import groupby
from typing import Any

from catalog.admin.charts import trend
from catalog.models import Alias, AuditEvent, ModelVersion, RegisteredModel
from catalog.services.references import DEFAULT_ALIAS

VERSIONS_SHOWN = 20
TREND_VERSIONS = 100
EVENTS_SHOWN = 100
ALIAS_VERBS = (AuditEvent.Verb.PROMOTED, AuditEvent.Verb.ROLLED_BACK, AuditEvent.Verb.ALIAS_REMOVED)


def model_context(model: RegisteredModel) -> dict[str, Any]:
    aliases = list(Alias.objects.filter(registered_model=model).select_related("model_version"))
    versions = ModelVersion.objects.not_trashed().filter(registered_model=model)
    newest = list(versions.for_listing().order_by("-number")[:VERSIONS_SHOWN])
    for version in newest:
        version.registered_model = model
    return {
        "aliases": aliases,
        "production": next((alias for alias in aliases if alias.name == DEFAULT_ALIAS), None),
        "versions": newest,
        "version_count": versions.count(),
        "metric_names": _metric_names(model, newest),
        "chart": trend(model.primary_metric, _points(model)),
        "timelines": _timelines(model),
    }


def _points(model: RegisteredModel) -> list[tuple[int, float]]:
    """Number and main metric of the newest versions, oldest first."""
    scored = ModelVersion.objects.not_trashed().filter(registered_model=model, primary_value__isnull=False)
    newest = scored.order_by("-number").values_list("number", "primary_value")[:TREND_VERSIONS]
    return [(number, value) for number, value in newest if value is not None][::-1]


def _metric_names(model: RegisteredModel, versions: list[ModelVersion]) -> list[str]:
    """The main metric first, then the others that any of the versions has."""
    others = (name for version in versions for name in version.metrics)
    return list(dict.fromkeys([model.primary_metric, *others]))[:4]


def _timelines(model: RegisteredModel) -> list[tuple[str, list[AuditEvent]]]:
    """Each alias with its events, the newest first."""
    events = AuditEvent.objects.filter(
        object_type=AuditEvent.ObjectType.MODEL, object_name=model.name, verb__in=ALIAS_VERBS
    )[:EVENTS_SHOWN]
    ordered = sorted(events, key=lambda event: (event.alias != DEFAULT_ALIAS, event.alias, -event.pk))
    return [(alias, list(group)) for alias, group in groupby(ordered, key=lambda event: event.alias)]
