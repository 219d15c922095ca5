"""A small catalog, and browsers of people of every role."""

import hashlib
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.signals import request_finished
from django.db import close_old_connections
from django.db.models import Model
from django.http import HttpResponse
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
from catalog.services.registry import curation
from catalog.services.registry.aliases import promote
from catalog.services.registry.attachments import attach_file
from catalog.storage.interface import catalog_storage, put_bytes
from catalog.storage.keys import model_artifact
from tests.inspecting import inspected_here
from tests.ml.artifacts.inspection.test_examine import examined, neighbors
from tests.services import snapshots
from tests.services.snapshots import later_version

__all__ = ["inspected_here"]
ALL_MODELS = (
    Alias,
    AuditEvent,
    Dataset,
    DatasetVersion,
    Job,
    ModelVersion,
    Prediction,
    RegisteredModel,
    ServingToken,
    LogEntry,
    User,
)
ROLES = ("anonymous", "nobody", "Viewers", "Trainers", "Curators", "superuser")
PREDICTIONS = b"prediction\nTrue\n"
SignIn = Callable[[str], Client]
# What begins and ends a line of its own in a browser, of what the pages hold.
BLOCKS = "div|dl|dt|dd|h1|h2|h3|li|ol|p|section|table|tbody|td|th|thead|tr|ul"


@dataclass(frozen=True)
class Catalog:
    """`late:1` was in production before `late:2`, which also is `canary`; `late:3` is ready, `late:4` archived,
    and has two checks that fired, of which one is muted.

    `late:5` was uploaded by ada, waits for approval, and has types in it that are not trusted.
    """

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


def read_page(response: HttpResponse) -> str:
    """The page's HTML without its indentation and where names may break: whitespace is one space, and none beside a
    block's tag."""
    page = re.sub(r"\s+", " ", response.content.decode().replace("<wbr>", ""))
    return re.sub(rf" ?(</?(?:{BLOCKS})\b[^>]*>) ?", r"\1", page)


def contents() -> dict[str, list[str]]:
    """Every row of the catalog, of the admin's log and of the users with their groups."""
    rows = {model.__name__: sorted(map(str, model.objects.values_list())) for model in ALL_MODELS}
    return {**rows, "groups": sorted(map(str, User.groups.through.objects.values_list()))}


def close(response: HttpResponse) -> None:
    """As a server ends an answer, but for the database's connection: it holds the test's transaction."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


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
def catalog(db: None, inspected_here: None) -> Catalog:
    snapshots.late_version().restore()
    first = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get()
    checks = [
        {"code": "leak", "sentence": "'arr_delay' alone tells all."},
        {"code": "uncalibrated", "sentence": "It is too sure."},
    ]
    doubted = {"report": {**first.report, "checks": checks}, "muted_checks": {"uncalibrated": "ranks suffice"}}
    versions = [first, *(snapshots.later_version(first, **fields) for fields in ({}, {}, doubted))]
    promote(reference="late:1", alias="production", actor="ada", reason="the first")
    promote(reference="late:2", alias="production", actor="ada", reason="newer data")
    promote(reference="late:2", alias="canary", actor="ada")
    curation.archive(version=versions[3], actor="ada")
    versions.append(quarantined_version(first))
    attach_plot(first)
    return Catalog([ModelVersion.objects.get(pk=item.pk) for item in versions], kept_prediction(versions[1]))


def attach_plot(version: ModelVersion) -> None:
    """`plot.svg`, beside the version."""
    with tempfile.NamedTemporaryFile(suffix=".svg") as file:
        file.write(b"<svg/>")
        file.flush()
        attach_file(version=version, source=file.name, name="plot.svg", actor="ada")


def unused_dataset_version(version: DatasetVersion, number: int, trashed_at: datetime | None) -> DatasetVersion:
    """The version of the same dataset with this number, which nothing refers to."""
    copied = {field.attname: getattr(version, field.attname) for field in version._meta.concrete_fields}
    own = {name: value for name, value in copied.items() if name not in {"id", "number", "dataset_id", "trashed_at"}}
    result, _ = DatasetVersion.objects.get_or_create(
        dataset=version.dataset, number=number, defaults={**own, "trashed_at": trashed_at}
    )
    return result


@cache
def uploaded_file() -> tuple[bytes, dict[str, Any]]:
    """A skops file with types that are not trusted, and what its inspection found."""
    content = neighbors()
    result = examined(content, task="classification")
    return content, {"file_name": "near.skops", **result["inspection"]}


def quarantined_version(version: ModelVersion, **fields: Any) -> ModelVersion:
    """The next version of the same model, as add_version() leaves it: uploaded by ada, in quarantine."""
    content, inspection = uploaded_file()
    sha256 = hashlib.sha256(content).hexdigest()
    number = RegisteredModel.objects.get(pk=version.registered_model_id).next_number
    uploaded = {
        "status": "QUARANTINED",
        "origin": "UPLOADED",
        "artifact": model_artifact("late", number, sha256, "skops"),
        "artifact_format": "skops",
        "sha256": sha256,
        "size_bytes": len(content),
        "dataset_version_id": None,
        "target": "",
        "signature": {},
        "report": {},
        "environment": {"versions": {}},
        "params": {},
        "random_state": None,
        "inspection": inspection,
        "created_by": "ada",
    }
    copied = later_version(version, **{**uploaded, **fields})
    put_bytes(catalog_storage(), copied.stored_key, content, upload_token=copied.upload_token)
    return copied


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


def token_of(name: str) -> ServingToken:
    """A token of this name, which has no text."""
    result, _ = ServingToken.objects.get_or_create(name=name, defaults={"sha256": "c" * 64, "created_by": "ada"})
    return result


def job_in(state: str) -> Job:
    """A training in this state."""
    request = {"name": "late", "dataset": "departures:1", "target": "late"}
    lease = {"lease_token": "x" * 32, "lease_expires_at": "2030-01-01T00:00:00Z"} if state == "RUNNING" else {}
    result, _ = Job.objects.get_or_create(
        kind="training", name="late", request=request, state=state, created_by="ada", defaults=lease
    )
    return result
