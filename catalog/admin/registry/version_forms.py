"""The forms of what people do with a version."""

from typing import Any

from django import forms

from catalog.admin.actions import ActionForm, ReasonForm
from catalog.models.names import PATTERN, RULE
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.registry.aliases import is_protected
from catalog.services.registry.production import is_worse_than_production


class PromoteForm(ReasonForm):
    """Asks for a reason, and insists on one when the main metric is worse than production's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_worse_than_production(self.subject)


class AliasForm(ReasonForm):
    alias = forms.RegexField(rf"^{PATTERN}\Z", max_length=63, error_messages={"invalid": f"Use {RULE}."})
    field_order = ("alias", "reason")

    def clean_alias(self) -> str:
        """Protected aliases take a permission of their own."""
        alias: str = self.cleaned_data["alias"]
        if is_protected(alias) and not self.request.user.has_perm("catalog.promote_modelversion"):
            raise forms.ValidationError(f"The alias {alias} is protected: only people who may promote can move it.")
        return alias

    def clean(self) -> dict[str, Any]:
        """A worse version gets into production with a reason alone, whichever form is used."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("alias") == DEFAULT_ALIAS and not data.get("reason") and is_worse_than_production(self.subject):
            self.add_error("reason", "This version is worse than production. Say why it shall be promoted.")
        return data


class HeldAliasForm(AliasForm):
    """Chooses among the aliases that the version holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.subject.alias_names
        self.fields["alias"] = forms.ChoiceField(choices=[(name, name) for name in names], initial=names[:1])


class NotesForm(ActionForm):
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8}), help_text="Markdown.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["notes"].initial = self.subject.notes
