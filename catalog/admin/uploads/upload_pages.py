"""Uploading a dataset or a model in the browser. A child process reads the file: this one stays without pandas, and
no file from outside is ever opened in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.field_labels import add_refusal, field_labels
from catalog.admin.uploads.child_commands import run_command
from catalog.admin.uploads.held_files import find_held_file, held_token, hold_file, release_file
from catalog.admin.uploads.upload_forms import DatasetUploadForm, ModelUploadForm, UploadForm
from catalog.exceptions import counted, rename_fields
from catalog.models import Dataset, ModelVersion, RegisteredModel

NAMES_OFFERED = 500


@dataclass(frozen=True)
class Upload:
    """A kind of upload. `parent` has the names to choose from; `page` is the URL that shows what was added; with
    `has_preview` people see how the file would be read before it is stored."""

    title: str
    permission: str
    form: type[UploadForm]
    parent: type[Dataset | RegisteredModel]
    page: str
    message: Callable[[dict[str, Any]], str]
    has_preview: bool = False


def _dataset_message(added: dict[str, Any]) -> str:
    verb = "Added" if added["created"] else "Nothing to add: the same bytes are there as"
    return f"{verb} {added['reference']}, {counted(added['rows'], 'row')}."


def _model_message(added: dict[str, Any]) -> str:
    if added["status"] == ModelVersion.Status.READY:
        return f"Added {added['reference']}. It is ready."
    return f"Added {added['reference']}. It is quarantined until somebody else approves it."


DATASET_UPLOAD = Upload(
    "Upload a dataset",
    "add_datasetversion",
    DatasetUploadForm,
    Dataset,
    "dataset_version",
    _dataset_message,
    has_preview=True,
)
MODEL_UPLOAD = Upload(
    "Upload a model", "add_modelversion", ModelUploadForm, RegisteredModel, "model_version", _model_message
)


def upload_view(admin: ReadOnlyAdmin, request: HttpRequest, upload: Upload) -> HttpResponse:
    """GET shows the form; POST adds the file, after a preview where there is one, or gives the form back with the
    reason. Raises PermissionDenied."""
    if not request.user.has_perm(f"catalog.{upload.permission}"):
        raise PermissionDenied
    is_sent = request.method == "POST"
    initial = {"name": request.GET.get("name", "")}
    form = upload.form(request.POST if is_sent else None, request.FILES if is_sent else None, initial=initial)
    preview: dict[str, Any] = {}
    if form.is_valid() and (path := _sent_file(request, form)):
        asked = ["--preview"] if upload.has_preview and "add" not in request.POST else []
        told, problem = _run(form, path, request.user.get_username(), asked)
        if problem:
            add_refusal(form, problem, elsewhere="file")
        elif asked:
            preview = _with_labels(told, type(form))
            form = _with_held(request, form, held_token(request))
        else:
            release_file(request)
            messages.success(request, upload.message(told))
            return redirect(upload.page, told["name"], told["version"])
    if not preview:
        release_file(request)
        form = _with_held(request, form, "") if "held" in form.fields and is_sent else form
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": upload.title,
        "form": form,
        "preview": preview,
        "has_preview": upload.has_preview,
        "names": upload.parent._default_manager.values_list("name", flat=True)[:NAMES_OFFERED],
    }
    return TemplateResponse(request, "admin/catalog/upload.html", context)


def _sent_file(request: HttpRequest, form: UploadForm) -> Path | None:
    """The file that came with the form, or that was held since the last preview; with an error at its field else."""
    file = form.cleaned_data["file"]
    path = hold_file(request, file) if file else find_held_file(request, form.cleaned_data["held"])
    if path is None:
        form.add_error("file", "The file is no longer here. Choose it again.")
    return path


def _with_labels(preview: dict[str, Any], form: type[UploadForm]) -> dict[str, Any]:
    """What is said of the table, with the labels of the form in place of the fields."""
    labels = field_labels(form)
    for column in preview["columns"]:
        column["doubts"] = [rename_fields(doubt, labels) for doubt in column["doubts"]]
    return {**preview, "notes": [rename_fields(note, labels) for note in preview["notes"]]}


def _with_held(request: HttpRequest, form: UploadForm, token: str) -> UploadForm:
    """The same form for the next time, by which the file that is held need not be sent again."""
    data = request.POST.copy()
    data["held"] = token
    form.data = data
    form.fields["file"].required = not token
    return form


def _run(form: UploadForm, path: Path, actor: str, options: Sequence[str]) -> tuple[dict[str, Any], str]:
    """What the form's command printed about the file, or what it had against it."""
    arguments = [f"--by={actor}", *options, *form.arguments(), "--", form.cleaned_data["name"], path.name]
    too_long = f"It took too long. Add the file with manage.py {form.command}."
    return run_command(form.command, arguments, folder=path.parent, too_long=too_long)
