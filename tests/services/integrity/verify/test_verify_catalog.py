from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import AccessDenied, StorageError
from catalog.models import Dataset, ModelVersion
from catalog.services.integrity.object_reader import ObjectReader
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote, remove_alias
from catalog.services.registry.curation import archive, describe_dataset, move_to_trash, write_notes
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.catalogs import (
    another,
    kinds,
    later,
    only_finding,
    path_of,
    settle,
)


def test_a_sound_catalog_has_no_findings(sound: ModelVersion) -> None:
    verified = verify_catalog(deep=True, replay=True, now=later(days=2))
    assert (verified.findings, verified.notes) == ([], [])
    assert verified.checked["objects"] == 3
    assert verified.checked["manifests"] == 8
    assert verified.checked["replayed models"] == 1


def test_an_empty_catalog_has_no_findings(db: None) -> None:
    assert verify_catalog(deep=True, replay=True).findings == []


def test_what_services_change_later_is_not_a_finding(sound: ModelVersion) -> None:
    version = another(sound)
    write_notes(version=version, notes="At first", actor="ada")
    write_notes(version=version, notes='Ünïcode\n"quoted"', actor="ada")
    move_to_trash(version=archive(version=version, actor="ada"), actor="ada")
    describe_dataset(dataset=Dataset.objects.get(), description="All of 2013", actor="ada")
    another(sound, status="QUARANTINED")
    promote(reference="late:1", alias="staging", actor="ada")
    remove_alias(name="late", alias="staging", actor="ada")
    settle()
    assert verify_catalog(deep=True, now=later(days=2)).findings == []


def test_jobs_and_what_was_uploaded_for_them_are_no_findings(sound: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("carrier\nAA\n")
    job = start_prediction(request=PredictionRequest("late:1", str(tmp_path / "new.csv")), actor="ada")
    cancel_job(job=job, actor="ada")
    settle()
    assert verify_catalog(deep=True, now=later(days=2)).findings == []


def test_without_permission_to_list_all_but_orphans_is_checked(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: LocalCatalogStorage, prefix: str) -> Any:
        raise AccessDenied("Can't list.")

    monkeypatch.setattr(LocalCatalogStorage, "walk", refuse)
    path_of("notes.txt").write_text("ours")
    Path(sound.artifact.path).unlink()
    verified = verify_catalog(now=later(days=2))
    assert kinds(verified) == ["object missing"]
    assert "These keys may not list" in verified.notes[0]


def test_storage_that_does_not_answer_is_an_error_and_not_a_finding(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: LocalCatalogStorage, key: str) -> Any:
        raise StorageError("The server answered 500.")

    monkeypatch.setattr(LocalCatalogStorage, "stat", fail)
    with pytest.raises(StorageError, match="answered 500"):
        verify_catalog()


def test_an_answer_that_breaks_off_is_asked_for_again(sound: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    failures, stat = [StorageError("Cut"), StorageError("Cut")], LocalCatalogStorage.stat

    def fail_first(self: LocalCatalogStorage, key: str) -> Any:
        if failures:
            raise failures.pop()
        return stat(self, key)

    monkeypatch.setattr(LocalCatalogStorage, "stat", fail_first)
    assert verify_catalog().findings == []


def test_a_version_purged_while_it_is_checked_is_not_missed(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, stats = another(sound), ObjectReader.stats

    def purge_first(self: ObjectReader, keys: Any) -> Any:
        keys = list(keys)
        if version.stored_key in keys and Path(version.artifact.path).exists():
            ModelVersion.objects.filter(pk=version.pk).delete()
            Path(version.artifact.path).unlink()
        return stats(self, keys)

    monkeypatch.setattr(ObjectReader, "stats", purge_first)
    assert verify_catalog().findings == []
    assert not Path(version.artifact.path).exists()


def test_the_queries_do_not_grow_with_the_rows(
    sound: ModelVersion, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(6):
        another(sound)
    with django_assert_max_num_queries(30) as captured:
        assert verify_catalog(deep=True, now=later(days=2)).findings == []
    for _ in range(6):
        another(sound)
    with django_assert_max_num_queries(len(captured)):
        assert verify_catalog(deep=True, now=later(days=2)).findings == []


def test_more_rows_than_a_batch_are_all_checked(sound: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.integrity.row_batches.BATCH", 2)
    versions = [another(sound) for _ in range(4)]
    assert verify_catalog(now=later(days=2)).checked["model versions"] == 5
    Path(versions[-1].artifact.path).unlink()
    assert only_finding(now=later(days=2)).where == "late:5"
