"""The home page: what needs a person, every model with its production version, and what happened lately."""

from collections import defaultdict
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.http import HttpRequest

from catalog.admin.jobs.job_page import unfinished_context
from catalog.admin.navigation.newest_verdicts import newest_annotations, newest_verdicts
from catalog.admin.navigation.sparkline import sparkline
from catalog.exceptions import rename_fields
from catalog.models import Alias, AuditEvent, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.registered_model import STORED_NAME
from catalog.reference_syntax import DEFAULT_ALIAS

MODELS_SHOWN = 25
TREND_VERSIONS = 20
EVENTS_SHOWN = 15
ATTENTION_SHOWN = 10
NEED_A_PERSON = (ModelVersion.Status.FAILED, ModelVersion.Status.PENDING, ModelVersion.Status.QUARANTINED)


def home_context(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perm("catalog.view_registeredmodel"):
        return {"may_look": False}
    page = Paginator(_models(), MODELS_SHOWN).get_page(request.GET.get("page"))
    trends, newest = _trends([model.pk for model in page]), newest_verdicts(page)
    return {
        "may_look": True,
        "page": page,
        "models": [(model, newest.get(model.pk), sparkline(trends[model.pk])) for model in page],
        "attention": [(version, rename_fields(version.failure, {})) for version in _attention()],
        "events": list(AuditEvent.objects.all()[:EVENTS_SHOWN]),
        "totals": _totals(),
        **unfinished_context(request),
    }


def _models() -> Any:
    """With the version in production, since when, why, and the one before, and with the newest that may be there."""
    in_production = Alias.objects.filter(registered_model=OuterRef("pk"), name=DEFAULT_ALIAS)
    moved = AuditEvent.objects.filter(
        object_type=AuditEvent.ObjectType.MODEL, object_name=OuterRef("stored"), alias=DEFAULT_ALIAS
    ).order_by("-pk")
    return RegisteredModel.objects.defer("description", "intended_use", "limitations").annotate(
        stored=STORED_NAME,
        production_number=Subquery(in_production.values("model_version__number")[:1]),
        production_id=Subquery(in_production.values("model_version__pk")[:1]),
        production_sha256=Subquery(in_production.values("model_version__sha256")[:1]),
        production_value=Subquery(in_production.values("model_version__primary_value")[:1]),
        production_origin=Subquery(in_production.values("model_version__origin")[:1]),
        production_since=Subquery(in_production.values("set_at")[:1]),
        production_before=Subquery(moved.values("from_value")[:1]),
        production_verb=Subquery(moved.values("verb")[:1]),
        production_reason=Subquery(moved.values("reason")[:1]),
        **newest_annotations(),
    )


def _trends(model_ids: list[int]) -> dict[int, list[tuple[float, int | None]]]:
    """The main metric of each model's newest versions that were trained here, with the key of the dataset version that
    it was measured on; oldest first, in one query."""
    # A join and not a subquery: only so do databases read a range of the index of model and number.
    newest = (
        ModelVersion.objects.not_trashed()
        .filter(registered_model__in=model_ids, primary_value__isnull=False, status=ModelVersion.Status.READY)
        .exclude(origin=ModelVersion.Origin.UPLOADED)
        .filter(number__gte=F("registered_model__next_number") - TREND_VERSIONS)
        .order_by("number")
    )
    trends: dict[int, list[tuple[float, int | None]]] = defaultdict(list)
    for model_id, value, data in newest.values_list("registered_model_id", "primary_value", "dataset_version_id"):
        trends[model_id].append((value or 0.0, data))
    return trends


def _attention() -> list[ModelVersion | DatasetVersion]:
    """Versions that wait for a decision, never finished or failed, newest first; of too many, in this order."""
    unfinished = Q(status__in=NEED_A_PERSON, trashed_at=None)
    models = ModelVersion.objects.filter(unfinished).select_related("registered_model").order_by("-status", "-pk")
    datasets = DatasetVersion.objects.filter(unfinished).select_related("dataset").order_by("-status", "-pk")
    versions = [
        *models.only("registered_model__name", "number", "status", "failure", "created_at")[:ATTENTION_SHOWN],
        *datasets.only("dataset__name", "number", "status", "failure", "created_at")[:ATTENTION_SHOWN],
    ]
    return sorted(versions, key=lambda version: version.created_at, reverse=True)[:ATTENTION_SHOWN]


def _totals() -> dict[str, int]:
    """Versions and their bytes, in one query."""
    models, datasets = (
        version._default_manager.order_by()
        .values(of=Value(version._meta.model_name))
        .annotate(count=Count("pk"), size=Sum("size_bytes"))
        for version in (ModelVersion, DatasetVersion)
    )
    # Without an order outside too, Django 6.1 asks for the models' own, whose columns the union does not have.
    totals = {row["of"]: row for row in models.union(datasets).order_by()}
    counts = {of: row["count"] for of, row in totals.items()}
    return {
        "model_versions": counts.get("modelversion", 0),
        "dataset_versions": counts.get("datasetversion", 0),
        "bytes": sum(row["size"] or 0 for row in totals.values()),
    }
