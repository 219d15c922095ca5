"""A small catalog, and browsers of people of every role."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.services import curation
from catalog.services.registry import promote
from catalog.storage.interface import catalog_storage
from tests.services import snapshots

ALL_MODELS = (Alias, AuditEvent, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel, LogEntry, User)
ROLES = ("anonymous", "nobody", "Viewers", "Trainers", "Curators", "superuser")
PREDICTIONS = b"prediction\nTrue\n"
SignIn = Callable[[str], Client]


@dataclass(frozen=True)
class Catalog:
    """`late:1` was in production before `late:2`, which also is `canary`; `late:3` is ready, `late:4` archived."""

    versions: list[ModelVersion]
    prediction: Prediction

    @property
    def model(self) -> RegisteredModel:
        return self.versions[0].registered_model

    @property
    def dataset_version(self) -> DatasetVersion:
        return self.versions[0].dataset_version


def url(name: str, obj: Model | None = None) -> str:
    """The address of `modelversion_promote` and the like."""
    return reverse(f"admin:catalog_{name}", args=[obj.pk] if obj is not None else [])


def contents() -> dict[str, list[str]]:
    """Every row of the catalog, of the admin's log and of the users with their groups."""
    rows = {model.__name__: sorted(map(str, model.objects.values_list())) for model in ALL_MODELS}
    return {**rows, "groups": sorted(map(str, User.groups.through.objects.values_list()))}


def user_of(role: str) -> User:
    """A staff user with nothing but the role's permissions, named as the role."""
    user, is_new = User.objects.get_or_create(username=role, is_staff=True, is_superuser=role == "superuser")
    if is_new and role not in {"superuser", "nobody"}:
        user.groups.set([Group.objects.get(name=role)])
    return user


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """A browser of somebody of the role."""

    def signed_in(role: str) -> Client:
        client = Client()
        if role != "anonymous":
            client.force_login(user_of(role))
        return client

    return signed_in


@pytest.fixture
def curator(sign_in: SignIn) -> Client:
    return sign_in("Curators")


@pytest.fixture
def catalog(db: None) -> Catalog:
    snapshots.late_version().restore()
    first = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get()
    versions = [first, *(snapshots.later_version(first) for _ in range(3))]
    promote(reference="late:1", alias="production", actor="ada", reason="the first")
    promote(reference="late:2", alias="production", actor="ada", reason="newer data")
    promote(reference="late:2", alias="canary", actor="ada")
    curation.archive(version=versions[3], actor="ada")
    return Catalog([ModelVersion.objects.get(pk=each.pk) for each in versions], kept_prediction(versions[1]))


def kept_prediction(version: ModelVersion) -> Prediction:
    """The receipt of a prediction whose result lies in the catalog's store."""
    key = f"predictions/late/v{version.number:04d}/0123/predictions.csv"
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(PREDICTIONS)
        file.flush()
        catalog_storage().put(key, Path(file.name), upload_token="token", sha256="b" * 64)
    return Prediction.objects.create(
        model_version=version,
        model_sha256=version.sha256,
        input_uri="new.csv",
        input_dataset_version=version.dataset_version,
        input_sha256="a" * 64,
        output=key,
        output_uri=key,
        output_sha256="b" * 64,
        output_bytes=len(PREDICTIONS),
        row_count=1,
        seconds=0.5,
        status=Prediction.Status.READY,
        created_by="ada",
    )
