"""Manifests of changes: committed with the change, stored right after it, and never lost in between."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from catalog.exceptions import StorageError
from catalog.models import AuditEvent, DatasetVersion, UnstoredManifest
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.persistence import manifests
from catalog.services.persistence.manifests import count_queued_manifests, defer_storing
from catalog.services.registry.curation import describe_dataset
from catalog.storage.local import LocalCatalogStorage
from tests.factories import write_csv
from tests.services import snapshots

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = "events/datasets/departures"


@pytest.fixture
def version(tmp_path: Path) -> DatasetVersion:
    source = write_csv(snapshots.departures(), tmp_path, "departures.csv")
    return add_dataset(name="departures", source=str(source), actor="ada", description="Flights.").version


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that were tried while the storage was away; `undo` of monkeypatch brings it back."""
    tried: list[str] = []

    def put(self: LocalCatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
        tried.append(key)
        raise StorageError("Nobody answers.")

    monkeypatch.setattr(LocalCatalogStorage, "put", put)
    return tried


def stored(key: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((snapshots.location() / key).read_text())
    return content


def events() -> list[str]:
    return sorted(path.name for path in (snapshots.location() / EVENTS).glob("*.json"))


def describe(version: DatasetVersion, text: str) -> None:
    describe_dataset(dataset=version.dataset, description=text, actor="grace")


def leave_behind() -> None:
    """More than a minute passes."""
    UnstoredManifest.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    manifests.overdue_pause.until = 0


def test_each_change_is_an_object_with_all_that_its_event_says(version: DatasetVersion) -> None:
    describe(version, "All flights.")
    added, described = AuditEvent.objects.order_by("id")
    assert events() == [f"{added.pk:09d}-dataset_added.json", f"{described.pk:09d}-annotated.json"]
    manifest = stored(f"{EVENTS}/{described.pk:09d}-annotated.json")
    assert manifest["kind"] == "auditevent"
    assert manifest["id"] == described.pk
    assert manifest["actor"] == "grace"
    assert manifest["changes"] == {"description": "All flights."}
    assert manifest["at"] == described.at.isoformat()
    assert not UnstoredManifest.objects.exists()


def test_a_new_dataset_has_a_manifest_of_its_own(version: DatasetVersion) -> None:
    manifest = stored("datasets/departures/manifest.json")
    assert (manifest["kind"], manifest["name"], manifest["description"]) == ("dataset", "departures", "Flights.")


def test_a_change_that_is_undone_tells_nothing(version: DatasetVersion) -> None:
    before = events()
    with transaction.atomic():
        describe(version, "Never.")
        transaction.set_rollback(True)
    assert events() == before
    assert not UnstoredManifest.objects.exists()


def test_what_could_not_be_stored_is_stored_after_a_later_change(
    version: DatasetVersion, unreachable: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = events()
    describe(version, "While nobody answered.")
    assert len(unreachable) == 1
    assert count_queued_manifests() == 1
    monkeypatch.undo()
    leave_behind()
    describe(version, "Later.")
    assert count_queued_manifests() == 0
    assert len(events()) == len(before) + 2


def test_a_process_that_found_nothing_left_behind_looks_again_after_a_minute(version: DatasetVersion) -> None:
    with defer_storing():
        describe(version, "By another.")
    describe(version, "This process looks, and the other has its minute.")
    UnstoredManifest.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    describe(version, "It does not look again.")
    assert count_queued_manifests() == 1
    leave_behind()
    describe(version, "A minute later it does.")
    assert count_queued_manifests() == 0


def test_while_there_is_more_than_one_change_can_store_each_stores_some(version: DatasetVersion) -> None:
    with defer_storing():
        for number in range(2 * manifests.OVERDUE_BATCH):
            describe(version, f"Text {number}.")
    leave_behind()
    for left in (manifests.OVERDUE_BATCH, 0):
        describe(version, f"{left} are left.")
        assert count_queued_manifests() == left


def test_another_process_is_given_a_minute_to_store_its_own(version: DatasetVersion) -> None:
    with defer_storing():
        describe(version, "By another.")
    describe(version, "By this one.")
    assert count_queued_manifests() == 1


def test_a_version_that_failed_has_a_manifest_that_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_csv(snapshots.departures(), tmp_path, "departures.csv")
    put = LocalCatalogStorage.put

    def refuse_the_file(self: LocalCatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
        if key.endswith(".csv"):
            raise ValueError("It is full.")
        put(self, key, *arguments, **options)

    monkeypatch.setattr(LocalCatalogStorage, "put", refuse_the_file)
    with pytest.raises(ValueError, match="full"):
        add_dataset(name="departures", source=str(source), actor="ada")
    manifest = stored("datasets/departures/v0001/failed.json")
    assert (manifest["status"], manifest["failure"]) == ("FAILED", "It is full.")


def test_what_another_process_is_about_to_store_is_not_called_left(
    version: DatasetVersion, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    UnstoredManifest.objects.create(key="datasets/other/manifest.json", content="{}", upload_token="0" * 32)
    call_command("add_dataset", "departures", str(tmp_path / "departures.csv"))
    assert "could not be stored yet" not in capsys.readouterr().err
    leave_behind()
    call_command("add_dataset", "departures", str(tmp_path / "departures.csv"))
    assert "1 manifest could not be stored yet" in capsys.readouterr().err


def test_a_command_says_that_the_bucket_was_not_told(
    version: DatasetVersion, unreachable: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    describe(version, "While nobody answered.")
    source = tmp_path / "departures.csv"
    call_command("add_dataset", "departures", str(source))
    assert "1 manifest could not be stored yet" in capsys.readouterr().err
