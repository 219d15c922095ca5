"""Actions of people on the pages: a confirmation that says what will change, then one service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest


def _nothing(obj: Any) -> list[str]:
    return []


def _not_refused(obj: Any, actor: str) -> str:
    return ""


@dataclass(frozen=True)
class Action:
    """`run` receives the object, the form's data and the actor, calls one service and returns the message.

    `explain` says what will change, and `context` is what the page shows beside it. `offered` hides the action where it
    makes no sense; `refused` says why it is there but can't be taken now, by this person. `permission` is a codename,
    or a function that gives that of the object.
    """

    name: str
    label: str
    permission: str | Callable[[Any], str]
    form: type["ActionForm"]
    run: Callable[[Any, dict[str, Any], str], str]
    explain: Callable[[Any], list[str]] = _nothing
    context: Callable[[Any, HttpRequest], dict[str, Any]] = lambda obj, request: {}
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


class ReasonForm(ActionForm):
    reason = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="Kept in the history for ever."
    )
