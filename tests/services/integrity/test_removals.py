"""What a repair removes from storage, and what it never does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import StorageError
from catalog.models import Alias, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.curation import move_to_trash
from catalog.services.registry.trash import purge_trash
from catalog.storage.keys import failed_beside
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.catalogs import (
    another,
    beside,
    kinds,
    later,
    path_of,
    put_file,
    repair_all,
    settle,
    stop_write,
)
from tests.services.integrity.rebuilds import forget_events


def test_what_an_abandoned_write_left_stays_for_a_day(sound: ModelVersion) -> None:
    version = stop_write(another(sound))
    assert repair_all(later(hours=23)) == ["mark as FAILED late:2"]
    assert Path(version.artifact.path).exists()
    assert repair_all(later(hours=25)) == [f"remove {version.artifact.path}", f"remove {beside(version)}"]
    assert not Path(version.artifact.path).exists()
    assert path_of(failed_beside(version.stored_key)).exists()


def test_all_is_done_in_one_run(sound: ModelVersion) -> None:
    version = stop_write(another(sound))
    assert len(repair_all(later(hours=25))) == 3
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
    left = put_file("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    assert repair_all(later(hours=23)) == []
    assert repair_all(later(hours=25)) == [f"remove {left}"]
    assert not left.exists()


@pytest.mark.parametrize("key", ["notes.txt", "models/late/v0001/notes.txt"])
def test_a_file_of_somebody_else_is_not_removed(sound: ModelVersion, key: str) -> None:
    path_of(key).write_text("ours")
    assert repair_all(later(days=2)) == []
    assert path_of(key).exists()


def test_what_the_database_lacks_is_never_removed(sound: ModelVersion) -> None:
    """A new database before its rebuild: every object in storage belongs to no row."""
    before = sorted(path_of("").rglob("*"))
    for model in (Alias, Prediction, ModelVersion, RegisteredModel, DatasetVersion, Dataset):
        model._default_manager.all().delete()
    forget_events()
    assert repair_all(later(days=300)) == []
    assert sorted(path_of("").rglob("*")) == before


def test_while_the_database_lacks_versions_no_orphan_is_removed(sound: ModelVersion, tmp_path: Path) -> None:
    left = put_file("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    put_file("models/late/v0008/nested/deeper/x", tmp_path, token="u" * 32)
    Prediction.objects.all().delete()
    assert repair_all(later(days=2)) == []
    assert left.exists()


def test_a_folder_within_a_versions_folder_does_not_make_it_an_orphan(sound: ModelVersion, tmp_path: Path) -> None:
    """Its key lies between that of the object and that of the manifest."""
    version = another(sound)
    put_file(f"models/late/v0002/{version.sha256[:12]}-n/nested", tmp_path)
    stop_write(version).delete()
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
    assert repair_all(later(hours=23)) == []
    assert repair_all(later(hours=25)) == [f"remove {version.artifact.path}", f"remove {beside(version)}"]


def test_an_object_that_a_row_refers_to_by_now_is_not_removed(sound: ModelVersion, tmp_path: Path) -> None:
    left = put_file("models/late/v0002/aaaaaaaaaaaa-model.joblib", tmp_path)
    verified = verify_catalog(now=later(days=2))
    assert kinds(verified) == ["orphan"]
    another(sound, status="PENDING", artifact="models/late/v0002/aaaaaaaaaaaa-model.joblib")
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(days=2))
    assert done.problem == "late:2 refers to it and is PENDING."
    assert left.exists()


def test_an_object_stored_anew_meanwhile_is_not_removed(sound: ModelVersion, tmp_path: Path) -> None:
    left = put_file("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    verified = verify_catalog(now=later(days=2))
    LocalCatalogStorage(location=path_of("")).delete_own(
        left.relative_to(path_of("")).as_posix(), upload_token="t" * 32
    )
    put_file("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path, token="u" * 32)
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(days=2))
    assert done.problem.endswith("was stored anew meanwhile.")
    assert left.exists()


def test_the_age_is_judged_again_when_it_is_repaired(sound: ModelVersion, tmp_path: Path) -> None:
    left = put_file("models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path)
    verified = verify_catalog(now=later(days=2))
    (done,) = repair_catalog(verified=verified, actor="ada", now=later(hours=23))
    assert done.problem.endswith("was stored anew meanwhile.")
    assert left.exists()
