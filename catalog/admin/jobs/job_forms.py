"""The forms that start jobs. Of estimators they take the table's names and those that CATALOG_ESTIMATORS adds: a dotted
path is code, and nobody runs code of their choice through a browser."""

import csv
import json
from typing import Any

from django import forms

from catalog.admin.uploads.upload_forms import ACCEPTED_TABLES, check_upload
from catalog.conf import catalog_settings
from catalog.ml.tables.file_formats import SUFFIXES
from catalog.ml.training.estimator_names import ESTIMATOR_NAMES, SEARCHES
from catalog.models import RegisteredModel
from catalog.models.names import PATTERN, RULE
from catalog.services.training.request import TrainingRequest

DEFAULTS = TrainingRequest("", "", "")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class TrainForm(forms.Form):
    required_css_class = "required"
    name = forms.RegexField(
        rf"^{PATTERN}\Z",
        label="Model",
        max_length=63,
        error_messages={"invalid": f"Use {RULE}."},
        help_text="Choose one to train its next version, or type a new name.",
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off"}),
    )
    dataset = forms.CharField(
        max_length=80,
        help_text="As flights, its newest version, or flights:2.",
        widget=forms.TextInput(attrs={"list": "datasets", "autocomplete": "off"}),
    )
    target = forms.CharField(
        max_length=255,
        required=False,
        help_text="The column to predict; clustering and outliers have none.",
        widget=forms.TextInput(attrs={"list": "columns", "autocomplete": "off"}),
    )
    task = forms.ChoiceField(choices=[("auto", "as the target says"), *RegisteredModel.Task.choices])
    estimator = forms.ChoiceField(initial=DEFAULTS.estimator)
    params = forms.CharField(
        label="Parameters",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Of the estimator, one a line, as max_depth=3. They are checked before the job is queued.",
    )
    features = forms.CharField(
        required=False, help_text="Columns to learn from, with commas between; empty for all that are fit for it."
    )
    drop = forms.CharField(label="Leave out", required=False, help_text="Columns, with commas between.")
    text = forms.CharField(
        label="Free text",
        required=False,
        help_text="Columns of long texts to learn words from, with commas between; others like them are left out.",
    )
    test_size = forms.FloatField(
        initial=DEFAULTS.test_size, min_value=0.01, max_value=0.99, help_text="The part of the rows held out."
    )
    cv = forms.IntegerField(
        label="Folds", initial=DEFAULTS.cv, min_value=0, max_value=100, help_text="Of cross-validation; 0 for none."
    )
    search = forms.ChoiceField(required=False, choices=[("", "none"), *((name, name) for name in SEARCHES)])
    search_space = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text='Values to try, in JSON: {"max_depth": [3, 5, null]}.',
    )
    search_iterations = forms.IntegerField(
        label="Candidates", initial=DEFAULTS.search_iterations, min_value=1, help_text="Of random and halving searches."
    )
    incremental = forms.BooleanField(
        label="In batches",
        required=False,
        help_text="In little memory, with an estimator that has partial_fit: mlp, naive_bayes, sgd.",
    )
    epochs = forms.IntegerField(
        initial=DEFAULTS.epochs, min_value=1, help_text="How often to learn from all rows, in batches."
    )
    random_state = forms.IntegerField(initial=DEFAULTS.random_state, min_value=0, max_value=2**32 - 1)
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="Markdown.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [*ESTIMATOR_NAMES, *catalog_settings().estimators]
        estimator: Any = self.fields["estimator"]
        estimator.choices = [(name, name) for name in names]

    def clean_search_space(self) -> str:
        text: str = self.cleaned_data["search_space"]
        try:
            if text.strip():
                json.loads(text)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is not JSON that can be read: {error}.") from error
        return text.strip()

    def arguments(self, space_file: str) -> list[str]:
        """The options of train_model, from the valid form; the search space will lie in that file."""
        data = self.cleaned_data
        fields = ("dataset", "target", "task", "estimator", "features", "drop", "text", "search", "notes")
        arguments = [f"--{name}={data[name]}" for name in fields if data[name]]
        numbers = ("test_size", "cv", "search_iterations", "epochs", "random_state")
        arguments += [f"--{name.replace('_', '-')}={data[name]}" for name in numbers]
        arguments += [f"--param={line}" for line in _lines(data["params"])]
        arguments += ["--incremental"] if data["incremental"] else []
        return [*arguments, *([f"--search-space={space_file}"] if data["search_space"] else [])]


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
    include_training_rows = forms.BooleanField(
        required=False, help_text="Measure rows that a version was trained on, too; without it they are left out."
    )


class PredictForm(forms.Form):
    required_css_class = "required"
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
        help_text=f"{', '.join(SUFFIXES)}, with the columns that the version takes.",
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

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        return check_upload(file, tuple(SUFFIXES), "Predict it with manage.py predict.") if file else None

    def clean_id_columns(self) -> list[str]:
        names = next(csv.reader([self.cleaned_data["id_columns"]], skipinitialspace=True), [])
        return [name.strip() for name in names if name.strip()]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(data.get("dataset")) == bool(data.get("file")):
            raise forms.ValidationError("Choose a dataset or a file: one of them, and not both.")
        return data
