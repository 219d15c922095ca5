"""Addresses that people can write and link: `/models/churn/3/` leads to the page of that version."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path

from catalog.models import Dataset, DatasetVersion, ModelVersion, RegisteredModel


def registered_model(request: HttpRequest, name: str) -> HttpResponseRedirect:
    found = get_object_or_404(RegisteredModel.objects.only("pk"), name=name)
    return redirect("admin:catalog_registeredmodel_change", found.pk)


def model_version(request: HttpRequest, name: str, number: int) -> HttpResponseRedirect:
    found = get_object_or_404(ModelVersion.objects.only("pk"), registered_model__name=name, number=number)
    return redirect("admin:catalog_modelversion_change", found.pk)


def dataset(request: HttpRequest, name: str) -> HttpResponseRedirect:
    found = get_object_or_404(Dataset.objects.only("pk"), name=name)
    return redirect("admin:catalog_dataset_change", found.pk)


def dataset_version(request: HttpRequest, name: str, number: int) -> HttpResponseRedirect:
    found = get_object_or_404(DatasetVersion.objects.only("pk"), dataset__name=name, number=number)
    return redirect("admin:catalog_datasetversion_change", found.pk)


urlpatterns = [
    path("models/<str:name>/", registered_model, name="registered_model"),
    path("models/<str:name>/<int:number>/", model_version, name="model_version"),
    path("datasets/<str:name>/", dataset, name="dataset"),
    path("datasets/<str:name>/<int:number>/", dataset_version, name="dataset_version"),
]
