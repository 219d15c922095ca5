"""The forms of what people do with a version."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from catalog.admin.actions import ActionForm, ReasonForm
from catalog.admin.uploads.upload_forms import check_upload
from catalog.models import ModelVersion
from catalog.models.names import PATTERN, RULE
from catalog.reference_syntax import DEFAULT_ALIAS
from catalog.services.evaluation.recorded_checks import RecordedCheck, muted_checks, open_checks
from catalog.services.registry.aliases import is_protected, why_not_promoted_by
from catalog.services.registry.change_review import ChangeReview, review_promotion


def require_answer(form: forms.Form, review: ChangeReview) -> None:
    """An error at the form's reason, where the change takes one."""
    if review.question:
        form.add_error("reason", review.question)


class PromoteForm(ReasonForm):
    """Asks for a reason, and insists on one when the review of the change finds that it takes one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        question = review_promotion(version=self.subject, alias=DEFAULT_ALIAS).question
        self.fields["reason"].required = bool(question)
        self.fields["reason"].error_messages["required"] = question


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
        """A change that takes a reason is not made without, and who may not make it is not asked for one."""
        data: dict[str, Any] = super().clean() or {}
        is_held = data.get("alias") in self.subject.alias_names
        actor = self.request.user.get_username()
        if data.get("alias") and not is_held and (why := why_not_promoted_by(self.subject, data["alias"], actor)):
            self.add_error("alias", why)
        elif data.get("alias") and not data.get("reason"):
            require_answer(self, review_promotion(version=self.subject, alias=data["alias"]))
        return data


class HeldAliasForm(AliasForm):
    """Chooses among the aliases that the version holds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = self.subject.alias_names
        self.fields["alias"] = forms.ChoiceField(choices=[(name, name) for name in names], initial=names[:1])


class NewNameForm(ReasonForm):
    """The name of a model, there already or new."""

    field_order = ("new_name", "reason")
    new_name = forms.RegexField(
        rf"^{PATTERN}\Z", label="Name of the model", max_length=63, error_messages={"invalid": f"Use {RULE}."}
    )


class MuteCheckForm(ActionForm):
    """Chooses among the checks that count."""

    code = forms.ChoiceField(label="Check")
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="Why it does not matter here; kept with the version."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(check.code, check.name) for check in self.choose(self.subject)]
        self.fields["code"] = forms.ChoiceField(label="Check", choices=choices)

    def choose(self, version: ModelVersion) -> Sequence[RecordedCheck]:
        return open_checks(version)


class UnmuteCheckForm(MuteCheckForm):
    """Chooses among those that are muted."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), help_text="Why it matters after all; kept in the history."
    )

    def choose(self, version: ModelVersion) -> Sequence[RecordedCheck]:
        return muted_checks(version)


class AttachForm(ReasonForm):
    field_order = ("file", "name", "reason")
    file = forms.FileField()
    name = forms.CharField(required=False, max_length=100, help_text="What it is called there, if not as it is here.")

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        return check_upload(file, ("",), "Attach it with manage.py attach.")


class NotesForm(ActionForm):
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8}), help_text="Markdown.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["notes"].initial = self.subject.notes
