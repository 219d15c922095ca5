"""The page of a model: its version in production and why, how versions compare, and the history of its aliases."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.db.models import Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from catalog.admin.registry.page_parts.newest_version import newest_version
from catalog.admin.registry.page_parts.production_chart import production_chart
from catalog.admin.registry.page_parts.trend_chart import trend_chart, trend_points
from catalog.admin.registry.page_parts.version_sorting import VersionSorting
from catalog.models import Alias, AuditEvent, ModelVersion, RegisteredModel
from catalog.reference_syntax import DEFAULT_ALIAS

EVENTS_SHOWN = 30
ALIAS_VERBS = (AuditEvent.Verb.PROMOTED, AuditEvent.Verb.ROLLED_BACK, AuditEvent.Verb.ALIAS_REMOVED)


def model_context(model: RegisteredModel, sort: str) -> dict[str, Any]:
    related = Alias.objects.filter(registered_model=model).select_related("model_version")
    aliases = list(related.only("name", "set_at", "model_version", "model_version__number"))
    production = next((alias for alias in aliases if alias.name == DEFAULT_ALIAS), None)
    newest = newest_version(model, production)
    sorting = VersionSorting(model, sort)
    versions, version_count = sorting.rows()
    for version in versions:
        version.registered_model = model
    metric_names = _metric_names(model, versions)
    timelines = _timelines(model)
    moves = dict(timelines).get(DEFAULT_ALIAS, [])
    return {
        "other_aliases": [alias for alias in aliases if alias.name != DEFAULT_ALIAS],
        "production": production,
        "newest": newest,
        "measurable": newest.measurable if newest and not newest.difference else None,
        "promotion": moves[0] if moves else None,
        "production_chart": production_chart(moves, timezone.now()),
        "versions": versions,
        "version_count": version_count,
        "metric_names": metric_names,
        "columns": sorting.columns(metric_names),
        "chart": trend_chart(model.primary_metric, trend_points(model), _names(aliases)),
        "timelines": timelines,
        "most_events": EVENTS_SHOWN,
    }


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
    return list(dict.fromkeys([model.primary_metric, *others]))[:3]


def _timelines(model: RegisteredModel) -> list[tuple[str, list[AuditEvent]]]:
    """Each alias with its newest events, the newest first."""
    # Counted by alias, so that one which moves every night does not push out why another is where it is.
    age = Window(RowNumber(), partition_by="alias", order_by="-pk")
    moves = AuditEvent.objects.of_aliases(model.stored_name).filter(verb__in=ALIAS_VERBS)
    events = moves.annotate(age=age).filter(age__lte=EVENTS_SHOWN)
    ordered = sorted(events, key=lambda event: (event.alias != DEFAULT_ALIAS, event.alias, -event.pk))
    return [(alias, list(group)) for alias, group in groupby(ordered, key=lambda event: event.alias)]
