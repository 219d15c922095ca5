"""The pages that start jobs. A training is checked by a child process, for that takes scikit-learn."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.field_labels import add_refusal
from catalog.admin.jobs.job_forms import EvaluateForm, PredictForm
from catalog.admin.jobs.job_page import worker_context
from catalog.admin.jobs.training_arguments import training_arguments
from catalog.admin.jobs.training_form import TrainForm
from catalog.admin.uploads.child_commands import run_command
from catalog.exceptions import CatalogError
from catalog.ml.evaluation.metric_names import METRICS_OF_TASK
from catalog.models import Dataset, DatasetVersion, RegisteredModel
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.jobs.starting import start_evaluation, start_prediction
from catalog.services.prediction.prediction_request import DATASET_PREFIX, PredictionRequest
from catalog.services.registry.references import get_dataset_version
from catalog.temporary_files import temporary_file, temporary_folder

NAMES_OFFERED = 500


def train_view(admin: ReadOnlyAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST queues the training, or gives the form back with the reason. Raises PermissionDenied."""
    form = _training_form(request)
    if form.is_valid():
        number, problem = _start_training(form, request.user.get_username())
        if number:
            return _queued(request, number)
        add_refusal(form, problem)
    columns = form.columns or _columns(str(form["dataset"].value() or ""))[0]
    return _page(admin, request, form, "Train a model", "Queue the training", columns)


def _training_form(request: HttpRequest) -> TrainForm:
    """With the columns of the dataset to tick, once it is named. Raises PermissionDenied.

    A form that was sent to see the columns, or with those of another dataset, comes back without being judged.
    """
    _require_right(request)
    given = request.POST or request.GET
    dataset = given.get("dataset", "").strip()
    may_look = request.user.has_perm("catalog.view_datasetversion")
    columns, problem = _columns(dataset) if dataset and may_look else ([], "")
    has_ticks = request.POST.get("columns_of", "") == dataset
    is_meant = "show_columns" not in request.POST and (has_ticks or "columns_of" not in request.POST)
    if request.method == "POST" and (is_meant or problem):
        return TrainForm(request.POST, columns=columns if has_ticks else [], problem=problem)
    return TrainForm(initial=_initial(TrainForm, request), columns=columns)


def predict_view(admin: ReadOnlyAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST queues the prediction, or gives the form back with why not. Raises PermissionDenied."""
    form = _form(request, PredictForm)
    if form.is_valid():
        try:
            return _queued(request, _start_prediction(form.cleaned_data, cast(AbstractUser, request.user)))
        except CatalogError as error:
            add_refusal(form, str(error))
    return _page(admin, request, form, "Predict in the background", "Queue the prediction", [])


def evaluate_view(admin: ReadOnlyAdmin, request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST queues the evaluation, or gives the form back with why not. Raises PermissionDenied."""
    form = _form(request, EvaluateForm)
    if form.is_valid():
        user = cast(AbstractUser, request.user)
        asked = EvaluationRequest(**form.cleaned_data)
        try:
            return _queued(request, start_evaluation(request=asked, actor=user.get_username(), site_user=user).pk)
        except CatalogError as error:
            add_refusal(form, str(error))
    return _page(admin, request, form, "Measure on the same rows", "Queue the evaluation", [])


def _form(request: HttpRequest, kind: type[Any]) -> Any:
    _require_right(request)
    return kind(request.POST, request.FILES) if request.method == "POST" else kind(initial=_initial(kind, request))


def _require_right(request: HttpRequest) -> None:
    if not request.user.has_perm("catalog.add_job"):
        raise PermissionDenied


def _initial(kind: type[forms.Form], request: HttpRequest) -> dict[str, Any]:
    """What the address, or a form that was sent before, says of the fields."""
    given = request.POST if request.method == "POST" else request.GET
    return {name: value for name, value in given.items() if name in kind.base_fields}


def _start_training(form: TrainForm, actor: str) -> tuple[int, str]:
    """The number of the queued job, or what prevents it."""
    with temporary_folder() as folder:
        space = folder / "search.json"
        space.write_text(form.cleaned_data["search_space"])
        arguments = ["--background", f"--by={actor}", "--site-user", *training_arguments(form, space.name)]
        arguments += ["--", form.cleaned_data["name"]]
        too_long = "Checking the request took too long. Try again when the machine is less busy."
        queued, problem = run_command("train_model", arguments, folder=folder, too_long=too_long)
    return queued.get("job", 0), problem


def _start_prediction(data: dict[str, Any], user: AbstractUser) -> int:
    """The number of the queued job. Raises CatalogError."""
    actor = user.get_username()
    options = {name: data[name] for name in ("with_probabilities", "id_columns", "code_from_version")}
    if data["dataset"]:
        request = PredictionRequest(data["reference"], f"{DATASET_PREFIX}{data['dataset']}", **options)
        return start_prediction(request=request, actor=actor, site_user=user).pk
    file: UploadedFile[Any] = data["file"]
    with temporary_file() as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        request = PredictionRequest(data["reference"], copy.name, **options)
        name = Path(str(file.name)).name
        return start_prediction(request=request, actor=actor, site_user=user, file_name=name).pk


def _queued(request: HttpRequest, number: int) -> HttpResponse:
    messages.success(request, f"Job {number} is queued. It begins as soon as a worker is free.")
    return redirect("admin:catalog_job_change", number)


def _columns(dataset: str) -> tuple[list[str], str]:
    """Of the dataset that is named, unless they are too many to choose among; and why there is no such dataset."""
    try:
        version: DatasetVersion = get_dataset_version(dataset)
    except CatalogError as error:
        return [], str(error)
    return version.column_names if len(version.schema) <= NAMES_OFFERED else [], ""


def _page(
    admin: ReadOnlyAdmin, request: HttpRequest, form: forms.Form, title: str, submit: str, columns: Sequence[str]
) -> HttpResponse:
    offered = {
        "models": RegisteredModel.objects.values_list("name", flat=True)[:NAMES_OFFERED],
        "datasets": Dataset.objects.values_list("name", flat=True)[:NAMES_OFFERED],
        "columns": columns,
        "metrics": sorted({name for names in METRICS_OF_TASK.values() for name in names}),
    }
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "title": title,
        "submit": submit,
        "form": form,
        "offered": offered,
        **worker_context(),
    }
    return TemplateResponse(request, "admin/catalog/job_form.html", context)
