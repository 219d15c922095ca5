"""The forms that start predictions and evaluations."""

import csv
from collections.abc import Callable
from typing import Any

from django import forms

from catalog.admin.uploads.upload_forms import ACCEPTED_TABLES, check_upload
from catalog.exceptions import CatalogError
from catalog.ml.tables.file_formats import ENDINGS
from catalog.services.registry.references import get_dataset_version, get_model_version


def require_found(reference: str, find: Callable[[str], object]) -> str:
    """The reference, if there is one, of something that is there: each field says what it lacks by itself."""
    try:
        if reference:
            find(reference)
    except CatalogError as error:
        raise forms.ValidationError(str(error)) from error
    return reference


class EvaluateForm(forms.Form):
    required_css_class = "required"
    reference = forms.CharField(
        label="Version", max_length=140, widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off"})
    )
    like = forms.CharField(
        label="On the held-out rows of",
        required=False,
        max_length=140,
        help_text="As churn, the version in production, or churn:3; it is measured beside the other.",
    )
    dataset = forms.CharField(
        label="Or on the rows of a dataset",
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"list": "datasets", "autocomplete": "off"}),
    )
    against = forms.CharField(
        label="Compared with", required=False, max_length=140, help_text="Another version, measured on the same rows."
    )
    by = forms.CharField(
        label="By column", required=False, max_length=255, help_text="Show for which of its values it gets worse."
    )
    sample_weight = forms.CharField(
        label="Weight of rows",
        required=False,
        max_length=255,
        help_text="A column by which rows weigh in the metrics; else as in those of the version whose rows they are.",
    )
    include_training_rows = forms.BooleanField(
        required=False, help_text="Measure rows that a version was trained on, too; without it they are left out."
    )

    def clean_reference(self) -> str:
        return require_found(self.cleaned_data["reference"], get_model_version)

    def clean_like(self) -> str:
        return require_found(self.cleaned_data["like"], get_model_version)

    def clean_against(self) -> str:
        return require_found(self.cleaned_data["against"], get_model_version)

    def clean_dataset(self) -> str:
        return require_found(self.cleaned_data["dataset"], get_dataset_version)


class PredictForm(forms.Form):
    required_css_class = "required"
    conditional = ("dataset", "file")
    reference = forms.CharField(
        label="Version",
        max_length=140,
        help_text="As churn, the version in production; churn:3, churn:latest or churn@candidate.",
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off"}),
    )
    dataset = forms.CharField(
        required=False,
        max_length=80,
        help_text="What to predict: flights, its newest version, or flights:2.",
        widget=forms.TextInput(attrs={"list": "datasets", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        help_text=f"{', '.join(ENDINGS)}, with the columns that the version takes.",
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TABLES}),
    )
    with_probabilities = forms.BooleanField(required=False, help_text="Of each class, beside the prediction.")
    id_columns = forms.CharField(
        required=False,
        help_text="Columns to copy into the result, with commas between; a name with a comma stands in quotes.",
    )
    code_from_version = forms.BooleanField(
        label="Code from the version",
        required=False,
        help_text="Run the copies of its own modules that are kept with it. That runs code: it takes the permission "
        "approve_pickle_artifact, and CATALOG_ALLOW_CODE_FROM_VERSIONS.",
    )

    def clean_reference(self) -> str:
        return require_found(self.cleaned_data["reference"], get_model_version)

    def clean_dataset(self) -> str:
        return require_found(self.cleaned_data["dataset"], get_dataset_version)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        return check_upload(file, tuple(ENDINGS), "Predict it with manage.py predict.") if file else None

    def clean_id_columns(self) -> list[str]:
        names = next(csv.reader([self.cleaned_data["id_columns"]], skipinitialspace=True), [])
        return [name.strip() for name in names if name.strip()]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not {"dataset", "file"} & set(self.errors) and bool(data.get("dataset")) == bool(data.get("file")):
            raise forms.ValidationError("Choose a dataset or a file: one of them, and not both.")
        return data
