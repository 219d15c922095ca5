"""A trained version, made once for all tests: its rows and its files, put back into the catalog of each test."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
from django.conf import settings
from django.core import serializers
from django.db import transaction
from django.test import override_settings

from catalog.models import AuditEvent, Dataset, DatasetVersion, Evaluation, IndexedMetric, ModelVersion, RegisteredModel
from catalog.models.encoding import ExactEncoder
from catalog.services.search.search_index import add_to_index
from catalog.services.training import evaluate
from tests.factories import flights, make_dataset, make_version
from tests.servers.database import continue_numbering

ORDER = (Dataset, DatasetVersion, RegisteredModel, ModelVersion, IndexedMetric, AuditEvent)


@cache
def departures() -> pd.DataFrame:
    """300 flights of 2013: text, a number with gaps, a time stamp, and whether the flight came late."""
    table = flights(400)
    table = table[table["arr_delay"].notna()].head(300).reset_index(drop=True)
    return table[["carrier", "origin", "distance", "time_hour"]].assign(
        dep_time=table["dep_time"].where(table.index % 7 > 0), late=table["arr_delay"] > 0
    )


@dataclass(frozen=True)
class Snapshot:
    rows: str
    objects: Path
    folder: tempfile.TemporaryDirectory[str]

    def restore(self) -> None:
        shutil.copytree(self.objects, location(), dirs_exist_ok=True)
        for mark in location().rglob(".*~*"):  # a hard link, which copying made a file of its own
            mark.unlink()
            mark.hardlink_to(mark.with_name(mark.name[1:].rpartition("~")[0]))
        for row in serializers.deserialize("json", self.rows):
            row.save()
        continue_numbering()


def location() -> Path:
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


@cache
def late_version() -> Snapshot:
    """`departures:1` and `late:1`, a decision tree on all of its columns. Within a test's transaction, undone here."""
    folder = tempfile.TemporaryDirectory(prefix="catalog-tests-")
    path = Path(folder.name)
    storages: dict[str, Any] = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": path / "objects"}}
    catalog = {**settings.CATALOG, "CACHE_DIR": path / "cache"}
    # What makes one doubt this tree is another matter than what tests do with it.
    no_checks = patch.object(evaluate, "check_training", return_value=[])
    with override_settings(STORAGES=storages, CATALOG=catalog), no_checks, transaction.atomic():
        make_dataset(path, departures(), "departures")
        make_version(path, name="late", dataset="departures", target="late")
        rows = serializers.serialize(
            "json", [row for model in ORDER for row in model.objects.order_by("pk")], cls=ExactEncoder
        )
        transaction.set_rollback(True)
    return Snapshot(rows, path / "objects", folder)


def later_version(version: ModelVersion, **fields: Any) -> ModelVersion:
    """The next version of the same model, with the same artifact and a digest of its own."""
    number = version.registered_model.next_number
    RegisteredModel.objects.filter(pk=version.registered_model_id).update(next_number=number + 1)
    version.registered_model.next_number = number + 1
    copied = {
        field.attname: getattr(version, field.attname)
        for field in version._meta.concrete_fields
        if field.name not in {"id", "number", "sha256"}
    }
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    copy = ModelVersion.objects.create(**{**copied, "number": number, "sha256": sha256, **fields})
    add_to_index([copy])
    return copy


def make_evaluation(version: ModelVersion, against: ModelVersion, **fields: Any) -> Evaluation:
    """Both measured side by side on the rows of the dataset that `version` was trained on."""
    return Evaluation.objects.create(
        model_version=version,
        model_sha256=version.sha256,
        dataset_version=version.dataset_version,
        rows_sha256="0" * 64,
        row_count=60,
        metrics={},
        against=against.reference,
        against_sha256=against.sha256,
        created_by="ada",
        **fields,
    )
