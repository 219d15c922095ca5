"""A catalog with one of each record that the product makes: every check, repair and rebuild takes every kind of it."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model

from catalog.exceptions import EngineError
from catalog.models import AuditEvent, DatasetVersion, Job, ModelVersion, Prediction, RunLease
from catalog.progress import Progress
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.distributed import part_scoring
from catalog.services.distributed.part_messages import PartResult
from catalog.services.distributed.run_leases import take_lease
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.starting import start_prediction
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.writes import fail as give_up
from catalog.services.prediction.predict import PredictionRequest, predict
from catalog.services.registry.curation import archive, move_to_trash
from tests.catalog_rows import compare_catalogs, snapshot
from tests.services.distributed.conftest import run
from tests.services.integrity.catalogs import another, later, settle
from tests.services.integrity.rebuilds import empty_database
from tests.services.jobs.workers import queue_job

FORMATS = ("csv", "parquet")


@pytest.fixture
def varied(sound: ModelVersion, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    for status in ModelVersion.Status.values:
        another(sound, status=status, **({"failure": "it is broken"} if status == "FAILED" else {}))
    archive(version=another(sound), actor="ada")
    move_to_trash(version=another(sound), actor="ada")
    add_dataset(name="many", source=str(folder), actor="ada")
    for is_failed in (False, True):
        _undo(add_dataset(name="lost", source=str(folder / "0.csv"), actor="ada").version, is_failed=is_failed)
    _predict(folder, tmp_path)
    _run_in_parts(folder, tmp_path, monkeypatch)
    _start_jobs(folder)
    evaluate_version(request=EvaluationRequest("late:1", dataset="departures:1"), actor="ada")
    settle()
    return sound


def _undo(row: DatasetVersion | Prediction, *, is_failed: bool) -> None:
    """As when it was never stored whole: it is PENDING still, or was found out and is FAILED."""
    row.status = "PENDING"
    row.save(update_fields=["status"])
    if is_failed:
        give_up(row, "it is broken", failed=partial(_record_failure, row))


def _record_failure(row: DatasetVersion | Prediction, reason: str) -> None:
    changes = {"status": "FAILED", "failure": reason}
    record_event(verb=AuditEvent.Verb.FAILED, subject=row, actor="ada", reason=reason, changes=changes)


def _predict(folder: Path, tmp_path: Path) -> None:
    """To a file, and to the catalog; one that never ended and one that failed."""
    source = str(folder / "0.csv")
    for form in FORMATS:
        predict(request=PredictionRequest("late:1", source, str(tmp_path / f"scored.{form}")), actor="ada")
    for is_failed in (False, True):
        _undo(predict(request=PredictionRequest("late:1", source), actor="ada").receipt, is_failed=is_failed)


def _run_in_parts(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the catalog and outside: one that is done, one that stopped, one that goes on, one that was given up."""
    stopped = pytest.raises(EngineError)
    for number in range(8):
        (tmp_path / f"out{number}").mkdir()
        output = str(tmp_path / f"out{number}") if number % 2 else ""
        with monkeypatch.context() as patched:
            if number < 2:
                run(folder, output=output)
                continue
            patched.setattr(part_scoring, "score", lambda task, part: PartResult(failure="no"))
            with stopped:
                run(folder, output=output)
    unfinished = list(Prediction.objects.filter(status="STOPPED").order_by("pk"))
    for receipt in unfinished[:2]:
        take_lease(receipt, "ada", Progress())
    RunLease.objects.update(expires_at=later(days=-1))
    for receipt in unfinished[2:4]:
        receipt.running_parts.all().delete()
        give_up(receipt, "it is broken", failed=partial(_record_failure, receipt))


def _start_jobs(folder: Path) -> None:
    for state in Job.State.values:
        job = queue_job()
        lease = {"lease_token": f"{state:>32}", "lease_expires_at": later(days=-1)} if state == "RUNNING" else {}
        Job.objects.filter(pk=job.pk).update(state=state, **lease)
    start_prediction(request=PredictionRequest("late:1", str(folder / "0.csv")), actor="ada")


@pytest.mark.parametrize(
    ("model", "column"), [(DatasetVersion, "status"), (ModelVersion, "status"), (Prediction, "status"), (Job, "state")]
)
def test_there_is_one_of_each(varied: ModelVersion, model: type[Model], column: str) -> None:
    field: Any = model._meta.get_field(column)
    assert set(model._default_manager.values_list(column, flat=True)) == {value for value, _ in field.choices}
    assert {bool(receipt.stored_key) for receipt in Prediction.objects.exclude(part_count=0)} == {True, False}


@pytest.mark.parametrize("days", [0, 2, 30])
def test_all_is_verified_and_repaired_and_verified_again(varied: ModelVersion, days: int) -> None:
    now = later(days=days)
    for _ in range(3):  # what one repair leaves, such as the objects of a run that was given up, the next one finds
        verified = verify_catalog(deep=True, replay=True, now=now)
        done = repair_catalog(verified=verified, actor="ada", now=now)
        settle()
        assert [repaired.problem for repaired in done if repaired.problem] == []
    assert [finding for finding in verify_catalog(deep=True, now=now).findings if finding.repair] == []


def test_all_is_rebuilt(varied: ModelVersion) -> None:
    now = later(days=30)
    for _ in range(3):
        repair_catalog(verified=verify_catalog(now=now), actor="ada", now=now)
        settle()
    before = snapshot()
    empty_database()
    rebuilt = rebuild_catalog(apply=True)
    assert [f"{finding.where}: {finding.what}" for finding in rebuilt.findings] == []
    compare_catalogs(before, snapshot())
    assert AuditEvent.objects.exists()
