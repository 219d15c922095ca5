from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.query import QuerySet

from catalog.exceptions import AccessDenied, NotFound, StorageError
from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, Job, ModelVersion, Prediction, RegisteredModel
from catalog.services.integrity.rebuild.rebuild_catalog import Rebuilt, rebuild_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.predict import PredictionRequest
from catalog.services.registry.aliases import promote, remove_alias, roll_back
from catalog.services.registry.curation import archive, describe_dataset, describe_model, move_to_trash, write_notes
from catalog.services.registry.trash import purge_trash
from catalog.storage.keys import event_manifest, failed_beside, parent_manifest
from catalog.storage.local import LocalCatalogStorage
from tests.catalog_rows import compare_catalogs, differences, snapshot
from tests.services.integrity.catalogs import another, beside, flip, forge, in_parts, later, path_of, repaired, settle


def empty_database() -> None:
    """Also of the events, which the models refuse to delete."""
    for model in (Alias, Prediction, ModelVersion, DatasetVersion, RegisteredModel, Dataset):
        model._default_manager.all().delete()
    forget_events()


def forget_events(**lookups: Any) -> None:
    AuditEvent.objects.filter(**lookups)._raw_delete("default")


def rebuilt_from_nothing() -> Rebuilt:
    empty_database()
    return rebuild_catalog(apply=True)


def told(rebuilt: Rebuilt) -> list[tuple[str, str]]:
    return [(str(finding.kind), finding.where) for finding in rebuilt.findings]


@pytest.fixture
def lived(sound: ModelVersion) -> ModelVersion:
    """`late:1` to `late:7`: curated, archived, in the trash, quarantined, failed and purged."""
    versions = {number: another(sound, status="QUARANTINED" if number == 5 else "READY") for number in (2, 3, 4, 5)}
    another(sound, status="PENDING")
    repaired(later(hours=2))
    purged = another(sound)
    write_notes(version=versions[2], notes='Ünïcode\n"quoted"', actor="grace")
    archive(version=versions[3], actor="ada", reason="Superseded")
    move_to_trash(version=purged, actor="ada")
    purge_trash(actor="ada", older_than=timedelta())
    move_to_trash(version=versions[4], actor="ada")
    describe_dataset(dataset=Dataset.objects.get(), description="All of 2013", actor="ada")
    card = {"description": "Which flights come late", "intended_use": "None", "limitations": "2013"}
    describe_model(model=sound.registered_model, **card, actor="ada")
    promote(reference="late:2", alias="production", actor="ada")
    promote(reference="late:2", alias="staging", actor="ada", reason="A try")
    roll_back(name="late", alias="production", actor="grace")
    remove_alias(name="late", alias="staging", actor="ada")
    settle()
    return sound


def test_all_that_a_catalog_went_through_comes_back(lived: ModelVersion) -> None:
    before = snapshot()
    states = {version.number: version.state for version in ModelVersion.objects.all()}
    rebuilt = rebuilt_from_nothing()
    compare_catalogs(before, snapshot())
    assert (rebuilt.findings, rebuilt.notes) == ([], [])
    assert states == {1: "READY", 2: "READY", 3: "ARCHIVED", 4: "TRASHED", 5: "QUARANTINED", 6: "FAILED"}


def test_a_prediction_in_parts_comes_back(sound: ModelVersion, receipt: Prediction) -> None:
    in_parts(receipt)
    before = snapshot()
    assert rebuilt_from_nothing().findings == []
    compare_catalogs(before, snapshot())
    assert verify_catalog(deep=True).findings == []


def test_what_people_did_with_jobs_comes_back_as_history_and_the_jobs_do_not(sound: ModelVersion) -> None:
    job = start_prediction(request=PredictionRequest("late:1", "dataset:departures"), actor="ada")
    cancel_job(job=job, actor="grace", reason="a mistake")
    settle()
    Job.objects.all().delete()
    assert [where for _, where in told(rebuilt_from_nothing()) if "job" in where] == []
    events = AuditEvent.objects.filter(object_type="job").order_by("id")
    assert [(event.verb, event.reason) for event in events] == [
        ("job_queued", "predict with late:1"),
        ("job_cancelled", "a mistake"),
    ]
    assert not Job.objects.exists()


def test_what_is_rebuilt_is_sound(lived: ModelVersion) -> None:
    rebuilt_from_nothing()
    assert verify_catalog(deep=True, replay=True).findings == []


def test_numbers_and_events_go_on_where_they_were(lived: ModelVersion) -> None:
    last = AuditEvent.objects.latest("id").pk
    rebuilt_from_nothing()
    version = another(ModelVersion.objects.get(number=1))
    assert (version.number, AuditEvent.objects.latest("id").pk) == (8, last + 1)


def test_aliases_come_back_with_their_history(lived: ModelVersion) -> None:
    rebuilt_from_nothing()
    history = AuditEvent.objects.of_alias("late", "production").order_by("id").values_list("to_value", flat=True)
    assert (list(history), Alias.objects.get().model_version.number) == (["1", "2", "1"], 1)
    with pytest.raises(NotFound, match="only version 1 has held it"):
        roll_back(name="late", alias="production", actor="ada")


def test_what_was_purged_stays_away_though_its_objects_could_not_be_deleted(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = another(sound)
    move_to_trash(version=version, actor="ada")

    def refuse(self: LocalCatalogStorage, key: str, **options: Any) -> None:
        raise StorageError("The network is gone.")

    with monkeypatch.context() as patched:
        patched.setattr(LocalCatalogStorage, "delete_own", refuse)
        with pytest.raises(StorageError):
            purge_trash(actor="ada", older_than=timedelta())
    settle()
    before = snapshot()
    assert beside(version).exists()
    assert rebuilt_from_nothing().findings == []
    compare_catalogs(before, snapshot())


def test_a_dry_run_changes_nothing_and_tells_the_same(lived: ModelVersion) -> None:
    empty_database()
    dry = rebuild_catalog(apply=False)
    assert snapshot() == {}
    assert rebuild_catalog(apply=True).missing == dry.missing
    assert dry.missing["audit events"] == AuditEvent.objects.count()


def test_a_second_rebuild_adds_nothing(lived: ModelVersion) -> None:
    rebuilt_from_nothing()
    before = snapshot()
    rebuilt = rebuild_catalog(apply=True)
    assert (rebuilt.missing.total(), rebuilt.findings) == (0, [])
    assert rebuilt.present["model versions"] == ModelVersion.objects.count()
    compare_catalogs(before, snapshot())


def test_more_rows_than_a_batch_come_back(lived: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot()
    for module in ("gathering", "rebuild_plan", "rebuild_catalog"):
        monkeypatch.setattr(f"catalog.services.integrity.rebuild.{module}.BATCH", 2)
    rebuilt_from_nothing()
    compare_catalogs(before, snapshot())


def test_into_a_filled_database_only_what_is_missing_is_added(sound: ModelVersion) -> None:
    another(sound)
    promote(reference="late:2", alias="staging", actor="ada")
    settle()
    before = snapshot()
    Alias.objects.filter(name="staging").delete()
    forget_events(version_number=2)
    ModelVersion.objects.filter(number=2).delete()
    RegisteredModel.objects.update(next_number=2)
    rebuilt = rebuild_catalog(apply=True)
    compare_catalogs(before, snapshot())
    assert rebuilt.missing == {"model versions": 1, "audit events": 2, "aliases": 1}


def test_a_row_that_is_there_is_not_changed(sound: ModelVersion) -> None:
    ModelVersion.objects.update(notes="Changed past the services")
    before = snapshot()
    assert rebuild_catalog(apply=True).findings == []
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize("changed", [{"sha256": "a" * 64}, {"upload_token": "other"}])
def test_another_version_under_the_same_number_is_a_conflict(sound: ModelVersion, changed: dict[str, str]) -> None:
    ModelVersion.objects.update(**changed)
    before = snapshot()
    rebuilt = rebuild_catalog(apply=True)
    assert told(rebuilt) == [("conflict", "late:1")]
    compare_catalogs(before, snapshot())


def test_another_event_under_the_same_id_is_a_conflict(sound: ModelVersion) -> None:
    event = AuditEvent.objects.latest("id")
    forge(path_of(event_manifest("model", "late", event.pk, event.verb)), reason="Forged")
    before = snapshot()
    assert told(rebuild_catalog(apply=True)) == [("conflict", f"event {event.pk}")]
    compare_catalogs(before, snapshot())


def test_an_alias_that_stands_elsewhere_is_a_conflict(sound: ModelVersion) -> None:
    Alias.objects.update(model_version=another(sound))
    before = snapshot()
    assert told(rebuild_catalog(apply=True)) == [("conflict", "late@production")]
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize("part", [0, 0.5, 1])
def test_an_altered_manifest_is_not_restored_and_stops_nothing(sound: ModelVersion, part: float) -> None:
    another(sound)
    before = snapshot()
    flip(beside(ModelVersion.objects.get(number=2)), part)
    rebuilt = rebuilt_from_nothing()
    assert told(rebuilt) == [("manifest altered", "late:2")]
    assert differences(before, snapshot()) == ["modelversion late:2 is gone"]


def test_what_is_no_json_is_not_restored_and_stops_nothing(sound: ModelVersion) -> None:
    path_of("models/late/v0009").mkdir()
    path_of("models/late/v0009/manifest.json").write_bytes(b"\xff{")
    before = snapshot()
    assert told(rebuilt_from_nothing()) == [("manifest altered", "late:9")]
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "FOUND"},
        {"created_at": "yesterday"},
        {"created_at": {"a": 1}},
        {"number": "one"},
        {"size_bytes": "many"},
        {"target": "x" * 300},
        {"kind": "auditevent"},
        {"registered_model": None},
        {"registered_model": {"name": "other"}},
        {"upload_token": None},
    ],
)
def test_a_manifest_with_a_digest_and_wrong_members_is_not_restored(
    sound: ModelVersion, changed: dict[str, Any]
) -> None:
    version = another(sound)
    before = snapshot()
    forge(beside(version), **changed)
    rebuilt = rebuilt_from_nothing()
    assert [finding.where for finding in rebuilt.findings] == ["late:2"]
    assert differences(before, snapshot()) == ["modelversion late:2 is gone"]


def test_the_manifest_of_another_version_is_not_restored(sound: ModelVersion) -> None:
    version = another(sound)
    beside(version).write_bytes(beside(sound).read_bytes())
    rebuilt = rebuilt_from_nothing()
    assert told(rebuilt) == [("manifest altered", "late:2")]
    assert "it is the manifest of something else" in rebuilt.findings[0].what


def test_an_unknown_format_is_named(sound: ModelVersion) -> None:
    version = another(sound)
    forge(beside(version), format=7)
    (finding,) = rebuilt_from_nothing().findings
    assert "it has the format 7, and this release reads format 1" in finding.what


@pytest.mark.parametrize("damage", ["missing", "longer"])
def test_a_version_without_its_object_is_not_restored(sound: ModelVersion, damage: str) -> None:
    path, before = Path(another(sound).artifact.path), snapshot()
    path.unlink() if damage == "missing" else path.write_bytes(b"more" + path.read_bytes())
    rebuilt = rebuilt_from_nothing()
    assert told(rebuilt) == [("object missing", "late:2")]
    assert differences(before, snapshot()) == ["modelversion late:2 is gone"]


def test_what_refers_to_a_version_that_is_not_restored_waits_for_it(sound: ModelVersion, receipt: Prediction) -> None:
    path, before = Path(sound.dataset_version.file.path), snapshot()  # type: ignore[union-attr]
    path.rename(path.with_name(".away"))
    rebuilt = rebuilt_from_nothing()
    assert told(rebuilt) == [
        ("object missing", "departures:1"),
        ("not restored", "late:1"),
        ("not restored", str(receipt.pk)),
        ("not restored", "late@production"),
    ]
    path.with_name(".away").rename(path)
    assert rebuild_catalog(apply=True).findings == []
    compare_catalogs(before, snapshot())


def test_a_version_without_the_event_of_its_making_is_restored_and_named(sound: ModelVersion) -> None:
    """As when the process is killed between storing the manifest and the commit that makes the version READY."""
    version = another(sound)
    event = AuditEvent.objects.get(version_number=2)
    path_of(event_manifest("model", "late", event.pk, event.verb)).unlink()
    rebuilt = rebuilt_from_nothing()
    assert rebuilt.findings == []
    assert rebuilt.notes[0].startswith("late:2 is restored, and no event tells of its making")
    assert ModelVersion.objects.get(number=2).sha256 == version.sha256


def test_a_version_whose_manifest_is_gone_is_named_by_its_events(sound: ModelVersion) -> None:
    beside(another(sound)).unlink()
    assert told(rebuilt_from_nothing()) == [("not restored", "late:2")]


def test_a_failure_is_told_before_what_was_stored_of_the_same_write(sound: ModelVersion) -> None:
    version = another(sound, status="PENDING")
    repaired(later(hours=2))
    text = path_of(failed_beside(version.stored_key)).read_text()
    beside(version).write_text(text)
    forge(beside(version), status="READY", failure="")
    path_of(event_manifest("model", "late", AuditEvent.objects.latest("id").pk, "failed")).unlink()
    rebuilt_from_nothing()
    assert ModelVersion.objects.get(number=2).status == "FAILED"


def test_a_failure_of_another_write_does_not_hide_what_was_stored(sound: ModelVersion) -> None:
    """As when a new database met the old folder: its write failed, because the number was taken there."""
    version = another(sound)
    path = path_of(failed_beside(version.stored_key))
    path.write_text(beside(version).read_text())
    forge(path, status="FAILED", upload_token="other", created_at="2020-01-01T00:00:00+00:00")
    rebuilt_from_nothing()
    restored = ModelVersion.objects.get(number=2)
    assert (restored.status, restored.upload_token) == ("READY", version.upload_token)


def test_a_parent_without_manifest_comes_from_its_versions(sound: ModelVersion) -> None:
    before = snapshot()
    path_of(parent_manifest("dataset", "departures")).unlink()
    path_of(parent_manifest("registeredmodel", "late")).unlink()
    rebuilt = rebuilt_from_nothing()
    compare_catalogs(before, snapshot())
    assert [note.partition(" has no")[0] for note in rebuilt.notes] == ["dataset departures", "model late"]


def test_two_events_of_one_id_are_named(sound: ModelVersion) -> None:
    event = AuditEvent.objects.latest("id")
    path = path_of(event_manifest("model", "late", event.pk, event.verb))
    path.with_name(path.name.replace("promoted", "archived")).write_text(path.read_text())
    assert [where for _, where in told(rebuilt_from_nothing())] == ["late"]


def test_a_rebuild_that_is_stopped_leaves_nothing(lived: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    before, create = snapshot(), QuerySet.bulk_create

    def stop(self: Any, rows: Any, **options: Any) -> Any:
        if self.model is AuditEvent:
            raise KeyboardInterrupt
        return create(self, rows, **options)

    empty_database()
    with monkeypatch.context() as patched:
        patched.setattr(QuerySet, "bulk_create", stop)
        with pytest.raises(KeyboardInterrupt):
            rebuild_catalog(apply=True)
    assert snapshot() == {}
    rebuild_catalog(apply=True)
    compare_catalogs(before, snapshot())


def test_no_object_is_read_within_the_transaction(sound: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    depths, walk = [], LocalCatalogStorage.walk

    def noted(self: LocalCatalogStorage, prefix: str) -> Any:
        depths.append(len(connection.savepoint_ids))
        return walk(self, prefix)

    monkeypatch.setattr(LocalCatalogStorage, "walk", noted)
    outside = len(connection.savepoint_ids)
    rebuilt_from_nothing()
    assert depths == [outside]


def test_without_permission_to_list_it_is_refused_in_one_line(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: LocalCatalogStorage, prefix: str) -> Any:
        raise AccessDenied("Can't list.")

    monkeypatch.setattr(LocalCatalogStorage, "walk", refuse)
    with pytest.raises(AccessDenied, match="has to list the bucket, and these keys may not: allow s3:ListBucket"):
        rebuild_catalog(apply=True)


def test_an_empty_storage_gives_an_empty_catalog(db: None) -> None:
    rebuilt = rebuild_catalog(apply=True)
    assert (rebuilt.objects, rebuilt.missing.total(), snapshot()) == (0, 0, {})


def test_the_snapshot_sees_every_field(lived: ModelVersion) -> None:
    before = snapshot()
    ModelVersion.objects.filter(number=2).update(notes="Other")
    assert differences(before, snapshot()) == ["modelversion late:2: notes was 'Ünïcode\\n\"quoted\"' and is 'Other'"]


def test_queries_do_not_grow_with_the_rows(sound: ModelVersion, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        another(sound)
    empty_database()
    with django_assert_max_num_queries(60) as captured:
        rebuild_catalog(apply=True)
    for _ in range(9):
        another(ModelVersion.objects.get(number=1))
    empty_database()
    with django_assert_max_num_queries(len(captured)):
        rebuild_catalog(apply=True)
    assert ModelVersion.objects.count() == 13
