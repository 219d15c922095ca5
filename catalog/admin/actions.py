"""Actions of people on the pages: a confirmation that says what will change, then one service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from catalog.admin.field_labels import add_refusal
from catalog.exceptions import CatalogError

if TYPE_CHECKING:
    from catalog.admin.base import ReadOnlyAdmin


def _nothing(obj: Any) -> list[str]:
    return []


def _not_refused(obj: Any, actor: str) -> str:
    return ""


@dataclass(frozen=True)
class Action:
    """`run` receives the object, the form's data and the actor, calls one service and returns what to tell.

    `explain` says what will change, and `shown` is what the page has beside it. `offered` hides the action where it
    makes no sense; `refused` says why it is there but can't be taken now, by this person. `permission` is a codename,
    or tells that of the object.
    """

    name: str
    label: str
    permission: str | Callable[[Any], str]
    form: type["ActionForm"]
    run: Callable[[Any, dict[str, Any], str], str]
    explain: Callable[[Any], list[str]] = _nothing
    shown: Callable[[Any], dict[str, Any]] = lambda obj: {}
    offered: Callable[[Any], bool] = lambda obj: True
    refused: Callable[[Any, str], str] = _not_refused
    is_primary: bool = False

    def is_permitted(self, request: HttpRequest, obj: Any) -> bool:
        permission = self.permission
        if callable(permission):
            permission = permission(obj) if obj is not None else ""
        return request.user.has_perm(f"catalog.{permission}")

    def is_offered(self, obj: Any) -> bool:
        return self.offered(obj)

    def refusal(self, request: HttpRequest, obj: Any) -> str:
        return self.refused(obj, request.user.get_username())


class ActionForm(forms.Form):
    """A form that knows the object it acts on and who asks."""

    required_css_class = "required"

    def __init__(self, *args: Any, subject: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.subject, self.request = subject, request
        super().__init__(*args, **kwargs)


def perform(admin: "ReadOnlyAdmin", request: HttpRequest, action: Action, obj: Any) -> HttpResponse:
    """GET asks for confirmation, POST acts. Raises PermissionDenied."""
    if not action.is_permitted(request, obj):
        raise PermissionDenied
    if obj is None:
        messages.error(request, "It is not there any more.")
        return redirect("admin:index")
    form = action.form(request.POST if request.method == "POST" else None, subject=obj, request=request)
    if form.is_valid():
        try:
            messages.success(request, action.run(obj, form.cleaned_data, request.user.get_username()))
            return redirect(admin.page_url(obj))
        except CatalogError as error:
            add_refusal(form, str(error))
    refusal = action.refusal(request, obj)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "object": obj,
        "title": f"{action.label}: {obj}",
        "action": action,
        "form": form,
        "explanation": [] if refusal else action.explain(obj),
        "refusal": refusal,
        "back": admin.page_url(obj),
        **({} if refusal else action.shown(obj)),
    }
    return TemplateResponse(request, "admin/catalog/action.html", context)
