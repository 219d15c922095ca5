"""The forms of uploads: what is checked before a file is read."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from catalog.admin.folded_form import FoldedForm
from catalog.conf import catalog_settings
from catalog.ml.tables.file_formats import ENDINGS
from catalog.models import RegisteredModel
from catalog.models.names import PATTERN, RULE

MEBIBYTE = 1024 * 1024
READING_FIELDS = ("delimiter", "encoding", "decimal", "thousands", "date_format", "skip_rows", "skip_footer")
# Browsers know the last ending alone, as .gz.
ACCEPTED_TABLES = ",".join(dict.fromkeys(ending[ending.rindex(".") :] for ending in ENDINGS))


def check_upload(file: "UploadedFile[Any]", endings: tuple[str, ...], instead: str) -> "UploadedFile[Any]":
    """The file itself. Raises ValidationError for one that is too large, and says what to do `instead`."""
    if (file.size or 0) > catalog_settings().upload_bytes:
        most = catalog_settings().upload_bytes // MEBIBYTE
        raise forms.ValidationError(f"The file is larger than {most} MiB. {instead}")
    if not str(file.name).lower().endswith(endings):
        raise forms.ValidationError(f"Choose a file that ends in {', '.join(endings)}.")
    return file


class UploadForm(FoldedForm):
    """The name of what gets a version, chosen or typed, and the file."""

    required_css_class = "required"
    endings: tuple[str, ...] = ()
    command = ""
    name = forms.RegexField(
        rf"^{PATTERN}\Z",
        max_length=63,
        error_messages={"invalid": f"Use {RULE}."},
        help_text="Choose one to add a version to it, or type a new name.",
        widget=forms.TextInput(attrs={"list": "names", "autocomplete": "off"}),
    )
    file = forms.FileField()

    def clean_file(self) -> "UploadedFile[Any] | None":
        if self.cleaned_data["file"] is None:  # one that is held already
            return None
        return check_upload(self.cleaned_data["file"], self.endings, f"Add it with manage.py {self.command}.")

    def arguments(self) -> list[str]:
        """The options of the command that adds the file, from the valid form."""
        raise NotImplementedError


class DatasetUploadForm(UploadForm):
    endings = tuple(ENDINGS)
    command = "add_dataset"
    advanced_label = "More: how the file is read, where the preview is not right"
    advanced = (*READING_FIELDS, "sheet", "column_types", "missing")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    file = forms.FileField(
        help_text=f"{', '.join(ENDINGS)}; the first line of a text or a sheet names its columns.",
        widget=forms.FileInput(attrs={"accept": ACCEPTED_TABLES}),
    )
    sheet = forms.CharField(
        required=False, max_length=200, help_text="Of a workbook; the first that is not empty when none is named."
    )
    delimiter = forms.CharField(required=False, max_length=9, help_text="Between columns of a text, if not as shown.")
    encoding = forms.CharField(required=False, max_length=40, help_text="Of a text, as utf-8 or cp1252.")
    decimal = forms.CharField(required=False, max_length=255, help_text="Decimal mark: , or . or COLUMN=, for one.")
    thousands = forms.CharField(
        required=False, max_length=255, help_text="Between groups of thousands, in the same way."
    )
    date_format = forms.CharField(required=False, max_length=255, help_text="As %d/%m/%Y, or COLUMN=%d/%m/%Y for one.")
    column_types = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="One a line, as zip=string."
    )
    missing = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The words that mean a missing value, one a line, instead of the usual ones.",
    )
    skip_rows = forms.IntegerField(
        required=False, min_value=0, help_text="Lines of a text or sheet above the one that names the columns."
    )
    skip_footer = forms.IntegerField(required=False, min_value=0, help_text="Lines below the last row.")
    held = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order = ("name", "description", "file", "sheet")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("held"):
            self.fields["file"].required = False
            self.fields["file"].help_text = "The file that is shown above is kept; choose another to take its place."

    def arguments(self) -> list[str]:
        data = self.cleaned_data
        said = [f"--{name.replace('_', '-')}={_unquoted(str(data[name]))}" for name in READING_FIELDS if data[name]]
        lines = [_unquoted(line.strip()) for line in data["column_types"].splitlines()]
        types = [f"--column-type={line}" for line in lines if line]
        missing = [f"--missing={line.strip()}" for line in data["missing"].splitlines()]
        return [f"--description={data['description']}", f"--sheet={data['sheet']}", *said, *types, *missing]


def _unquoted(text: str) -> str:
    """Without the quotes that a shell needs, with which messages show what has blanks in it."""
    return text[1:-1] if re.fullmatch(r"'[^']*'", text) else text


class ModelUploadForm(UploadForm):
    endings = (".skops", ".joblib", ".pkl", ".pickle")
    command = "add_version"
    advanced_label = "More: what is known of it"
    advanced = ("task", "dataset", "target", "metrics", "notes")
    file = forms.FileField(
        help_text="Best a .skops file, which can be inspected. Pickles (.joblib, .pkl) run code when they are loaded: "
        "they are taken only where that is allowed, and somebody must approve them.",
        widget=forms.FileInput(attrs={"accept": ".skops,.joblib,.pkl,.pickle"}),
    )
    task = forms.ChoiceField(
        required=False,
        choices=[("", "as the file says"), *RegisteredModel.Task.choices[:2]],
        help_text="Of a new model.",
    )
    dataset = forms.CharField(
        required=False, max_length=80, help_text="What it was trained on, as flights:2: its columns' types are taken."
    )
    target = forms.CharField(required=False, max_length=255, help_text="The column that it predicts.")
    metrics = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line, as accuracy=0.93, measured by you.",
    )
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="Markdown.")
    field_order = ("name", "file", "task", "dataset", "target", "metrics", "notes")

    def arguments(self) -> list[str]:
        data = self.cleaned_data
        arguments = [f"--{name}={data[name]}" for name in ("task", "dataset", "target", "notes") if data[name]]
        return [*arguments, *(f"--metric={line.strip()}" for line in data["metrics"].splitlines() if line.strip())]
