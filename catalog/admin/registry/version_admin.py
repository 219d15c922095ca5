from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import chips, link
from catalog.admin.downloads import attachment_response
from catalog.admin.field_labels import field_labels
from catalog.admin.jobs.training_form import TrainForm
from catalog.admin.lists.list_paginator import ListPaginator
from catalog.admin.navigation.name_search import models_by_word
from catalog.admin.registry.compare_page import FEWEST, MOST, choose_versions, compare_context
from catalog.admin.registry.model_card import model_card
from catalog.admin.registry.version_actions import VERSION_ACTIONS
from catalog.admin.registry.version_page import version_context
from catalog.admin.tagging import TagFilter
from catalog.admin.uploads.upload_forms import ModelUploadForm
from catalog.admin.uploads.upload_pages import MODEL_UPLOAD, upload_view
from catalog.admin.written_values import number
from catalog.exceptions import CatalogError, rename_fields
from catalog.models import ModelVersion, RegisteredModel
from catalog.models.model_version import in_state
from catalog.services.search.where_filter import is_filter, where


class StateFilter(admin.SimpleListFilter):
    """The lifecycle with archive and trash; without a choice the trash is left out."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state.lower()) for state in ModelVersion.State.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
        state = self.value()
        return queryset.filter(trashed_at=None) if state is None else queryset.filter(in_state(state))


class TaskFilter(admin.SimpleListFilter):
    """By the models of the task, resolved to keys first: a filter over the join reads every version."""

    title = "task"
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in RegisteredModel.Task.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
        if self.value() is None:
            return queryset
        models = RegisteredModel.objects.filter(task=self.value()).order_by().values_list("pk", flat=True)
        return queryset.filter(registered_model__in=list(models))


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["version", "main_metric", "alias_chips", "state_chip", "dataset", "author", "created"]
    list_filter = [StateFilter, TaskFilter, TagFilter]
    search_fields = ["registered_model__name", "sha256"]
    search_help_text = (
        "Part of a model's name, the beginning of a SHA-256, or a filter: metric.roc_auc > 0.8 and tag.stage = eu "
        "and dataset = churn:3"
    )
    ordering = ["-pk"]
    # By others it would sort a hundred thousand rows without an index.
    sortable_by = ["main_metric"]
    actions = ["compare"]
    page_template = "admin/catalog/version.html"
    change_list_template = "admin/catalog/version_list.html"
    person_actions = VERSION_ACTIONS
    is_downloadable = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.for_listing().order_by("-pk")

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *arguments: Any, **options: Any
    ) -> ListPaginator:
        """Also of a version's history, whose rows are others."""
        rows = self.get_queryset(request) if queryset.model is ModelVersion else None
        return super().get_paginator(request, queryset, per_page, *arguments, rows=rows, **options)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ModelVersion | None:
        related = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
        versions = related.prefetch_related("aliases").defer("dataset_version__profile", "dataset_version__first_rows")
        return versions.filter(pk=int(object_id)).first() if object_id.isdecimal() and len(object_id) < 19 else None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Names are resolved to models first: a search over the join reads every version."""
        if is_filter(search_term):
            return self._filtered(request, queryset, search_term), False
        for word, models in models_by_word(search_term.split()).items():
            # A range, because SQLite has no index for LIKE.
            digests = Q(sha256__gte=word.lower(), sha256__lt=f"{word.lower()}g")
            queryset = queryset.filter(Q(registered_model__in=models) if models else digests)
        return queryset, False

    def _filtered(self, request: HttpRequest, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            return queryset.filter(where(text))
        except CatalogError as error:
            messages.error(request, rename_fields(str(error), {"where": "The filter"}))
            return queryset.none()

    def page_context(self, request: HttpRequest, obj: ModelVersion) -> dict[str, Any]:
        return {
            **version_context(obj),
            "card_url": self.action_url("card", obj),
            "attached_url": self.action_url("attachment_download", obj),
        }

    def request_labels(self, obj: ModelVersion) -> dict[str, str]:
        return field_labels(TrainForm if obj.origin == ModelVersion.Origin.TRAINED else ModelUploadForm)

    def get_urls(self) -> list[URLPattern]:
        upload = self.admin_site.admin_view(lambda request: upload_view(self, request, MODEL_UPLOAD))
        pages = [
            path("upload/", upload, name=self._url_name("upload")),
            path("compare/", self.admin_site.admin_view(self.compare_view), name=self._url_name("compare")),
            path("<path:object_id>/card/", self.admin_site.admin_view(self.card_view), name=self._url_name("card")),
        ]
        attached = self.admin_site.admin_view(self.attachment_view)
        name = self._url_name("attachment_download")
        return [path("<path:object_id>/attachment/", attached, name=name), *pages, *super().get_urls()]

    @admin.action(description="Compare the chosen versions", permissions=["view"])
    def compare(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> HttpResponse | None:
        chosen = sorted(queryset.values_list("pk", flat=True)[: MOST + 1])
        if not FEWEST <= len(chosen) <= MOST:
            messages.error(request, f"Choose {FEWEST} to {MOST} versions to compare.")
            return None
        return redirect(f"{reverse('admin:' + self._url_name('compare'))}?{urlencode({'v': chosen}, doseq=True)}")

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        self.viewable(request, "")
        try:
            versions = choose_versions(request.GET)
        except CatalogError as error:
            messages.error(request, str(error))
            return redirect("admin:" + self._url_name("changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Compare {len(versions)} versions",
            **compare_context(versions, only_differing=request.GET.get("only") == "differing"),
            "query": urlencode({"v": [version.pk for version in versions]}, doseq=True),
        }
        return TemplateResponse(request, "admin/catalog/compare.html", context)

    def card_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self.viewable(request, object_id)
        if version is None:
            return redirect("admin:index")
        name = f"{version.registered_model.name}-v{version.number}-card.md"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(model_card(version), content_type="text/markdown; charset=utf-8", headers=headers)

    def attachment_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        name, as_it_is = request.POST.get("name", ""), "as_it_is" in request.POST
        return self.hand_out(
            request, object_id, lambda obj, actor: attachment_response(obj, name, actor, as_it_is=as_it_is)
        )

    @admin.display(description="version")
    def version(self, version: ModelVersion) -> str:
        return version.reference

    @admin.display(description="aliases, tags")
    def alias_chips(self, version: ModelVersion) -> SafeString | None:
        """In one column: beside one of its own for the tags the list would not fit."""
        parts = [part for part in (chips(version.alias_names), self.tag_chips(version)) if part]
        return format_html_join(" ", "{}", ((part,) for part in parts)) or None

    @admin.display(description="dataset")
    def dataset(self, version: ModelVersion) -> SafeString | None:
        known = version.dataset_version_id
        return link("datasetversion", known, version.dataset_reference) if known else None

    @admin.display(description="main metric", ordering="primary_value")
    def main_metric(self, version: ModelVersion) -> SafeString | None:
        if version.primary_value is None:
            return None
        metric = version.registered_model.primary_metric
        stated = SafeString(' <span class="chip stated">stated</span>' if version.has_stated_metrics else "")
        return format_html('{} <span class="quiet">{}</span>{}', number(version.primary_value), metric, stated)
