"""What people can do on a dataset's page and on that of one of its versions."""

from typing import Any

from django import forms

from catalog.admin.actions import Action, ActionForm, ReasonForm
from catalog.admin.registry.version_forms import NotesForm
from catalog.admin.tagging import TAG_ACTION
from catalog.models import Dataset, DatasetVersion
from catalog.services.registry import curation


class DescriptionForm(ActionForm):
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 5}), help_text="Markdown.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["description"].initial = self.subject.description


def _describe(dataset: Dataset, data: dict[str, Any], actor: str) -> str:
    curation.describe_dataset(dataset=dataset, description=data["description"], actor=actor)
    return "The description is kept."


def _notes(version: DatasetVersion, data: dict[str, Any], actor: str) -> str:
    curation.write_notes(version=version, notes=data["notes"], actor=actor)
    return "The notes are kept."


def _trash(version: DatasetVersion, data: dict[str, Any], actor: str) -> str:
    curation.move_to_trash(version=version, actor=actor, reason=data["reason"])
    return f"{version.reference} is in the trash."


def _explain_trash(version: DatasetVersion) -> list[str]:
    if used := curation.used_by(version):
        return [f"Warning: {version.reference} can't be deleted: {used}."]
    return ["It leaves the lists; its file stays in the bucket, and it can be restored."]


def _restore(version: DatasetVersion, data: dict[str, Any], actor: str) -> str:
    restored = curation.restore(version=version, actor=actor, reason=data["reason"])
    return f"{version.reference} is {restored.state} again."


DATASET_ACTIONS = (
    TAG_ACTION,
    Action("describe", "Edit description", "annotate_modelversion", DescriptionForm, _describe),
)
DATASET_VERSION_ACTIONS = (
    TAG_ACTION,
    Action("edit-notes", "Edit notes", "annotate_modelversion", NotesForm, _notes),
    Action(
        "trash",
        "Move to trash",
        "delete_datasetversion",
        ReasonForm,
        _trash,
        explain=_explain_trash,
        offered=lambda version: version.state in {DatasetVersion.State.READY, DatasetVersion.State.FAILED},
    ),
    Action(
        "restore",
        "Restore",
        "delete_datasetversion",
        ReasonForm,
        _restore,
        offered=lambda version: version.state == DatasetVersion.State.TRASHED,
    ),
)
