"""Uploading a dataset or a model in the browser. A child process reads the file: this one stays without pandas, and
no file from outside is ever opened in it."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.field_labels import add_refusal
from catalog.admin.uploads.child_commands import run_command
from catalog.admin.uploads.upload_forms import DatasetUploadForm, ModelUploadForm, UploadForm
from catalog.models import Dataset, ModelVersion, RegisteredModel
from catalog.storage.keys import safe_file_name

NAMES_OFFERED = 500


@dataclass(frozen=True)
class Upload:
    """A kind of upload. `parent` has the names to choose from; `page` is the URL that shows what was added."""

    title: str
    permission: str
    form: type[UploadForm]
    parent: type[Dataset | RegisteredModel]
    page: str
    message: Callable[[dict[str, Any]], str]


def _dataset_message(added: dict[str, Any]) -> str:
    verb = "Added" if added["created"] else "Nothing to add: the same bytes are there as"
    return f"{verb} {added['reference']}, {added['rows']:,} rows."


def _model_message(added: dict[str, Any]) -> str:
    if added["status"] == ModelVersion.Status.READY:
        return f"Added {added['reference']}. It is ready."
    return f"Added {added['reference']}. It is quarantined until somebody else approves it."


DATASET_UPLOAD = Upload(
    "Upload a dataset", "add_datasetversion", DatasetUploadForm, Dataset, "dataset_version", _dataset_message
)
MODEL_UPLOAD = Upload(
    "Upload a model", "add_modelversion", ModelUploadForm, RegisteredModel, "model_version", _model_message
)


def upload_view(admin: ReadOnlyAdmin, request: HttpRequest, upload: Upload) -> HttpResponse:
    """GET shows the form; POST adds the file, or gives the form back with the reason. Raises PermissionDenied."""
    if not request.user.has_perm(f"catalog.{upload.permission}"):
        raise PermissionDenied
    is_sent = request.method == "POST"
    initial = {"name": request.GET.get("name", "")}
    form = upload.form(request.POST if is_sent else None, request.FILES if is_sent else None, initial=initial)
    if form.is_valid():
        added, problem = _add(form, request.user.get_username())
        if not problem:
            messages.success(request, upload.message(added))
            return redirect(upload.page, added["name"], added["version"])
        add_refusal(form, problem, elsewhere="file")
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": upload.title,
        "form": form,
        "names": upload.parent._default_manager.values_list("name", flat=True)[:NAMES_OFFERED],
    }
    return TemplateResponse(request, "admin/catalog/upload.html", context)


def _add(form: UploadForm, actor: str) -> tuple[dict[str, Any], str]:
    """What the form's command printed about the file, or what it had against it."""
    file = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory(prefix="catalog-upload-") as folder:
        path = Path(folder) / safe_file_name(str(file.name))
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        arguments = [f"--by={actor}", *form.arguments(), "--", form.cleaned_data["name"], path.name]
        too_long = f"It took too long. Add the file with manage.py {form.command}."
        return run_command(form.command, arguments, folder=Path(folder), too_long=too_long)
