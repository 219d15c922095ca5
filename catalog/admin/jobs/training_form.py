"""The form that starts a training. Of estimators it takes the table's names and those that CATALOG_ESTIMATORS
adds: a dotted path is code, and nobody runs code of their choice through a browser."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms

from catalog.admin.folded_form import FoldedForm
from catalog.admin.jobs.job_forms import require_found
from catalog.conf import catalog_settings
from catalog.ml.training.estimator_names import ESTIMATOR_NAMES, SEARCHES
from catalog.models import RegisteredModel
from catalog.models.names import PATTERN, RULE
from catalog.services.registry.references import get_model_version
from catalog.services.training.column_choice import split_names
from catalog.services.training.request import TrainingRequest

DEFAULTS = TrainingRequest("", "", "")


class TrainForm(FoldedForm):
    """`columns` are those of the dataset that is named, to be ticked; `problem` says why there is no such dataset."""

    required_css_class = "required"
    advanced_label = "More: held-out rows and folds, metric, weights, search, batches"
    conditional = ("target",)
    advanced = (
        "features",
        "drop",
        "text",
        "test_size",
        "split",
        "cv",
        "metric",
        "sample_weight",
        "class_weight",
        "search",
        "search_space",
        "search_iterations",
        "incremental",
        "epochs",
        "random_state",
    )
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
        help_text="The column to predict, or several with commas between; clustering and outliers have none.",
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
    split = forms.CharField(
        label="Hold out",
        required=False,
        initial=DEFAULTS.split,
        help_text="random; time:COLUMN for the latest rows; group:COLUMN for whole groups. Folds are made alike.",
    )
    cv = forms.IntegerField(
        label="Folds", initial=DEFAULTS.cv, min_value=0, max_value=100, help_text="Of cross-validation; 0 for none."
    )
    metric = forms.CharField(
        label="Main metric",
        required=False,
        max_length=60,
        help_text="Of a new model, if not the usual one: the catalog's or any scorer of scikit-learn.",
        widget=forms.TextInput(attrs={"list": "metrics", "autocomplete": "off"}),
    )
    sample_weight = forms.CharField(
        label="Weight of rows",
        required=False,
        help_text="A column of numbers by which rows weigh in the fit and in the metrics.",
        widget=forms.TextInput(attrs={"list": "columns", "autocomplete": "off"}),
    )
    class_weight = forms.ChoiceField(
        label="Weight of classes", required=False, choices=[("", "none"), ("balanced", "balanced")]
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
    compare_with = forms.CharField(
        label="Compare with",
        required=False,
        max_length=140,
        help_text="production, another alias, or a version as churn:3: measured on the same held-out rows at once.",
    )
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="Markdown.")

    def __init__(self, *args: Any, columns: Sequence[str] = (), problem: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem
        names = [*ESTIMATOR_NAMES, *catalog_settings().estimators]
        estimator: Any = self.fields["estimator"]
        estimator.choices = [(name, name) for name in names]
        self.columns = columns
        if columns:
            self._offer_columns()

    def _offer_columns(self) -> None:
        """To be ticked, below the target; all are, but for those that the address of the form leaves out."""
        del self.fields["features"], self.fields["drop"]
        self.fields["columns"] = forms.MultipleChoiceField(
            label="Learn from",
            required=False,
            choices=[(name, name) for name in self.columns],
            initial=list(self.columns),
            widget=forms.CheckboxSelectMultiple,
            help_text="Without the target, and without what is not fit for it, which the log names.",
        )
        self.order_fields(
            ["name", "dataset", "target", "columns", "task", "estimator", "params", "compare_with", "notes"]
        )

    def clean_dataset(self) -> str:
        if self.problem:
            raise forms.ValidationError(self.problem)
        return str(self.cleaned_data["dataset"])

    def clean_target(self) -> str:
        return self._require_columns(self.cleaned_data["target"])

    def clean_sample_weight(self) -> str:
        return self._require_columns(self.cleaned_data["sample_weight"])

    def clean_split(self) -> str:
        split: str = self.cleaned_data["split"] or DEFAULTS.split
        kind, _, column = split.partition(":")
        if split != DEFAULTS.split and (kind not in {"time", "group"} or not column):
            raise forms.ValidationError("Write random, time:COLUMN or group:COLUMN.")
        self._require_columns(column)
        return split

    def _require_columns(self, text: str) -> str:
        """The text, which names columns of the dataset as far as these are known."""
        known = self.columns
        if known and (unknown := [name for name in split_names([text], known) if name not in known]):
            raise forms.ValidationError(f"{self.cleaned_data.get('dataset')} has no column {unknown[0]!r}.")
        return text

    def clean_compare_with(self) -> str:
        other: str = self.cleaned_data["compare_with"]
        name = self.cleaned_data.get("name")
        if other and name:
            require_found(TrainingRequest(name, "", compare_with=other).compared_reference, get_model_version)
        return other

    def clean_columns(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["columns"]
        if not set(chosen) - self._not_learned:
            raise forms.ValidationError("Tick at least one column besides the target.")
        return chosen

    @property
    def _not_learned(self) -> set[str]:
        """The target, and the column by which rows weigh."""
        return set(split_names([self.data.get("target", ""), self.data.get("sample_weight", "")], self.columns))

    def clean_params(self) -> str:
        text: str = self.cleaned_data["params"]
        if wrong := [line for line in given_lines(text) if not line.partition("=")[1] or line.startswith("=")]:
            raise forms.ValidationError(f"{', '.join(wrong)}: write each as name=value.")
        return text

    def clean_search_space(self) -> str:
        text: str = self.cleaned_data["search_space"]
        try:
            if text.strip():
                json.loads(text)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is not JSON that can be read: {error}.") from error
        return text.strip()

    @property
    def chosen_features(self) -> list[str]:
        """Those that were ticked, unless all were: of all, what is not fit for it is left out; of a choice, refused."""
        chosen = self.cleaned_data.get("columns", [])
        others = set(self.columns) - self._not_learned
        return [] if others <= set(chosen) else [name for name in chosen if name in others]


def given_lines(text: str) -> list[str]:
    """Those that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]
