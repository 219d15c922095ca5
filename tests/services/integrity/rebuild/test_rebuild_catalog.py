from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.query import QuerySet

from catalog.exceptions import NotFound, StorageError
from catalog.models import Alias, AuditEvent, Job, ModelVersion, Prediction, ServingToken
from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import roll_back
from catalog.services.registry.curation import move_to_trash
from catalog.services.registry.trash import purge_trash
from catalog.services.serving.serving_tokens import create_token
from catalog.storage.local import LocalCatalogStorage
from s3site.people.devices import make_backup_codes, reset_devices
from tests.catalog_rows import compare_catalogs, differences, snapshot
from tests.services.integrity.catalogs import another, beside, in_parts, settle
from tests.services.integrity.rebuilds import empty_database, finding_pairs, rebuild_from_nothing


@pytest.mark.both_databases
def test_all_that_a_catalog_went_through_comes_back(lived: ModelVersion) -> None:
    before = snapshot()
    states = {version.number: version.state for version in ModelVersion.objects.all()}
    rebuilt = rebuild_from_nothing()
    compare_catalogs(before, snapshot())
    assert (rebuilt.findings, rebuilt.notes) == ([], [])
    assert states == {1: "READY", 2: "READY", 3: "ARCHIVED", 4: "TRASHED", 5: "QUARANTINED", 6: "FAILED"}


def test_a_prediction_in_parts_comes_back(sound: ModelVersion, receipt: Prediction) -> None:
    in_parts(receipt)
    before = snapshot()
    assert rebuild_from_nothing().findings == []
    compare_catalogs(before, snapshot())
    assert verify_catalog(deep=True).findings == []


def test_what_people_did_with_jobs_comes_back_as_history_and_the_jobs_do_not(sound: ModelVersion) -> None:
    job = start_prediction(request=PredictionRequest("late:1", "dataset:departures"), actor="ada")
    cancel_job(job=job, actor="grace", reason="a mistake")
    settle()
    Job.objects.all().delete()
    assert [where for _, where in finding_pairs(rebuild_from_nothing()) if "job" in where] == []
    events = AuditEvent.objects.filter(object_type="job").order_by("id")
    assert [(event.verb, event.reason) for event in events] == [
        ("job_queued", "predict with late:1"),
        ("job_cancelled", "a mistake"),
    ]
    assert not Job.objects.exists()


def test_what_people_did_with_tokens_comes_back_as_history_and_the_tokens_do_not(sound: ModelVersion) -> None:
    new = create_token(name="shop", actor="ada", reason="the web shop")
    settle()
    assert verify_catalog().findings == []
    ServingToken.objects.all().delete()
    assert rebuild_from_nothing().findings == []
    assert [event.reason for event in AuditEvent.objects.filter(object_type="token")] == ["the web shop"]
    assert new.row.sha256 not in "".join(str(event.changes) for event in AuditEvent.objects.all())
    assert not ServingToken.objects.exists()


def test_what_people_did_with_one_time_passwords_comes_back_as_history(sound: ModelVersion) -> None:
    grace = User.objects.create_user("grace")
    make_backup_codes(user=grace)
    reset_devices(user=grace, actor="ada", reason="phone lost")
    settle()
    assert finding_pairs(rebuild_from_nothing()) == []
    events = AuditEvent.objects.filter(object_type="user", object_name=str(grace.pk)).order_by("id")
    assert [(event.verb, event.actor, event.to_value, event.reason) for event in events] == [
        ("backup_codes_made", "grace", "grace", ""),
        ("devices_reset", "ada", "grace", "phone lost"),
    ]


def test_what_is_rebuilt_is_sound(lived: ModelVersion) -> None:
    rebuild_from_nothing()
    assert verify_catalog(deep=True, replay=True).findings == []


@pytest.mark.both_databases
def test_numbers_and_events_go_on_where_they_were(lived: ModelVersion) -> None:
    last = AuditEvent.objects.latest("id").pk
    rebuild_from_nothing()
    version = another(ModelVersion.objects.get(number=1))
    assert (version.number, AuditEvent.objects.latest("id").pk) == (8, last + 1)


def test_aliases_come_back_with_their_history(lived: ModelVersion) -> None:
    rebuild_from_nothing()
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
    assert rebuild_from_nothing().findings == []
    compare_catalogs(before, snapshot())


def test_a_dry_run_changes_nothing_and_tells_the_same(lived: ModelVersion) -> None:
    empty_database()
    dry = rebuild_catalog(apply=False)
    assert snapshot() == {}
    assert rebuild_catalog(apply=True).missing == dry.missing
    assert dry.missing["audit events"] == AuditEvent.objects.count()


def test_a_second_rebuild_adds_nothing(lived: ModelVersion) -> None:
    rebuild_from_nothing()
    before = snapshot()
    rebuilt = rebuild_catalog(apply=True)
    assert (rebuilt.missing.total(), rebuilt.findings) == (0, [])
    assert rebuilt.present["model versions"] == ModelVersion.objects.count()
    compare_catalogs(before, snapshot())


@pytest.mark.both_databases
def test_more_rows_than_a_batch_come_back(lived: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot()
    monkeypatch.setattr("catalog.services.integrity.row_batches.BATCH", 2)
    rebuild_from_nothing()
    compare_catalogs(before, snapshot())


@pytest.mark.both_databases
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
    rebuild_from_nothing()
    assert depths == [outside]


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
