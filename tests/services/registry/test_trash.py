"""The trash is emptied: rows first, then objects; what is referenced or young stays; what is left is said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.exceptions import NotFound, StorageError
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction, RegisteredModel, UnstoredManifest
from catalog.services.persistence.manifests import defer_storing
from catalog.services.persistence.writes import fail
from catalog.services.registry import trash
from catalog.services.registry.aliases import promote, remove_alias, roll_back
from catalog.services.registry.curation import move_to_trash
from catalog.services.registry.trash import purge_trash, purgeable
from catalog.storage.interface import catalog_storage
from catalog.storage.local import LocalCatalogStorage
from tests.factories import make_version
from tests.services.registry.test_curation import RECEIPT
from tests.services.snapshots import later_version, location

NOW = timedelta(0)


def objects(prefix: str = "") -> list[str]:
    return [entry.key for entry in catalog_storage().walk(prefix)]


def trash_all(*versions: ModelVersion | DatasetVersion) -> None:
    for version in versions:
        move_to_trash(version=version, actor="ada")


def test_a_purged_version_leaves_neither_row_nor_object(late_v1: ModelVersion) -> None:
    trash_all(late_v1)
    assert [version.reference for version in purge_trash(actor="ada", older_than=NOW).versions] == ["late:1"]
    assert not ModelVersion.objects.exists()
    assert objects("models/late/v0001") == []
    assert len(objects("datasets/departures/v0001")) == 2


def test_a_dataset_goes_after_the_versions_that_were_trained_on_it(late_v1: ModelVersion) -> None:
    trash_all(late_v1, late_v1.dataset_version)
    assert [version.reference for version in purge_trash(actor="ada", older_than=NOW).versions] == [
        "late:1", "departures:1",
    ]  # fmt: skip
    assert not DatasetVersion.objects.exists()
    assert objects("datasets/departures/v0001") == []


def test_a_purge_is_an_event(late_v1: ModelVersion) -> None:
    trash_all(late_v1)
    purge_trash(actor="grace", older_than=NOW)
    event = AuditEvent.objects.latest("id")
    assert (event.verb, event.actor, event.reference, event.from_value) == ("purged", "grace", "late:1", "TRASHED")
    assert event.reason.startswith("In the trash since 20")


@pytest.mark.django_db(transaction=True)
def test_the_events_of_a_purged_version_stay_in_storage(tmp_path: Path) -> None:
    version = make_version(tmp_path)
    trash_all(version)
    purge_trash(actor="ada", older_than=NOW)
    assert [key.rpartition("-")[2] for key in objects("events/models/tumour")] == [
        "model_trained.json", "trashed.json", "purged.json",
    ]  # fmt: skip


def test_the_number_of_a_purged_version_is_not_used_again(late_v1: ModelVersion) -> None:
    trash_all(late_v1)
    purge_trash(actor="ada", older_than=NOW)
    assert make_again(late_v1) == 2


def make_again(version: ModelVersion) -> int:
    folder = location().parent
    return make_version(folder, name="late", dataset="departures", target="late").number


def test_what_is_young_stays(late_v1: ModelVersion) -> None:
    second = later_version(late_v1)
    trash_all(late_v1, second)
    ModelVersion.objects.filter(number=1).update(trashed_at=timezone.now() - timedelta(days=31))
    assert [version.reference for version in purge_trash(actor="ada").versions] == ["late:1"]
    assert ModelVersion.objects.get().reference == "late:2"


def test_what_is_not_in_the_trash_stays(late_v1: ModelVersion) -> None:
    assert purge_trash(actor="ada", older_than=NOW).versions == []
    assert ModelVersion.objects.exists()


def test_what_is_referred_to_stays_whole_and_says_by_what(late_v1: ModelVersion) -> None:
    trash_all(late_v1)
    Prediction.objects.create(model_version=late_v1, **RECEIPT)
    before, events = objects(), AuditEvent.objects.count()
    kept = {"late:1": "1 prediction receipt refers to it"}
    assert purgeable(older_than=NOW).kept == purge_trash(actor="ada", older_than=NOW).kept == kept
    assert (objects(), AuditEvent.objects.count(), ModelVersion.objects.count()) == (before, events, 1)


def test_a_dataset_stays_while_a_version_of_it_does(late_v1: ModelVersion) -> None:
    trash_all(late_v1, late_v1.dataset_version)
    Prediction.objects.create(model_version=late_v1, **RECEIPT)
    reason = "late:1, which stays in the trash, was trained on it"
    assert purgeable(older_than=NOW).kept["departures:1"] == reason
    purge_trash(actor="ada", older_than=NOW)
    assert DatasetVersion.objects.exists()


def test_asking_what_would_go_changes_nothing(late_v1: ModelVersion) -> None:
    trash_all(late_v1, late_v1.dataset_version)
    before = objects(), AuditEvent.objects.count()
    purged = purgeable(older_than=NOW)
    assert [version.reference for version in purged.versions] == ["late:1", "departures:1"]
    assert purged.size_bytes == late_v1.size_bytes + late_v1.dataset_version.size_bytes
    assert (objects(), AuditEvent.objects.count()) == before


def test_a_version_that_is_restored_while_the_trash_is_emptied_stays(
    late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    trash_all(late_v1)
    listed = trash._trashed_before(timezone.now())
    ModelVersion.objects.update(trashed_at=None)
    monkeypatch.setattr(trash, "_trashed_before", lambda limit: listed)
    purged = purge_trash(actor="ada", older_than=NOW)
    assert (purged.versions, purged.kept, ModelVersion.objects.count()) == ([], {}, 1)


@pytest.mark.django_db(transaction=True)
def test_the_manifest_of_a_failed_version_goes_with_it(tmp_path: Path) -> None:
    version = make_version(tmp_path)
    ModelVersion.objects.update(status="PENDING")
    fail(version, "It was killed")
    assert [key for key in objects("models/tumour") if key.endswith("failed.json")]
    trash_all(version)
    purge_trash(actor="ada", older_than=NOW)
    assert objects("models/tumour") == ["models/tumour/manifest.json"]


def test_the_manifest_of_a_failed_version_is_not_stored_after_it_is_gone(late_v1: ModelVersion) -> None:
    """It waits in the database, as when the storage could not be reached."""
    ModelVersion.objects.update(status="PENDING")
    with defer_storing():
        fail(late_v1, "It was killed")
    trash_all(late_v1)
    purge_trash(actor="ada", older_than=NOW)
    assert not UnstoredManifest.objects.filter(key__endswith="failed.json").exists()


def test_after_an_object_that_can_not_be_deleted_no_further_row_goes(
    late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, key: str, *, upload_token: str) -> None:
        raise StorageError("Access denied.")

    trash_all(late_v1, later_version(late_v1))
    monkeypatch.setattr(LocalCatalogStorage, "delete_own", refuse)
    with pytest.raises(
        StorageError, match=r"^late:1 left the catalog, but not all .* verify_catalog.* Access denied\.$"
    ):
        purge_trash(actor="ada", older_than=NOW)
    assert [version.reference for version in ModelVersion.objects.all()] == ["late:2"]


def test_a_rollback_to_a_purged_version_says_that_it_was_deleted(late_v1: ModelVersion) -> None:
    later_version(late_v1)
    for number in (1, 2):
        promote(reference=f"late:{number}", alias="production", actor="ada")
    trash_all(late_v1)
    purge_trash(actor="ada", older_than=NOW)
    with pytest.raises(NotFound, match=r"can't be rolled back: late:1, which held it before, was deleted\."):
        roll_back(name="late", alias="production", actor="ada")


def test_the_model_stays_when_its_last_version_is_purged(late_v1: ModelVersion) -> None:
    promote(reference="late:1", alias="staging", actor="ada")
    remove_alias(name="late", alias="staging", actor="ada")
    trash_all(late_v1)
    purge_trash(actor="ada", older_than=NOW)
    assert RegisteredModel.objects.get().next_number == 2


def test_a_version_whose_object_carries_another_token_stays_and_is_named(late_v1: ModelVersion) -> None:
    trash_all(late_v1)
    ModelVersion.objects.update(upload_token="x" * 32)
    purged = purge_trash(actor="ada", older_than=NOW)
    assert (purged.versions, ModelVersion.objects.count()) == ([], 1)
    assert purged.remaining == [late_v1.artifact.path, str(Path(late_v1.artifact.path).with_name("manifest.json"))]
    assert late_v1.artifact.path in purged.kept["late:1"]
    assert len(objects("models/late/v0001")) == 2


def test_what_the_storage_does_not_delete_is_named(late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    trash_all(late_v1)
    monkeypatch.setattr(LocalCatalogStorage, "delete_own", lambda self, key, *, upload_token: False)
    purged = purge_trash(actor="ada", older_than=NOW)
    assert [Path(address).name for address in purged.remaining] == ["manifest.json", Path(late_v1.artifact.name).name]
