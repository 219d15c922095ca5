"""The form that starts a training. Of estimators it takes the table's names and those that CATALOG_ESTIMATORS
adds: a dotted path is code, and nobody runs code of their choice through a browser."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

from django import forms

from catalog.conf import catalog_settings
from catalog.ml.training.estimator_names import ESTIMATOR_NAMES, SEARCHES
from catalog.models import RegisteredModel
from catalog.models.names import PATTERN, RULE
from catalog.services.training.request import TrainingRequest

DEFAULTS = TrainingRequest("", "", "")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class TrainForm(forms.Form):
    """`columns` are those of the dataset that is named, to be ticked; `problem` says why there is no such dataset."""

    required_css_class = "required"
    # Folded, until somebody wants them or one of them is wrong.
    advanced = (
        "features",
        "drop",
        "text",
        "test_size",
        "cv",
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
        self.order_fields(["name", "dataset", "target", "columns", "task", "estimator", "params", "notes"])

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.advanced]

    @property
    def advanced_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in self.advanced]

    @property
    def is_unfolded(self) -> bool:
        fields = {name: field for name, field in self.fields.items() if name in self.advanced}
        said = (name for name, field in fields.items() if str(self[name].value() or "") not in {"", str(field.initial)})
        return any(name in self.errors for name in fields) or any(said)

    def clean_dataset(self) -> str:
        if self.problem:
            raise forms.ValidationError(self.problem)
        return str(self.cleaned_data["dataset"])

    def clean_target(self) -> str:
        target: str = self.cleaned_data["target"]
        if target and self.columns and normalize("NFC", target) not in self.columns:
            raise forms.ValidationError(f"{self.cleaned_data.get('dataset')} has no column {target!r}.")
        return target

    def clean_columns(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["columns"]
        if not set(chosen) - {self.data.get("target", "")}:
            raise forms.ValidationError("Tick at least one column besides the target.")
        return chosen

    def clean_params(self) -> str:
        text: str = self.cleaned_data["params"]
        if wrong := [line for line in _lines(text) if not line.partition("=")[1] or line.startswith("=")]:
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

    def arguments(self, space_file: str) -> list[str]:
        """The options of train_model, from the valid form; the search space will lie in that file."""
        data = self.cleaned_data
        fields = ("dataset", "target", "task", "estimator", "features", "drop", "text", "search", "notes")
        arguments = [f"--{name}={data[name]}" for name in fields if data.get(name)]
        numbers = ("test_size", "cv", "search_iterations", "epochs", "random_state")
        arguments += [f"--{name.replace('_', '-')}={data[name]}" for name in numbers]
        arguments += [f"--param={line}" for line in _lines(data["params"])]
        arguments += [f"--features={_quoted(name)}" for name in self._features()]
        arguments += ["--incremental"] if data["incremental"] else []
        return [*arguments, *([f"--search-space={space_file}"] if data["search_space"] else [])]

    def _features(self) -> list[str]:
        """Those that were ticked, unless all were: of all, what is not fit for it is left out; of a choice, refused."""
        chosen = self.cleaned_data.get("columns", [])
        others = {name for name in self.columns if name != self.cleaned_data["target"]}
        return [] if others <= set(chosen) else [name for name in chosen if name in others]


def _quoted(name: str) -> str:
    """As one name in a list with commas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([name])
    return text.getvalue()
