"""Lists for people and programs, a chunk at a time in memory, however many rows there are."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from catalog.models import Alias, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.models.model_version import LARGE_DATASET_FIELDS, LARGE_FIELDS
from catalog.services.registry.references import DEFAULT_ALIAS, get_registered_model
from catalog.services.registry.subjects import CatalogSubject
from catalog.services.search.where_filter import where

CHUNK = 1_000
NOT_SHOWN = ("metrics", "params", "inspection", *LARGE_FIELDS)


def list_versions(*, name: str = "", limit: int | None = None, condition: str = "") -> Iterator[ModelVersion]:
    """All versions, or those of the model `name`, for which the filter `condition` holds, the newest first.

    Raises NotFound, InvalidRequest.
    """
    versions = ModelVersion.objects.for_listing()
    if name:
        versions = versions.filter(registered_model=get_registered_model(name))
    if condition:  # which an index answers, where the whole rows are not asked for
        versions = versions.filter(pk__in=ModelVersion.objects.filter(where(condition)).order_by().values("pk"))
    return versions.order_by("-number" if name else "-pk")[:limit].iterator(chunk_size=CHUNK)


def list_models(*, limit: int | None = None) -> Iterator[Any]:
    """All models by name, each with `version_count` of what is not in the trash, and of the version in production
    `production_number` and `production_value`, which is its main metric."""
    held = Alias.objects.filter(registered_model=OuterRef("pk"), name=DEFAULT_ALIAS)
    models = RegisteredModel.objects.defer("description", "intended_use", "limitations").annotate(
        version_count=_count(ModelVersion.objects.not_trashed(), "registered_model"),
        production_number=Subquery(held.values("model_version__number")[:1]),
        production_value=Subquery(held.values("model_version__primary_value")[:1]),
        production_origin=Subquery(held.values("model_version__origin")[:1]),
    )
    return models.order_by("name")[:limit].iterator(chunk_size=CHUNK)


def list_datasets(*, limit: int | None = None) -> Iterator[Any]:
    """All datasets by name, each with `version_count` of what is not in the trash, and of the newest version that is
    ready `newest_number`, `newest_rows` and `newest_bytes`."""
    newest = DatasetVersion.objects.ready().filter(dataset=OuterRef("pk")).order_by("-number")
    datasets = Dataset.objects.annotate(
        version_count=_count(DatasetVersion.objects.not_trashed(), "dataset"),
        newest_number=Subquery(newest.values("number")[:1]),
        newest_rows=Subquery(newest.values("row_count")[:1]),
        newest_bytes=Subquery(newest.values("size_bytes")[:1]),
    )
    return datasets.order_by("name")[:limit].iterator(chunk_size=CHUNK)


def list_predictions(*, subject: CatalogSubject, limit: int | None = None) -> Iterator[Prediction]:
    """Receipts of a model or of one of its versions, or whose input was the dataset or the version; newest first."""
    receipts = predictions_of(subject).select_related(
        "model_version__registered_model", "input_dataset_version__dataset"
    )
    light = receipts.defer(
        "parts",
        *(f"model_version__{name}" for name in NOT_SHOWN),
        *(f"input_dataset_version__{name}" for name in LARGE_DATASET_FIELDS),
    )
    return light.order_by("-created_at")[:limit].iterator(chunk_size=CHUNK)


def predictions_of(subject: CatalogSubject) -> "QuerySet[Prediction]":
    match subject:
        case ModelVersion():
            return subject.predictions.all()
        case RegisteredModel():
            return Prediction.objects.filter(model_version__registered_model=subject)
        case DatasetVersion():
            return subject.predictions.all()
        case Dataset():
            return Prediction.objects.filter(input_dataset_version__dataset=subject)


def _count(versions: "QuerySet[Any]", parent: str) -> Subquery:
    """How many of the versions are the parent's: NULL for none."""
    own = versions.filter(**{parent: OuterRef("pk")}).order_by().values(parent)
    return Subquery(own.annotate(count=Count("pk")).values("count"))
