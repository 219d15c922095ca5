"""Tokens of those who may ask the server for predictions: seen by all, made and revoked by who curates."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from catalog.admin.actions import Action, ReasonForm
from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.columns import chip
from catalog.admin.field_labels import add_refusal
from catalog.admin.written_values import moment
from catalog.exceptions import CatalogError
from catalog.models import RegisteredModel, ServingToken
from catalog.models.names import PATTERN, RULE
from catalog.services.serving.serving_tokens import create_token, revoke_token


class TokenForm(forms.Form):
    """What a token is made for."""

    required_css_class = "required"
    name = forms.RegexField(
        rf"^{PATTERN}\Z",
        max_length=63,
        error_messages={"invalid": f"Use {RULE}."},
        help_text="Of the program or person that gets it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    model_names = forms.ModelMultipleChoiceField(
        RegisteredModel.objects.all(),
        label="Models",
        required=False,
        to_field_name="name",
        help_text="Those that it may ask; none chosen are all.",
    )
    predict_only = forms.BooleanField(
        label="Predictions only", required=False, initial=True, help_text="Without it, /metrics may be read too."
    )
    expires_at = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Refused after it; without one it is valid until it is revoked.",
    )
    reason = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="Kept in the history for ever."
    )

    def clean_expires_at(self) -> datetime | None:
        """The end of that day."""
        day = self.cleaned_data["expires_at"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None

    def clean_model_names(self) -> list[str]:
        return [model.name for model in self.cleaned_data["model_names"]]


def _revoke(token: ServingToken, data: dict[str, Any], actor: str) -> str:
    revoke_token(name=token.name, actor=actor, reason=data["reason"])
    return f"The token {token.name} is revoked: servers refuse it from their next look on."


@admin.register(ServingToken)
class ServingTokenAdmin(ReadOnlyAdmin):
    list_display = ["name", "token_state", "scope", "ends", "author", "created"]
    search_fields = ["name"]
    change_list_template = "admin/catalog/token_list.html"
    person_actions = (
        Action(
            "revoke",
            "Revoke",
            "change_servingtoken",
            ReasonForm,
            _revoke,
            explain=lambda token: ["Whoever uses it is refused, within seconds. It can't be taken back."],
            offered=lambda token: token.revoked_at is None,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.create_view)
        return [path("create/", view, name=self._url_name("create")), *super().get_urls()]

    def create_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the form; POST makes the token and shows its text, this once. Raises PermissionDenied."""
        if not request.user.has_perm("catalog.add_servingtoken"):
            raise PermissionDenied
        form = TokenForm(request.POST if request.method == "POST" else None)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Create a token", "form": form}
        if form.is_valid():
            try:
                new = create_token(actor=request.user.get_username(), **form.cleaned_data)
                context |= {"text": new.text, "object": new.row, "page": self.page_url(new.row)}
                return TemplateResponse(request, "admin/catalog/token_created.html", context)
            except CatalogError as error:
                add_refusal(form, str(error))
        return TemplateResponse(request, "admin/catalog/token_form.html", context)

    def page_context(self, request: HttpRequest, obj: ServingToken) -> dict[str, Any]:
        facts = {
            "State": obj.state,
            "Scope": obj.scope,
            "End": moment(obj.expires_at),
            "Revoked": moment(obj.revoked_at),
            "SHA-256": obj.sha256,
            "By": obj.created_by,
            "Created": moment(obj.created_at),
        }
        return {"facts": list(facts.items())}

    @admin.display(description="state")
    def token_state(self, token: ServingToken) -> SafeString:
        return chip(token.state)

    @admin.display(description="scope")
    def scope(self, token: ServingToken) -> str:
        return token.scope

    @admin.display(description="end", ordering="expires_at")
    def ends(self, token: ServingToken) -> str:
        return moment(token.expires_at)
