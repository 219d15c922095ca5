"""Addresses that people can write and link: `/models/churn/3/` leads to the page of that version."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from catalog.admin.navigation.search_page import search_view
from catalog.exceptions import CatalogError
from catalog.services.jobs.decisions import get_job
from catalog.services.registry.references import (
    current_name,
    find_dataset_version,
    find_model_version,
    get_dataset,
    get_registered_model,
)
from s3site.odd_requests import not_found


def registered_model(request: HttpRequest, name: str) -> HttpResponse:
    """Also by a name that the model had before, which its events and keys have."""
    return redirect("admin:catalog_registeredmodel_change", get_registered_model(current_name(name) or name).pk)


def model_version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    version = find_model_version(f"{current_name(name) or name}:{number}")
    return redirect("admin:catalog_modelversion_change", version.pk)


def dataset(request: HttpRequest, name: str) -> HttpResponse:
    return redirect("admin:catalog_dataset_change", get_dataset(name).pk)


def dataset_version(request: HttpRequest, name: str, number: int) -> HttpResponse:
    return redirect("admin:catalog_datasetversion_change", find_dataset_version(f"{name}:{number}").pk)


def job(request: HttpRequest, number: int) -> HttpResponse:
    return redirect("admin:catalog_job_change", get_job(number).pk)


def _link(address: str, view: Callable[..., HttpResponse]) -> URLPattern:
    """For those who may look: to others, what exists here looks like what does not."""
    name = view.__name__
    may_look = permission_required(f"catalog.view_{name.replace('_', '')}", raise_exception=True)
    shown: Any = admin.site.admin_view(may_look(_saying_what_is_near(view)))
    link: URLPattern = path(address, shown, name=name)
    return link


def _saying_what_is_near(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, which answers for what is not there with the names that are near it."""

    @wraps(view)
    def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            return view(request, **parts)
        except CatalogError as error:
            return not_found(request, str(error))

    return answer


urlpatterns = [
    _link("models/<str:name>/", registered_model),
    _link("models/<str:name>/<int:number>/", model_version),
    _link("datasets/<str:name>/", dataset),
    _link("datasets/<str:name>/<int:number>/", dataset_version),
    _link("jobs/<int:number>/", job),
    path("search/", admin.site.admin_view(search_view), name="search"),
]
