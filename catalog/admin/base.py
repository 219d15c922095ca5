"""What the system writes is looked at in the admin and never edited there; people change things by named actions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.generic import RedirectView

from catalog.admin.actions import Action, ActionForm
from catalog.admin.columns import ListColumns
from catalog.admin.downloads import download_response, is_for_spreadsheets
from catalog.admin.field_labels import add_refusal
from catalog.admin.lists.empty_lists import NEXT_STEPS
from catalog.admin.lists.list_paginator import ListPaginator
from catalog.exceptions import CatalogError, rename_fields
from catalog.models import ModelVersion

# Django's classes take a type parameter in its stubs alone.
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ListColumns, _ModelAdmin):
    """A list, and for each object a page with the actions that this user may take."""

    show_full_result_count = False
    # The numbers beside the choices of a filter: they count every row once more for each choice.
    show_facets = admin.ShowFacets.NEVER
    actions: Sequence[str] | None = None
    list_per_page = 50
    empty_value_display = "–"
    page_template = "admin/catalog/record.html"
    person_actions: tuple[Action, ...] = ()
    is_downloadable = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *arguments: Any, **options: Any
    ) -> ListPaginator:
        return ListPaginator(queryset, per_page, *arguments, asked=request.GET.get(PAGE_VAR, ""), **options)

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the page of `obj` shows besides its name and actions."""
        fields = [field for field in obj._meta.concrete_fields if not field.is_relation]
        return {"facts": [(field.verbose_name, getattr(obj, field.name)) for field in fields]}

    def request_labels(self, obj: Any) -> dict[str, str]:
        """What the form of the request that `obj` came of calls its fields: its failure may name them."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path(f"<path:object_id>/{action.name}/", self._action_view(action), name=self._url_name(action.name))
            for action in self.person_actions
        ]
        if self.is_downloadable:
            view = self.admin_site.admin_view(self.download_view)
            pages.append(path("<path:object_id>/download/", view, name=self._url_name("download")))
        # The last of Django's sends `<key>/` to the page, and drops what the address asks of it.
        to_page = RedirectView.as_view(pattern_name=f"admin:{self._url_name('change')}", query_string=True)
        return [*pages, *super().get_urls()[:-1], path("<path:object_id>/", self.admin_site.admin_view(to_page))]

    def _url_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _action_view(self, action: Action) -> Any:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            return self._perform(request, action, self.viewable(request, object_id))

        return self.admin_site.admin_view(view)

    def _perform(self, request: HttpRequest, action: Action, obj: Any) -> HttpResponse:
        """GET asks for confirmation, POST acts. Raises PermissionDenied."""
        if not action.is_permitted(request, obj):
            raise PermissionDenied
        if obj is None:
            messages.error(request, "It is not there any more.")
            return redirect("admin:index")
        sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        form = action.form(*sent, subject=obj, request=request)
        if form.is_valid():
            try:
                messages.success(request, action.run(obj, form.cleaned_data, request.user.get_username()))
                return redirect(self.page_url(obj))
            except CatalogError as error:
                add_refusal(form, str(error))
        return self._confirmation(request, action, obj, form)

    def _confirmation(self, request: HttpRequest, action: Action, obj: Any, form: ActionForm) -> HttpResponse:
        refusal = action.refusal(request, obj)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": obj,
            "title": f"{action.label}: {obj}",
            "action": action,
            "form": form,
            "explanation": [] if refusal else action.explain(obj),
            "refusal": refusal,
            "back": self.page_url(obj),
            **({} if refusal else action.context(obj, request)),
        }
        return TemplateResponse(request, "admin/catalog/action.html", context)

    def viewable(self, request: HttpRequest, object_id: str) -> Any:
        """The object, for somebody who may look at it. Raises PermissionDenied or sends to the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.get_object(request, unquote(object_id))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        step = NEXT_STEPS[str(self.opts.model_name)]
        context = {
            "title": str(self.opts.verbose_name_plural).capitalize(),
            "next_step": step,
            "may_take_step": bool(step.permission) and request.user.has_perm(step.permission),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.viewable(request, object_id)
        if obj is None:
            messages.error(request, f"There is no {self.opts.verbose_name} {object_id}.")
            return redirect("admin:index")
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        buttons = [
            (action, self.action_url(action.name, obj), action.refusal(request, obj))
            for action in self.person_actions
            if action.is_permitted(request, obj) and action.is_offered(obj)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": obj,
            "title": str(obj),
            "buttons": buttons,
            "download_url": self._download_url(request, obj),
            "is_for_spreadsheets": is_for_spreadsheets(obj),
            "failure": rename_fields(getattr(obj, "failure", ""), self.request_labels(obj)),
            **self.page_context(request, obj),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.page_template, context)

    def action_url(self, name: str, obj: Model) -> str:
        return reverse(f"admin:{self._url_name(name)}", args=[obj.pk])

    def page_url(self, obj: Model) -> str:
        return reverse(f"admin:{self._url_name('change')}", args=[obj.pk])

    def _download_url(self, request: HttpRequest, obj: Any) -> str:
        permitted = self.is_downloadable and request.user.has_perm("catalog.download_modelversion")
        return (
            self.action_url("download", obj)
            if permitted and obj.status == ModelVersion.State.READY and obj.stored_key
            else ""
        )

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        as_it_is = "as_it_is" in request.POST
        return self.hand_out(request, object_id, lambda obj, actor: download_response(obj, actor, as_it_is=as_it_is))

    def hand_out(
        self, request: HttpRequest, object_id: str, respond: Callable[[Any, str], tuple[HttpResponseBase | None, str]]
    ) -> HttpResponseBase:
        """What `respond` gives to somebody who may download, by POST alone; else to the page, with the problem."""
        obj = self.viewable(request, object_id)
        if not request.user.has_perm("catalog.download_modelversion"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if obj is None:
            return redirect("admin:index")
        response, problem = respond(obj, request.user.get_username())
        if response is None:
            messages.error(request, problem)
            return redirect(self.page_url(obj))
        return response
