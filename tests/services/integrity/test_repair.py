"""Each repair does what it says, and nothing that a row refers to or that is younger than a day is ever removed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import StorageError
from catalog.models import Alias, AuditEvent, Dataset, ModelVersion, Prediction, UnstoredManifest
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence.signing import verify_manifest
from catalog.services.registry.curation import archive, move_to_trash
from catalog.services.registry.trash import purge_trash
from catalog.storage.keys import event_manifest, failed_beside, manifest_beside, parent_manifest
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.catalogs import another, beside, flip, forge, kinds, later, path_of, repaired, settle


def put(key: str, folder: Path, token: str = "t" * 32) -> Path:
    (folder / "left").write_bytes(b"left")
    LocalCatalogStorage(location=path_of("")).put(key, folder / "left", upload_token=token, sha256="")
    return path_of(key)


def test_a_sound_catalog_needs_no_repair(sound: ModelVersion) -> None:
    assert repaired(later(days=2)) == []


def test_verifying_changes_nothing(sound: ModelVersion, tmp_path: Path) -> None:
    left = put("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    another(sound, status="PENDING")
    beside(sound).unlink()
    assert len(verify_catalog(now=later(days=2)).repairs) == 3
    assert left.exists()
    assert not beside(sound).exists()
    assert ModelVersion.objects.get(number=2).status == "PENDING"


def test_a_waiting_manifest_is_stored(sound: ModelVersion) -> None:
    archive(version=another(sound), actor="ada")
    key = UnstoredManifest.objects.get().key
    assert repaired() == [f"store the waiting manifest {path_of(key)}"]
    assert verify_manifest(path_of(key).read_bytes())["verb"] == "archived"
    assert not UnstoredManifest.objects.exists()


def test_missing_manifests_of_all_kinds_are_stored_from_the_rows(sound: ModelVersion, receipt: Prediction) -> None:
    event = AuditEvent.objects.latest("id")
    keys = [manifest_beside(row.stored_key) for row in (sound, sound.dataset_version, receipt)]  # type: ignore[union-attr]
    keys += [parent_manifest("dataset", "departures"), event_manifest("model", "late", event.pk, event.verb)]
    before = {key: verify_manifest(path_of(key).read_bytes()) for key in keys}
    for key in keys:
        path_of(key).unlink()
    assert len(repaired()) == 5
    assert {key: verify_manifest(path_of(key).read_bytes()) for key in keys} == before


def test_the_missing_manifest_of_a_changed_version_tells_of_the_change(sound: ModelVersion) -> None:
    version = archive(version=another(sound), actor="ada")
    settle()
    beside(version).unlink()
    assert repaired() == ["store the manifest of late:2"]
    assert verify_manifest(beside(version).read_bytes())["archived_at"] == version.archived_at.isoformat()  # type: ignore[union-attr]


def test_an_altered_manifest_is_replaced_once_it_is_a_day_old(sound: ModelVersion) -> None:
    before = beside(sound).read_bytes()
    flip(beside(sound))
    assert repaired(later(hours=23)) == []
    assert beside(sound).read_bytes() != before
    assert repaired(later(hours=25)) == ["replace the manifest of late:1"]
    assert beside(sound).read_bytes() == before


def test_an_altered_manifest_without_token_is_left_to_people(sound: ModelVersion) -> None:
    text = beside(sound).read_text()
    beside(sound).unlink()
    beside(sound).write_text(text.replace("late", "late "))
    assert repaired(later(days=2)) == []
    assert beside(sound).exists()


def test_a_manifest_that_differs_is_left_to_people(sound: ModelVersion) -> None:
    forge(beside(sound), notes="Forged")
    assert repaired(later(days=2)) == []
    assert verify_manifest(beside(sound).read_bytes())["notes"] == "Forged"


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_object_is_never_repaired_away(sound: ModelVersion, damage: str) -> None:
    path = Path(sound.artifact.path)
    path.unlink() if damage == "missing" else path.write_bytes(b"short")
    assert repaired(later(days=2)) == []
    sound.refresh_from_db()
    assert (sound.status, path.exists()) == ("READY", damage == "changed")


def test_an_abandoned_write_becomes_failed_with_its_event_and_manifest(sound: ModelVersion) -> None:
    version = another(sound, status="PENDING")
    assert repaired(later(hours=2)) == ["mark as FAILED late:2"]
    version.refresh_from_db()
    event = AuditEvent.objects.latest("id")
    assert version.status == "FAILED"
    assert (event.verb, event.reference, event.actor, event.reason) == ("failed", "late:2", "ada", version.failure)
    assert verify_manifest(path_of(failed_beside(version.stored_key)).read_bytes())["failure"] == version.failure


def test_an_abandoned_receipt_becomes_failed(sound: ModelVersion, receipt: Prediction) -> None:
    Prediction.objects.update(status="PENDING")
    assert repaired(later(hours=2)) == [f"mark as FAILED receipt {receipt.pk}"]
    assert Prediction.objects.get().status == "FAILED"


def stopped(version: ModelVersion) -> ModelVersion:
    """As when the process is killed after storing object and manifest: without an event."""
    event = AuditEvent.objects.get(version_number=version.number)
    path_of(event_manifest("model", "late", event.pk, event.verb)).unlink()
    AuditEvent.objects.filter(pk=event.pk)._raw_delete("default")
    ModelVersion.objects.filter(pk=version.pk).update(status="PENDING")
    return version


def test_what_an_abandoned_write_left_stays_for_a_day(sound: ModelVersion) -> None:
    version = stopped(another(sound))
    assert repaired(later(hours=23)) == ["mark as FAILED late:2"]
    assert Path(version.artifact.path).exists()
    assert repaired(later(hours=25)) == [f"remove {version.artifact.path}", f"remove {beside(version)}"]
    assert not Path(version.artifact.path).exists()
    assert path_of(failed_beside(version.stored_key)).exists()


def test_all_is_done_in_one_run(sound: ModelVersion) -> None:
    version = stopped(another(sound))
    assert len(repaired(later(hours=25))) == 3
    assert not Path(version.artifact.path).exists()


def test_what_belongs_to_another_write_stays_where_a_write_failed(sound: ModelVersion) -> None:
    """As when a new database meets an old folder: the number is the same, and the object is not ours."""
    version = another(sound)
    ModelVersion.objects.filter(pk=version.pk).update(status="FAILED", upload_token="other")
    found = [finding for finding in verify_catalog(now=later(days=2)).findings if finding.where == "late:2"]
    assert {finding.kind for finding in found} >= {"not in the database"}
    repair_catalog(verified=verify_catalog(now=later(days=2)), actor="ada", now=later(days=2))
    assert Path(version.artifact.path).exists()
    assert beside(version).exists()


def test_an_orphan_is_removed_after_a_day(sound: ModelVersion, tmp_path: Path) -> None:
    left = put("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    assert repaired(later(hours=23)) == []
    assert repaired(later(hours=25)) == [f"remove {left}"]
    assert not left.exists()


@pytest.mark.parametrize("key", ["notes.txt", "models/late/v0001/notes.txt"])
def test_a_file_of_somebody_else_is_not_removed(sound: ModelVersion, key: str) -> None:
    path_of(key).write_text("ours")
    assert repaired(later(days=2)) == []
    assert path_of(key).exists()


def test_what_the_database_lacks_is_never_removed(sound: ModelVersion) -> None:
    """A new database before its rebuild: every object in storage belongs to no row."""
    before = sorted(path_of("").rglob("*"))
    for model in (Alias, Prediction, ModelVersion):
        model._default_manager.all().delete()
    sound.dataset_version.delete()  # type: ignore[union-attr]
    sound.registered_model.delete()
    Dataset.objects.all().delete()
    AuditEvent.objects.all()._raw_delete("default")
    assert repaired(later(days=300)) == []
    assert sorted(path_of("").rglob("*")) == before


def test_while_the_database_lacks_versions_no_orphan_is_removed(sound: ModelVersion, tmp_path: Path) -> None:
    left = put("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    put("models/late/v0008/nested/deeper/x", tmp_path, token="u" * 32)
    Prediction.objects.all().delete()
    assert repaired(later(days=2)) == []
    assert left.exists()


def test_a_folder_within_a_versions_folder_does_not_make_it_an_orphan(sound: ModelVersion, tmp_path: Path) -> None:
    """Its key lies between that of the object and that of the manifest."""
    version = another(sound)
    put(f"models/late/v0002/{version.sha256[:12]}-n/nested", tmp_path)
    stopped(version).delete()
    orphans = [finding.where for finding in verify_catalog(now=later(days=2)).findings if finding.kind == "orphan"]
    assert [Path(where).name for where in orphans] == ["nested"]


def test_what_a_purge_could_not_delete_is_removed(sound: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    version = another(sound)
    move_to_trash(version=version, actor="ada")

    def refuse(self: LocalCatalogStorage, key: str, **options: Any) -> None:
        raise StorageError("The network is gone.")

    with monkeypatch.context() as patched:
        patched.setattr(LocalCatalogStorage, "delete_own", refuse)
        with pytest.raises(StorageError):
            purge_trash(actor="ada", older_than=timedelta())
    settle()
    assert repaired(later(hours=23)) == []
    assert repaired(later(hours=25)) == [f"remove {version.artifact.path}", f"remove {beside(version)}"]


def test_an_object_that_a_row_refers_to_by_now_is_not_removed(sound: ModelVersion, tmp_path: Path) -> None:
    left = put("models/late/v0002/aaaaaaaaaaaa-model.joblib", tmp_path)
    verified = verify_catalog(now=later(days=2))
    assert kinds(verified) == ["orphan"]
    another(sound, status="PENDING", artifact="models/late/v0002/aaaaaaaaaaaa-model.joblib")
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(days=2))
    assert done.problem == "late:2 refers to it and is PENDING."
    assert left.exists()


def test_an_object_stored_anew_meanwhile_is_not_removed(sound: ModelVersion, tmp_path: Path) -> None:
    left = put("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    verified = verify_catalog(now=later(days=2))
    LocalCatalogStorage(location=path_of("")).delete_own(
        left.relative_to(path_of("")).as_posix(), upload_token="t" * 32
    )
    put("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path, token="u" * 32)
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(days=2))
    assert done.problem.endswith("was stored anew meanwhile.")
    assert left.exists()


def test_the_age_is_judged_again_when_it_is_repaired(sound: ModelVersion, tmp_path: Path) -> None:
    left = put("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    verified = verify_catalog(now=later(days=2))
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(hours=23))
    assert done.problem.endswith("was stored anew meanwhile.")
    assert left.exists()


def test_a_write_that_ended_meanwhile_is_not_marked_failed(sound: ModelVersion) -> None:
    version = another(sound, status="PENDING")
    verified = verify_catalog(now=later(hours=2))
    ModelVersion.objects.filter(pk=version.pk).update(status="READY")
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(hours=2))
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
    assert repaired() == ["store the manifest of departures:1: The disk is full.", "store the manifest of late:1"]
