"""Addresses that people can write and link: `/models/churn/3/` leads to the page of that version."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from catalog.models import Dataset, DatasetVersion, Job, ModelVersion, RegisteredModel


@staff_member_required
def registered_model(request: HttpRequest, name: str) -> HttpResponseRedirect:
    match = get_object_or_404(RegisteredModel.objects.only("pk"), name=name)
    return redirect("admin:catalog_registeredmodel_change", match.pk)


@staff_member_required
def model_version(request: HttpRequest, name: str, number: int) -> HttpResponseRedirect:
    match = get_object_or_404(ModelVersion.objects.only("pk"), registered_model__name=name, number=number)
    return redirect("admin:catalog_modelversion_change", match.pk)


@staff_member_required
def dataset(request: HttpRequest, name: str) -> HttpResponseRedirect:
    match = get_object_or_404(Dataset.objects.only("pk"), name=name)
    return redirect("admin:catalog_dataset_change", match.pk)


@staff_member_required
def dataset_version(request: HttpRequest, name: str, number: int) -> HttpResponseRedirect:
    match = get_object_or_404(DatasetVersion.objects.only("pk"), dataset__name=name, number=number)
    return redirect("admin:catalog_datasetversion_change", match.pk)


@staff_member_required
def job(request: HttpRequest, number: int) -> HttpResponseRedirect:
    match = get_object_or_404(Job.objects.only("pk"), pk=number)
    return redirect("admin:catalog_job_change", match.pk)


def _link(address: str, view: Callable[..., HttpResponseRedirect]) -> URLPattern:
    """For those who may look: to others, what exists here looks like what does not."""
    name = view.__name__
    may_look = permission_required(f"catalog.view_{name.replace('_', '')}", raise_exception=True)
    shown: Any = admin.site.admin_view(may_look(view))
    link: URLPattern = path(address, shown, name=name)
    return link


urlpatterns = [
    _link("models/<str:name>/", registered_model),
    _link("models/<str:name>/<int:number>/", model_version),
    _link("datasets/<str:name>/", dataset),
    _link("datasets/<str:name>/<int:number>/", dataset_version),
    _link("jobs/<int:number>/", job),
]
