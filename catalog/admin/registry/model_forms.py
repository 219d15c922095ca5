"""The forms of what people do with a model."""

from typing import Any

from django import forms

from catalog.admin.actions import ActionForm, ReasonForm
from catalog.models import Alias
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.registry.aliases import previous_numbers


class RollbackForm(ReasonForm):
    """Chooses among the model's aliases, each with the version that it would point to again; production first."""

    field_order = ("alias", "reason")
    alias = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Alias.objects.filter(registered_model=self.subject).values_list("name", flat=True)
        previous = previous_numbers(name=self.subject.stored_name)
        ordered = sorted({*names, *previous, DEFAULT_ALIAS}, key=lambda name: (name != DEFAULT_ALIAS, name))
        ways = {name: f"back to version {previous[name]}" if name in previous else "no way back" for name in ordered}
        self.fields["alias"] = forms.ChoiceField(
            choices=[(name, f"{name}: {where}") for name, where in ways.items()],
            initial=self.request.GET.get("alias", DEFAULT_ALIAS),
        )


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
