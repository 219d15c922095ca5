"""Uploading a dataset in the browser. A child process profiles the file, so that this one stays without pandas."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import get_valid_filename

from catalog.admin.forms import UploadForm
from catalog.models import Dataset

if TYPE_CHECKING:
    from catalog.admin.datasets import DatasetAdmin

NAMES_OFFERED = 500
TIME_LIMIT_SECONDS = 600
COMMAND_ERROR = "CommandError: "


def upload_view(admin: "DatasetAdmin", request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST adds the file, or gives the form back with the reason. Raises PermissionDenied."""
    if not request.user.has_perm("catalog.add_datasetversion"):
        raise PermissionDenied
    is_sent = request.method == "POST"
    initial = {"name": request.GET.get("name", "")}
    form = UploadForm(request.POST if is_sent else None, request.FILES if is_sent else None, initial=initial)
    if form.is_valid():
        data = form.cleaned_data
        added, problem = _add(data["name"], data["description"], data["file"], request.user.get_username())
        if not problem:
            verb = "Added" if added["created"] else "Nothing to add: the same bytes are there as"
            messages.success(request, f"{verb} {added['reference']}, {added['rows']:,} rows.")
            return redirect("dataset_version", added["name"], added["version"])
        form.add_error("file", problem)
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": "Upload a dataset",
        "form": form,
        "names": Dataset.objects.values_list("name", flat=True)[:NAMES_OFFERED],
    }
    return TemplateResponse(request, "admin/catalog/upload.html", context)


def _add(name: str, description: str, file: "UploadedFile[Any]", actor: str) -> tuple[dict[str, object], str]:
    """What `add_dataset` printed about the file, or what it had against it."""
    with tempfile.TemporaryDirectory(prefix="catalog-upload-") as folder:
        path = Path(folder) / get_valid_filename(Path(str(file.name)).name)
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "add_dataset", "--json", "--by", actor]
        command += ["--description", description, "--", name, path.name]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return {}, "It took too long. Add the file with manage.py add_dataset."
    if done.returncode == 0:
        return json.loads(done.stdout), ""
    lines = done.stderr.strip().splitlines() or ["The file could not be added."]
    said = (line for line in lines if line.startswith(COMMAND_ERROR))
    return {}, next(said, lines[-1]).removeprefix(COMMAND_ERROR)
