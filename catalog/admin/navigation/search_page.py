"""One field that finds models, datasets and versions: by parts of names, a reference, a digest or a filter."""

import re
from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from catalog.models import Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.reference_syntax import NUMBERED
from catalog.services.search.where_filter import is_filter

MOST_SHOWN, LONGEST = 25, 500
DIGEST = re.compile(r"[0-9a-f]{6,64}")


def search_view(request: HttpRequest) -> HttpResponse:
    """The page of the one version that is meant, the list that the filter chooses, or all that has such a name."""
    if not request.user.has_perm("catalog.view_registeredmodel"):
        raise PermissionDenied
    text = request.GET.get("q", "").strip()[:LONGEST]
    if is_filter(text):
        return redirect(f"{reverse('admin:catalog_modelversion_changelist')}?{urlencode({'q': text})}")
    found = _find(text.lower()) if text else {}
    versions = found.get("versions", [])
    if len(versions) == 1 and NUMBERED.fullmatch(text.lower()):
        (version,) = versions
        return redirect(f"admin:catalog_{version._meta.model_name}_change", version.pk)
    context = {
        **admin.site.each_context(request),
        "title": "Search",
        "searched": text,
        "most_shown": MOST_SHOWN,
        "is_empty": not any(found.values()),
        **found,
    }
    return TemplateResponse(request, "admin/catalog/search.html", context)


def _find(text: str) -> dict[str, Sequence[Any]]:
    if NUMBERED.fullmatch(text):
        name, _, number = text.rpartition(":")
        return {
            "versions": _versions(Q(registered_model__name=name, number=number), Q(dataset__name=name, number=number))
        }
    named = reduce(and_, (Q(name__contains=word) for word in text.split()), Q())
    by_digest = Q(sha256__gte=text, sha256__lt=f"{text}g") if DIGEST.fullmatch(text) else None
    return {
        "models": list(RegisteredModel.objects.filter(named).only("name", "task").order_by("name")[:MOST_SHOWN]),
        "datasets": list(Dataset.objects.filter(named).only("name").order_by("name")[:MOST_SHOWN]),
        "versions": _versions(by_digest, by_digest) if by_digest else [],
    }


def _versions(of_models: Q, of_datasets: Q) -> list[ModelVersion | DatasetVersion]:
    models = ModelVersion.objects.not_trashed().filter(of_models).select_related("registered_model")
    datasets = DatasetVersion.objects.not_trashed().filter(of_datasets).select_related("dataset")
    return [
        *models.only("number", "registered_model__name").order_by("-pk")[:MOST_SHOWN],
        *datasets.only("number", "dataset__name").order_by("-pk")[:MOST_SHOWN],
    ]
