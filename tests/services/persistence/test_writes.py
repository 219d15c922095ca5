import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.db import OperationalError

from catalog.exceptions import ObjectExists, StorageError
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction, UnstoredManifest
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.persistence import manifests, writes
from catalog.services.persistence.manifests import count_queued_manifests, manifest_values
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.storage.local import LocalCatalogStorage
from tests.factories import write_csv
from tests.services import snapshots

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(snapshots.departures(), tmp_path, "departures.csv")


def add(source: Path) -> DatasetVersion:
    return add_dataset(name="departures", source=str(source), actor="ada").version


def objects() -> list[str]:
    folder = snapshots.location()
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Storage that refuses to store what is named so."""

    def refuse(suffix: str) -> None:
        put = LocalCatalogStorage.put

        def refusing(self: LocalCatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
            if key.endswith(suffix):
                raise StorageError("The disk is full.")
            put(self, key, *arguments, **options)

        monkeypatch.setattr(LocalCatalogStorage, "put", refusing)

    return refuse


def test_a_stored_version_is_ready_with_its_object_and_manifest(source: Path) -> None:
    version = add(source)
    assert version.status == "READY"
    assert objects() == [
        f"datasets/departures/v0001/{version.sha256[:12]}-data.csv",
        "datasets/departures/v0001/manifest.json",
    ]
    assert Path(version.file.path).read_bytes() == source.read_bytes()


@pytest.mark.parametrize("suffix", [".csv", "manifest.json"])
def test_a_failure_marks_the_version_failed_and_leaves_no_object(
    source: Path, failing: Callable[[str], None], suffix: str
) -> None:
    failing(suffix)
    with pytest.raises(StorageError):
        add(source)
    version = DatasetVersion.objects.get()
    assert (version.status, version.failure, objects()) == ("FAILED", "The disk is full.", [])


def test_a_failure_is_an_event_with_its_reason(source: Path, failing: Callable[[str], None]) -> None:
    failing(".csv")
    with pytest.raises(StorageError):
        add(source)
    event = AuditEvent.objects.get()
    assert (event.verb, event.from_value, event.to_value, event.reason) == (
        "failed", "PENDING", "FAILED", "The disk is full."
    )  # fmt: skip


def test_the_next_run_after_a_failure_takes_the_next_number(
    source: Path, failing: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(".csv")
    with pytest.raises(StorageError):
        add(source)
    monkeypatch.undo()
    assert (add(source).number, DatasetVersion.objects.ready().count()) == (2, 1)


def test_an_object_of_somebody_else_is_neither_overwritten_nor_removed(source: Path) -> None:
    """As when the database is new and the folder is old: the same bytes get the same key."""
    version = add(source)
    before = objects()
    DatasetVersion.objects.all().delete()
    version.dataset.delete()
    with pytest.raises(ObjectExists, match="exists and is not overwritten"):
        add(source)
    assert objects() == before
    assert Path(version.file.path).read_bytes() == source.read_bytes()


def test_a_refused_write_leaves_the_owner_of_an_object_as_it_was(source: Path, tmp_path: Path) -> None:
    version, storage = add(source), LocalCatalogStorage(location=snapshots.location())
    with pytest.raises(ObjectExists):
        storage.put(version.stored_key, source, upload_token="x" * 32, sha256="")
    assert storage.stat(version.stored_key).upload_token == version.upload_token
    assert [path.name for path in Path(version.file.path).parent.glob(".*x")] == []


def test_a_row_that_somebody_else_changed_is_not_made_ready(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = LocalCatalogStorage.put

    def meanwhile(self: LocalCatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
        put(self, key, *arguments, **options)
        DatasetVersion.objects.update(status="FAILED", failure="Given up by a person")

    monkeypatch.setattr(LocalCatalogStorage, "put", meanwhile)
    with pytest.raises(Exception, match=r"departures:1 was no longer pending"):
        add(source)
    assert DatasetVersion.objects.get().failure == "Given up by a person"


def raise_once_ready(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """When the version is READY, and the event that tells of it is about to be stored."""
    store = manifests.store_queued_manifest

    def raising(queued: UnstoredManifest) -> None:
        if DatasetVersion.objects.filter(status="READY").exists():
            raise error
        store(queued)

    monkeypatch.setattr(manifests, "store_queued_manifest", raising)


@pytest.mark.django_db(transaction=True)
def test_an_interruption_after_the_commit_leaves_a_ready_version_with_its_object(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_once_ready(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        add(source)
    version = DatasetVersion.objects.get()
    assert (version.status, Path(version.file.path).read_bytes()) == ("READY", source.read_bytes())


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_lost_after_the_commit_fails_no_write(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_once_ready(monkeypatch, OperationalError("server closed the connection unexpectedly"))
    assert add(source).status == "READY"
    assert count_queued_manifests() == 1


def test_a_commit_whose_answer_is_lost_leaves_a_ready_version_with_its_object(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = writes.finish

    def losing(*arguments: Any, **options: Any) -> None:
        finish(*arguments, **options)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(writes, "finish", losing)
    with pytest.raises(OperationalError):
        add(source)
    version = DatasetVersion.objects.get()
    assert (version.status, Path(version.file.path).read_bytes()) == ("READY", source.read_bytes())


def test_no_object_is_removed_while_the_database_does_not_say_what_became_of_its_row(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*arguments: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    for name in ("finish", "fail"):
        monkeypatch.setattr(writes, name, unreachable)
    with pytest.raises(OperationalError):
        add(source)
    version = DatasetVersion.objects.get()
    assert (version.status, Path(version.file.path).read_bytes()) == ("PENDING", source.read_bytes())


def test_a_prediction_that_can_not_be_stored_is_failed(
    late_v1: ModelVersion, source: Path, failing: Callable[[str], None]
) -> None:
    failing("predictions.csv")
    with pytest.raises(StorageError):
        predict(request=PredictionRequest("late:1", str(source)), actor="ada")
    receipt = Prediction.objects.get()
    assert (receipt.status, receipt.failure) == ("FAILED", "The disk is full.")
    assert not any(name.startswith("predictions/") for name in objects())


def manifest_of(row: Any) -> dict[str, Any]:
    return json.loads((Path(snapshots.location()) / row.stored_key).with_name("manifest.json").read_text())


def test_a_manifest_holds_every_field_of_its_row(late_v1: ModelVersion, source: Path) -> None:
    receipt = predict(request=PredictionRequest("late:1", str(source)), actor="ada").receipt
    for row in (late_v1, late_v1.dataset_version, receipt):
        names = {field.name for field in row._meta.concrete_fields} - (set() if row is receipt else {"id"})
        assert names | {"format", "kind", "manifest_sha256"} == manifest_of(row).keys()


def test_a_manifest_says_what_the_row_says(late_v1: ModelVersion) -> None:
    manifest = manifest_of(late_v1)
    for name in ("number", "sha256", "size_bytes", "signature", "metrics", "environment", "report", "params", "target"):
        assert manifest[name] == getattr(late_v1, name), name
    assert (manifest["artifact"], manifest["status"], manifest["created_by"]) == (late_v1.artifact.name, "READY", "ada")


def test_a_manifest_holds_the_parent_and_names_the_dataset(late_v1: ModelVersion) -> None:
    manifest = manifest_of(late_v1)
    assert manifest["registered_model"]["name"] == "late"
    assert manifest["registered_model"]["task"] == "classification"
    assert manifest["dataset_version"] == "departures:1"


def test_a_manifest_holds_no_secret(late_v1: ModelVersion, settings: Any) -> None:
    assert settings.SECRET_KEY not in json.dumps(manifest_values(late_v1), default=str)


def test_a_file_that_changes_while_it_is_read_is_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog.services.datasets import add_dataset as adding

    describe = adding.describe_file

    def changing(path: Path, *arguments: Any, **options: Any) -> dict[str, object]:
        described = describe(path, *arguments, **options)
        snapshots.departures().head(10).to_csv(path, index=False)
        return described

    monkeypatch.setattr(adding, "describe_file", changing)
    with pytest.raises(Exception, match=r"departures.csv changed while it was read. Run the command again"):
        add(source)
    assert (DatasetVersion.objects.count(), objects()) == (0, [])


def test_the_same_bytes_as_parquet_and_csv_are_versions_of_their_own(source: Path, tmp_path: Path) -> None:
    pd.read_csv(source).to_parquet(tmp_path / "departures.parquet")
    assert [add(path).number for path in (source, tmp_path / "departures.parquet", source)] == [1, 2, 1]
