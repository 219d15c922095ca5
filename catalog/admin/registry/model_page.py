"""The page of a model: its version in production and why, how versions compare, and the history of its aliases."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.db.models import Window
from django.db.models.functions import RowNumber

from catalog.admin.charts import trend
from catalog.models import Alias, AuditEvent, ModelVersion, RegisteredModel
from catalog.reference_syntax import DEFAULT_ALIAS

VERSIONS_SHOWN = 20
TREND_VERSIONS = 100
EVENTS_SHOWN = 30
ALIAS_VERBS = (AuditEvent.Verb.PROMOTED, AuditEvent.Verb.ROLLED_BACK, AuditEvent.Verb.ALIAS_REMOVED)


def model_context(model: RegisteredModel) -> dict[str, Any]:
    aliases = list(Alias.objects.filter(registered_model=model).select_related("model_version"))
    versions = ModelVersion.objects.not_trashed().filter(registered_model=model)
    newest = list(versions.for_listing().order_by("-number")[:VERSIONS_SHOWN])
    for version in newest:
        version.registered_model = model
    timelines = _timelines(model)
    return {
        "other_aliases": [alias for alias in aliases if alias.name != DEFAULT_ALIAS],
        "production": next((alias for alias in aliases if alias.name == DEFAULT_ALIAS), None),
        "promotion": next((events[0] for alias, events in timelines if alias == DEFAULT_ALIAS), None),
        "versions": newest,
        "version_count": versions.count(),
        "metric_names": _metric_names(model, newest),
        "chart": trend(model.primary_metric, _points(model), _names(aliases)),
        "timelines": timelines,
        "most_events": EVENTS_SHOWN,
    }


def _points(model: RegisteredModel) -> list[tuple[int, float]]:
    """Number and main metric of the newest versions, oldest first."""
    scored = ModelVersion.objects.not_trashed().filter(registered_model=model, primary_value__isnull=False)
    newest = scored.order_by("-number").values_list("number", "primary_value")[:TREND_VERSIONS]
    return [(number, value) for number, value in newest if value is not None][::-1]


def _names(aliases: list[Alias]) -> dict[int, str]:
    """The aliases of each version that has some, production first."""
    ordered = sorted(aliases, key=lambda alias: (alias.name != DEFAULT_ALIAS, alias.name))
    by_number: dict[int, list[str]] = defaultdict(list)
    for alias in ordered:
        by_number[alias.model_version.number].append(alias.name)
    return {number: ", ".join(names) for number, names in by_number.items()}


def _metric_names(model: RegisteredModel, versions: list[ModelVersion]) -> list[str]:
    """The main metric first, then the others that any of the versions has."""
    others = (name for version in versions for name in version.metrics)
    return list(dict.fromkeys([model.primary_metric, *others]))[:4]


def _timelines(model: RegisteredModel) -> list[tuple[str, list[AuditEvent]]]:
    """Each alias with its newest events, the newest first."""
    # Counted by alias, so that one which moves every night does not push out why another is where it is.
    age = Window(RowNumber(), partition_by="alias", order_by="-pk")
    moves = AuditEvent.objects.of_aliases(model.stored_name).filter(verb__in=ALIAS_VERBS)
    events = moves.annotate(age=age).filter(age__lte=EVENTS_SHOWN)
    ordered = sorted(events, key=lambda event: (event.alias != DEFAULT_ALIAS, event.alias, -event.pk))
    return [(alias, list(group)) for alias, group in groupby(ordered, key=lambda event: event.alias)]
