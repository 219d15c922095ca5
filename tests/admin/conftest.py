from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.models import (
    Alias,
    AuditEvent,
    Dataset,
    DatasetVersion,
    Job,
    ModelVersion,
    Prediction,
    RegisteredModel,
    ServingToken,
)
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote
from tests.admin.people import catalog, curator, inspected_here, job_in, sign_in, token_of  # noqa: F401 # fixtures
from tests.services.snapshots import late_version, later_version

MODELS = [Dataset, DatasetVersion, RegisteredModel, ModelVersion, Alias, AuditEvent, Prediction, Job, ServingToken]


@pytest.fixture(scope="session", autouse=True)
def all_pages() -> None:
    """Registered, as once the URLs are read."""
    admin.autodiscover()


@pytest.fixture(autouse=True)
def no_collected_files(settings: Any, tmp_path: Path) -> None:
    """Pages need no `collectstatic` here, whatever this checkout has collected."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def root(db: None, client: Client) -> Client:
    """Logged in as a superuser."""
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def late_v1(db: None, tmp_path: Path) -> ModelVersion:
    """`late:1` in production, trained on `departures:1`, a prediction with it, and a job that waits."""
    late_version().restore()
    job_in("QUEUED")
    token_of("shop")
    promote(reference="late:1", alias="production", actor="ada", reason="The first")
    predict(request=PredictionRequest("late", "dataset:departures", str(tmp_path / "out.csv")), actor="ada")
    return ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get()


@pytest.fixture
def grow(late_v1: ModelVersion) -> Callable[[int], None]:
    """Add as many rows of each kind as asked."""

    def add(count: int) -> None:
        data, receipt, job = late_v1.dataset_version, Prediction.objects.all()[0], Job.objects.all()[0]
        for at in range(count):
            version = later_version(late_v1)
            model = RegisteredModel.objects.create(name=f"m{version.number}", task="regression", primary_metric="r2")
            Dataset.objects.create(name=f"d{version.number}")
            Alias.objects.create(registered_model=late_v1.registered_model, name=f"a{at}", model_version=version)
            DatasetVersion.objects.create(**{**_values(data), "number": version.number})
            Prediction.objects.create(**{**_values(receipt), "model_version_id": version.pk})
            Job.objects.create(**_values(job))
            later_version(late_v1, registered_model_id=model.pk)

    return add


def _values(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}


def address(page: str, model: type[Any], *arguments: Any) -> str:
    return reverse(f"admin:catalog_{model._meta.model_name}_{page}", args=arguments)
