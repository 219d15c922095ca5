"""Addresses that people can write and link: `/models/churn/3/` leads to the page of that version."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

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


def registered_model(name: str) -> Model:
    """Also by a name that the model had before, which its events and keys have."""
    return get_registered_model(current_name(name) or name)


def model_version(name: str, number: int) -> Model:
    return find_model_version(f"{current_name(name) or name}:{number}")


def dataset(name: str) -> Model:
    return get_dataset(name)


def dataset_version(name: str, number: int) -> Model:
    return find_dataset_version(f"{name}:{number}")


def job(number: int) -> Model:
    return get_job(number)


def _link(address: str, find: Callable[..., Model]) -> URLPattern:
    """For those who may look: to others, what exists here looks like what does not."""
    name = find.__name__
    may_look = permission_required(f"catalog.view_{name.replace('_', '')}", raise_exception=True)
    shown: Any = admin.site.admin_view(may_look(_leading_to(find)))
    link: URLPattern = path(address, shown, name=name)
    return link


def _leading_to(find: Callable[..., Model]) -> Callable[..., HttpResponse]:
    """Sends to the page of what is found, with what the address asks of that; for what is not there it answers with the
    names that are near."""

    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            found = find(**parts)
        except CatalogError as error:
            return not_found(request, str(error))
        page = reverse(f"admin:{found._meta.app_label}_{found._meta.model_name}_change", args=[found.pk])
        asked = request.META.get("QUERY_STRING", "")
        return redirect(f"{page}?{asked}" if asked else page)

    return view


urlpatterns = [
    _link("models/<str:name>/", registered_model),
    _link("models/<str:name>/<int:number>/", model_version),
    _link("datasets/<str:name>/", dataset),
    _link("datasets/<str:name>/<int:number>/", dataset_version),
    _link("jobs/<int:number>/", job),
    path("search/", admin.site.admin_view(search_view), name="search"),
]
