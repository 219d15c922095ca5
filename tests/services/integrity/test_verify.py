from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.exceptions import AccessDenied, DigestMismatch, StorageError
from catalog.models import Alias, AuditEvent, Dataset, ModelVersion, Prediction, RegisteredModel, UnstoredManifest
from catalog.services.integrity.findings import Finding
from catalog.services.integrity.object_reading import Reader
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.starting import start_prediction
from catalog.services.persistence.signing import verify_manifest
from catalog.services.prediction.predict import PredictionRequest
from catalog.services.registry.aliases import promote, remove_alias
from catalog.services.registry.curation import archive, describe_dataset, move_to_trash, write_notes
from catalog.storage.keys import event_manifest, parent_manifest
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.catalogs import add_digest, another, beside, flip, forge, kinds, later, path_of, settle


def only(**options: Any) -> Finding:
    (finding,) = verify_catalog(**options).findings
    return finding


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


@pytest.mark.parametrize("state", ["READY", "QUARANTINED", "ARCHIVED", "TRASHED"])
def test_a_missing_object_is_found_in_every_state(sound: ModelVersion, state: str) -> None:
    version = another(sound, status="QUARANTINED" if state == "QUARANTINED" else "READY")
    if state == "ARCHIVED":
        archive(version=version, actor="ada")
    if state == "TRASHED":
        move_to_trash(version=version, actor="ada")
    settle()
    Path(version.artifact.path).unlink()
    finding = only()
    assert (finding.kind, finding.where, finding.repair) == ("object missing", "late:2", None)
    assert version.artifact.path in finding.what


def test_a_missing_dataset_and_a_missing_receipts_output_are_found(sound: ModelVersion, receipt: Prediction) -> None:
    Path(sound.dataset_version.file.path).unlink()  # type: ignore[union-attr]
    Path(receipt.output.path).unlink()
    found = verify_catalog().findings
    assert [finding.where for finding in found] == ["departures:1", f"receipt {receipt.pk}"]


def test_an_object_of_another_size_is_found(sound: ModelVersion) -> None:
    with Path(sound.artifact.path).open("ab") as file:
        file.write(b"more")
    finding = only()
    assert finding.kind == "object changed"
    assert f"has {sound.size_bytes + 4:,} bytes, expected {sound.size_bytes:,}" in finding.what


def test_an_object_with_another_token_is_found(sound: ModelVersion) -> None:
    ModelVersion.objects.update(upload_token="x" * 32)
    assert "object changed" in kinds(verify_catalog())


@pytest.mark.parametrize("part", [0, 0.5, 1])
def test_a_changed_byte_of_an_object_is_found_by_deep(sound: ModelVersion, part: float) -> None:
    flip(Path(sound.artifact.path), part)
    assert verify_catalog().findings == []
    finding = only(deep=True)
    assert (finding.kind, finding.where) == ("object changed", "late:1")
    assert f"expected {sound.sha256}" in finding.what


def test_deep_leaves_the_cache_alone(sound: ModelVersion, settings: Any) -> None:
    before = sorted(Path(settings.CATALOG_CACHE_DIR).rglob("*"))
    for path in before:
        if path.is_file():
            path.unlink()
    verify_catalog(deep=True)
    assert not [path for path in Path(settings.CATALOG_CACHE_DIR).rglob("*") if path.is_file()]


@pytest.mark.parametrize("part", [0, 0.2, 0.5, 0.8, 1])
def test_a_changed_byte_of_a_manifest_is_found(sound: ModelVersion, part: float) -> None:
    flip(beside(sound), part)
    finding = only()
    assert (finding.kind, finding.where) == ("manifest altered", "late:1")


def test_every_byte_of_a_manifest_counts(sound: ModelVersion) -> None:
    content = path_of(parent_manifest("dataset", "departures")).read_bytes()
    assert verify_manifest(content)["name"] == "departures"
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(DigestMismatch):
            verify_manifest(bytes(changed))


def test_the_manifest_of_another_version_is_found(sound: ModelVersion) -> None:
    version = another(sound)
    beside(version).write_bytes(beside(sound).read_bytes())
    finding = only()
    assert (finding.kind, finding.where) == ("manifest altered", "late:2")
    assert "it is the manifest of something else: its number is 1, expected 2" in finding.what


def test_missing_manifests_of_all_kinds_are_found(sound: ModelVersion, receipt: Prediction) -> None:
    event = AuditEvent.objects.latest("id")
    rows = [sound, sound.dataset_version, receipt]
    for path in (
        *map(beside, rows),
        path_of(parent_manifest("dataset", "departures")),
        path_of(parent_manifest("registeredmodel", "late")),
        path_of(event_manifest("model", "late", event.pk, event.verb)),
    ):
        path.unlink()
    found = verify_catalog().findings
    assert {finding.kind for finding in found} == {"manifest missing"}
    assert {finding.where for finding in found} == {
        "late:1",
        "departures:1",
        f"receipt {receipt.pk}",
        "dataset departures",
        "registered model late",
        f"event {event.pk} of late:1",
    }


@pytest.mark.parametrize(
    ("model", "changed", "where"),
    [
        (ModelVersion, {"notes": "Changed by hand"}, "late:1"),
        (ModelVersion, {"archived_at": timezone.now()}, "late:1"),
        (RegisteredModel, {"description": "Changed by hand"}, "registered model late"),
        (Prediction, {"row_count": 7}, "receipt"),
    ],
)
def test_a_row_changed_past_the_services_is_found(
    sound: ModelVersion, model: Any, changed: dict[str, Any], where: str
) -> None:
    model.objects.update(**changed)
    found = [finding for finding in verify_catalog().findings if finding.kind == "manifest differs"]
    assert [finding.where.startswith(where) for finding in found] == [True]
    assert f"{next(iter(changed))} is" in found[0].what
    assert found[0].repair is None


def test_another_event_under_the_same_id_is_found(sound: ModelVersion) -> None:
    event = AuditEvent.objects.latest("id")
    path = path_of(event_manifest("model", "late", event.pk, event.verb))
    forge(path, actor="eve")
    finding = only()
    assert (finding.kind, finding.where) == ("manifest differs", f"event {event.pk} of late:1")
    assert "actor is 'ada' in the database, 'eve' by its manifest" in finding.what


def test_an_unknown_format_is_named(sound: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.persistence.signing.FORMAT", 2)
    found = verify_catalog().findings
    assert "it has the format 1, and this release reads format 2" in found[0].what


def test_a_waiting_manifest_is_found_and_nothing_else(sound: ModelVersion) -> None:
    archive(version=another(sound), actor="ada")
    finding = only()
    assert finding.kind == "manifest waiting"
    assert finding.where == UnstoredManifest.objects.get().key


def test_a_write_that_stopped_is_found_after_an_hour(sound: ModelVersion) -> None:
    another(sound, status="PENDING")
    assert verify_catalog(now=later(minutes=59)).findings == []
    finding = only(now=later(minutes=61))
    assert (finding.kind, finding.where) == ("abandoned write", "late:2")


def test_an_alias_to_a_version_that_is_not_ready_is_found(sound: ModelVersion) -> None:
    ModelVersion.objects.update(status="QUARANTINED")
    found = [finding for finding in verify_catalog().findings if finding.kind == "alias"]
    assert [finding.where for finding in found] == ["late@production"]
    assert "points to late:1, which is QUARANTINED" in found[0].what


def test_an_alias_that_moved_without_an_event_is_found(sound: ModelVersion) -> None:
    Alias.objects.update(model_version=another(sound))
    finding = only()
    assert (finding.kind, finding.where) == ("alias", "late@production")
    assert finding.what == "points to late:2, and its history leaves it at version 1"


def test_an_alias_that_went_without_an_event_is_found(sound: ModelVersion) -> None:
    Alias.objects.all().delete()
    assert only().what == "is not there, and its history leaves it at version 1"


def test_an_object_of_no_row_is_found_after_a_day(sound: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"left")
    LocalCatalogStorage(location=path_of("")).put(
        "models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path / "x", upload_token="t" * 32, sha256=""
    )
    assert verify_catalog(now=later(hours=23)).findings == []
    finding = only(now=later(hours=25))
    assert (finding.kind, finding.what) == ("orphan", "belongs to no row")
    assert finding.where.endswith("models/late/v0007/aaaaaaaaaaaa-model.joblib")


def test_a_file_of_somebody_else_is_found_and_left_to_people(sound: ModelVersion) -> None:
    path_of("notes.txt").write_text("ours")
    finding = only(now=later(days=2))
    assert (finding.kind, finding.repair) == ("orphan", None)
    assert "not stored by the catalog" in finding.to_do


@pytest.mark.parametrize("text", ["[1\n}", "[" * 100_000 + "\n}", "[]\n}", '{"format": 1\n}'])
def test_what_is_no_manifest_is_found_in_spite_of_its_digest(sound: ModelVersion, text: str) -> None:
    beside(sound).write_text(add_digest(text))
    assert kinds(verify_catalog()) == ["manifest altered"]


def test_versions_that_the_database_lacks_are_one_finding_a_parent(sound: ModelVersion) -> None:
    Alias.objects.all().delete()
    Prediction.objects.all().delete()
    ModelVersion.objects.all().delete()
    found = verify_catalog(now=later(days=2)).findings
    lacking = {finding.where: finding.what for finding in found if finding.kind == "not in the database"}
    assert lacking == {
        "model late": "1 version in storage, not in the database",
    } | {key: what for key, what in lacking.items() if "receipt" in what}
    assert any("1 receipt in storage" in what for what in lacking.values())
    assert {str(finding.kind) for finding in found} == {"not in the database", "alias"}
    assert all(finding.repair is None for finding in found)


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
    version, stats = another(sound), Reader.stats

    def purge_first(self: Reader, keys: Any) -> Any:
        keys = list(keys)
        if version.stored_key in keys and Path(version.artifact.path).exists():
            ModelVersion.objects.filter(pk=version.pk).delete()
            Path(version.artifact.path).unlink()
        return stats(self, keys)

    monkeypatch.setattr(Reader, "stats", purge_first)
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
    assert only(now=later(days=2)).where == "late:5"


def test_replay_finds_a_model_that_predicts_otherwise(sound: ModelVersion) -> None:
    sample = sound.report["sample"]
    report = {
        **sound.report,
        "sample": {**sample, "predictions": [not sample["predictions"][0], *sample["predictions"][1:]]},
    }
    ModelVersion.objects.update(report=report)
    found = [finding for finding in verify_catalog(replay=True).findings if finding.kind == "not reproduced"]
    assert [finding.where for finding in found] == ["late:1"]
    assert "1 of 20 sample rows are predicted otherwise than in training: row 1 as" in found[0].what


def test_replay_says_why_a_model_can_not_be_loaded(sound: ModelVersion, settings: Any) -> None:
    environment = {**sound.environment, "versions": {**sound.environment["versions"], "scikit-learn": "1.2.3"}}
    ModelVersion.objects.update(environment=environment)
    found = [finding for finding in verify_catalog(replay=True).findings if finding.kind == "not reproduced"]
    assert "1.2.3" in found[0].what


def test_an_event_that_another_process_stores_meanwhile_is_not_missing(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = AuditEvent.objects.latest("id")
    path = path_of(event_manifest("model", "late", event.pk, event.verb))
    hidden = path.with_name(".hidden")
    path.rename(hidden)
    manifests = UnstoredManifest.objects.filter

    def store_meanwhile(**lookups: Any) -> Any:
        if hidden.exists() and "key__in" in lookups:
            hidden.rename(path)
        return manifests(**lookups)

    monkeypatch.setattr(UnstoredManifest.objects, "filter", store_meanwhile)
    assert verify_catalog().findings == []
