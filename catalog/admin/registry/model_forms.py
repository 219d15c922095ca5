"""The forms of what people do with a model."""

from typing import Any

from django import forms

from catalog.admin.actions import ActionForm, ReasonForm
from catalog.admin.registry.version_forms import require_answer
from catalog.exceptions import CatalogError
from catalog.models import Alias, RegisteredModel
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.registry.aliases import previous_numbers
from catalog.services.registry.change_review import ChangeReview, review_rollback


def ways_back(model: RegisteredModel) -> dict[str, int]:
    """By alias the version that a rollback leads to. One query a page, which asks for it in three places."""
    kept = vars(model)
    if "ways_back" not in kept:
        kept["ways_back"] = previous_numbers(name=model.stored_name)
    found: dict[str, int] = kept["ways_back"]
    return found


def _way_back(number: int | None) -> str:
    return "no way back" if number is None else f"back to version {number}"


def shown_review(model: RegisteredModel, alias: str) -> ChangeReview:
    """What a rollback of the alias means as the page is shown, for what it says and for its form: reviewed once.

    Raises what review_rollback() does.
    """
    kept = vars(model).setdefault("shown_reviews", {})
    if alias not in kept:
        kept[alias] = review_rollback(name=model.name, alias=alias)
    found: ChangeReview = kept[alias]
    return found


def _question(model: RegisteredModel, alias: str) -> str:
    """What a rollback of the alias has to answer, empty where that is nothing."""
    try:
        return shown_review(model, alias).question
    except CatalogError:
        return ""


MOVED = "It was moved since this page was shown, as by another rollback: look again where each leads now."


class RollbackForm(ReasonForm):
    """Chooses among the model's aliases, each with the version that it would point to again; production first.

    A choice names that version too, so that the second of two rollbacks does not go a step further than it was shown.
    """

    field_order = ("way", "reason")
    way = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Alias.objects.filter(registered_model=self.subject).values_list("name", flat=True)
        previous = ways_back(self.subject)
        ordered = sorted({*names, *previous, DEFAULT_ALIAS}, key=lambda name: (name != DEFAULT_ALIAS, name))
        ways = {name: f"{name}:{previous.get(name, '')}" for name in ordered}
        self.fields["way"] = forms.ChoiceField(
            label="Alias",
            choices=[(way, f"{name}: {_way_back(previous.get(name))}") for name, way in ways.items()],
            initial=ways.get(self.request.GET.get("alias", DEFAULT_ALIAS)),
            error_messages={"invalid_choice": MOVED},
        )
        if len(previous) == 1:
            question = _question(self.subject, *previous)
            self.fields["reason"].required = bool(question)
            self.fields["reason"].error_messages["required"] = question

    def clean(self) -> dict[str, Any]:
        """A rollback that takes a reason is not made without, as no promotion is."""
        data: dict[str, Any] = super().clean() or {}
        if "way" in data:
            try:
                data["review"] = review_rollback(name=self.subject.name, alias=data["way"].partition(":")[0])
            except CatalogError as error:
                raise forms.ValidationError(str(error)) from error
            if not data.get("reason"):
                require_answer(self, data["review"])
        return data


class CardForm(ActionForm):
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 5}), help_text="Markdown.")
    intended_use = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Markdown: what the model is for, and who may rely on it.",
    )
    limitations = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Markdown: where it fails, and what it must not be used for.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.initial = getattr(self.subject, name)
