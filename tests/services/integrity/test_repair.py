from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import StorageError
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, Prediction, UnstoredManifest
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence.signing import verify_manifest
from catalog.services.registry.curation import archive
from catalog.storage.keys import event_manifest, failed_beside, manifest_beside, parent_manifest
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.catalogs import (
    another,
    beside,
    flip,
    forge,
    later,
    path_of,
    put_file,
    repair_all,
    settle,
)


def test_a_sound_catalog_needs_no_repair(sound: ModelVersion) -> None:
    assert repair_all(later(days=2)) == []


def test_verifying_changes_nothing(sound: ModelVersion, tmp_path: Path) -> None:
    left = put_file("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    another(sound, status="PENDING")
    beside(sound).unlink()
    assert len(verify_catalog(now=later(days=2)).repairs) == 3
    assert left.exists()
    assert not beside(sound).exists()
    assert ModelVersion.objects.get(number=2).status == "PENDING"


def test_a_waiting_manifest_is_stored(sound: ModelVersion) -> None:
    archive(version=another(sound), actor="ada")
    key = UnstoredManifest.objects.get().key
    assert repair_all() == [f"store the waiting manifest {path_of(key)}"]
    assert verify_manifest(path_of(key).read_bytes())["verb"] == "archived"
    assert not UnstoredManifest.objects.exists()


def test_missing_manifests_of_all_kinds_are_stored_from_the_rows(sound: ModelVersion, receipt: Prediction) -> None:
    event = AuditEvent.objects.latest("id")
    keys = [manifest_beside(row.stored_key) for row in (sound, DatasetVersion.objects.get(), receipt)]
    keys += [parent_manifest("dataset", "departures"), event_manifest("model", "late", event.pk, event.verb)]
    before = {key: verify_manifest(path_of(key).read_bytes()) for key in keys}
    for key in keys:
        path_of(key).unlink()
    assert len(repair_all()) == 5
    assert {key: verify_manifest(path_of(key).read_bytes()) for key in keys} == before


def test_the_missing_manifest_of_a_changed_version_tells_of_the_change(sound: ModelVersion) -> None:
    version = archive(version=another(sound), actor="ada")
    settle()
    beside(version).unlink()
    assert repair_all() == ["store the manifest of late:2"]
    assert datetime.fromisoformat(verify_manifest(beside(version).read_bytes())["archived_at"]) == version.archived_at


def test_an_altered_manifest_is_replaced_once_it_is_a_day_old(sound: ModelVersion) -> None:
    before = beside(sound).read_bytes()
    flip(beside(sound))
    assert repair_all(later(hours=23)) == []
    assert beside(sound).read_bytes() != before
    assert repair_all(later(hours=25)) == ["replace the manifest of late:1"]
    assert verify_manifest(beside(sound).read_bytes()) == verify_manifest(before)  # PostgreSQL sorts names in JSON


def test_an_altered_manifest_without_token_is_left_to_people(sound: ModelVersion) -> None:
    text = beside(sound).read_text()
    beside(sound).unlink()
    beside(sound).write_text(text.replace("late", "late "))
    assert repair_all(later(days=2)) == []
    assert beside(sound).exists()


def test_a_manifest_that_differs_is_left_to_people(sound: ModelVersion) -> None:
    forge(beside(sound), notes="Forged")
    assert repair_all(later(days=2)) == []
    assert verify_manifest(beside(sound).read_bytes())["notes"] == "Forged"


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_object_is_never_repaired_away(sound: ModelVersion, damage: str) -> None:
    path = Path(sound.artifact.path)
    path.unlink() if damage == "missing" else path.write_bytes(b"short")
    assert repair_all(later(days=2)) == []
    sound.refresh_from_db()
    assert (sound.status, path.exists()) == ("READY", damage == "changed")


def test_an_abandoned_write_becomes_failed_with_its_event_and_manifest(sound: ModelVersion) -> None:
    version = another(sound, status="PENDING")
    assert repair_all(later(hours=7)) == ["mark as FAILED late:2"]
    version.refresh_from_db()
    event = AuditEvent.objects.latest("id")
    assert version.status == "FAILED"
    assert (event.verb, event.reference, event.actor, event.reason) == ("failed", "late:2", "ada", version.failure)
    assert verify_manifest(path_of(failed_beside(version.stored_key)).read_bytes())["failure"] == version.failure


def test_an_abandoned_receipt_becomes_failed(sound: ModelVersion, receipt: Prediction) -> None:
    Prediction.objects.update(status="PENDING")
    assert repair_all(later(hours=7)) == [f"mark as FAILED receipt {receipt.pk}"]
    assert Prediction.objects.get().status == "FAILED"


def test_a_write_that_ended_meanwhile_is_not_marked_failed(sound: ModelVersion) -> None:
    version = another(sound, status="PENDING")
    verified = verify_catalog(now=later(hours=7))
    ModelVersion.objects.filter(pk=version.pk).update(status="READY")
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(hours=7))
    assert done.problem == "late:2 is READY now."


def test_a_repair_that_fails_does_not_keep_the_others_from_it(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_object = LocalCatalogStorage.put

    def refuse(self: LocalCatalogStorage, key: str, *arguments: Any, **options: Any) -> None:
        if key.startswith("datasets/"):
            raise StorageError("The disk is full.")
        put_object(self, key, *arguments, **options)

    beside(sound).unlink()
    beside(sound.dataset_version).unlink()
    monkeypatch.setattr(LocalCatalogStorage, "put", refuse)
    assert repair_all() == ["store the manifest of departures:1: The disk is full.", "store the manifest of late:1"]
