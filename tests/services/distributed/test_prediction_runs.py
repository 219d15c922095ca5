"""Runs in parts as the rest of the catalog sees them: verified, rebuilt, gone on with, and given up."""

import pickle
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from distributed import Future
from distributed.comm import CommClosedError
from django.utils import timezone

from catalog.exceptions import CatalogError, EngineError, InvalidRequest, NotFound, NotReady, ObjectExists
from catalog.models import ModelVersion, Prediction, PredictionPart, RunLease
from catalog.progress import Progress
from catalog.services.distributed import part_scoring, prediction_runs, run_leases
from catalog.services.distributed.finish_run import finish_run
from catalog.services.distributed.part_messages import Part, PartResult, PartTask
from catalog.services.distributed.prediction_runs import resume_in_parts
from catalog.services.distributed.run_leases import take_lease
from catalog.services.distributed.run_receipts import make_task
from catalog.services.distributed.worker_libraries import libraries
from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog
from catalog.services.integrity.repair import repair_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.prediction.prediction_request import PredictionRequest
from tests.catalog_rows import compare_catalogs, snapshot
from tests.own_modules import OwnModules, own_modules
from tests.services.distributed.conftest import PARTS, run
from tests.services.integrity.catalogs import flip, kinds, later, path_of, settle

__all__ = ["own_modules"]

FAILURE = "it takes more memory than there is"
BROKEN = "carrier,origin,distance,time_hour,dep_time,late\nUA,EWR,far,2013-01-01T10:00:00Z,517.0,True\n"


@pytest.fixture
def stopped(sound: ModelVersion, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Prediction:
    """A run of which the last part could not be predicted."""
    score = part_scoring.score

    def fail_last(task: PartTask, part: Part) -> PartResult:
        return PartResult(failure=FAILURE) if part.number == PARTS - 1 else score(task, part)

    with monkeypatch.context() as patched:
        patched.setattr(part_scoring, "score", fail_last)
        with pytest.raises(EngineError, match=rf"2\.csv: {FAILURE}\. 2 of 3 parts are done\. To go on: "):
            run(folder)
    settle()
    return Prediction.objects.get(status=Prediction.Status.STOPPED)


def repair(now: datetime) -> list[str]:
    """What was repaired."""
    done = repair_catalog(verified=verify_catalog(now=now), actor="ada", now=now)
    settle()
    assert [repaired.problem for repaired in done] == [""] * len(done)
    return [str(repaired.finding.repair) for repaired in done]


def test_a_run_leaves_a_catalog_in_which_everything_agrees(sound: ModelVersion, folder: Path) -> None:
    receipt = run(folder)
    assert (receipt.status, receipt.row_count, receipt.part_count) == ("READY", PARTS * 100, PARTS)
    assert PredictionPart.objects.count() == 0
    assert verify_catalog(deep=True, now=later(days=30)).findings == []


def test_a_connection_that_closes_while_a_result_is_fetched_is_no_end(
    sound: ModelVersion, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched, result = [], Future.result

    def interrupted(future: "Future[Any]", timeout: float) -> Any:
        fetched.append(future)
        if len(fetched) == 1:
            raise CommClosedError("Stream is closed")
        return result(future, timeout)

    monkeypatch.setattr(Future, "result", interrupted)
    assert run(folder).row_count == PARTS * 100
    assert len(fetched) == PARTS + 1


def test_a_run_that_a_full_disk_ends_says_how_to_go_on(
    sound: ModelVersion, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(prediction_runs, "finish_run", full)
        with pytest.raises(
            EngineError, match=r"No space left on device\. 3 of 3 parts are done\. To go on: "
        ) as stopped:
            run(folder)
    receipt = str(stopped.value).rpartition(" ")[2]
    assert resume_in_parts(actor="ben", receipt=receipt).receipt.status == "READY"


def test_a_part_that_is_gone_is_found(sound: ModelVersion, folder: Path) -> None:
    path_of(run(folder).part_keys[1]).unlink()
    (finding,) = verify_catalog(now=later(days=2)).findings
    assert (finding.kind, "part-00001.csv is not there" in finding.what) == ("object missing", True)


def test_a_changed_bit_of_a_part_is_found_by_reading_all(sound: ModelVersion, folder: Path) -> None:
    flip(path_of(run(folder).part_keys[1]))
    assert kinds(verify_catalog()) == []
    assert kinds(verify_catalog(deep=True)) == ["object changed"]


def test_a_receipt_with_its_parts_comes_back_from_storage(sound: ModelVersion, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run(folder)
    run(folder, output=str(elsewhere))
    settle()
    before = snapshot()
    Prediction.objects.all().delete()
    rebuild_catalog(apply=True)
    compare_catalogs(before, snapshot())


def test_parts_that_lie_elsewhere_are_not_looked_for_here(sound: ModelVersion, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    receipt = run(folder, output=str(elsewhere))
    settle()
    assert (receipt.status, len(receipt.parts), receipt.part_keys) == ("READY", PARTS, [])
    assert verify_catalog(deep=True, now=later(days=2)).findings == []


def test_a_stopped_run_keeps_what_it_did_and_names_what_failed(stopped: Prediction) -> None:
    assert [part.number for part in stopped.running_parts.done()] == [0, 1]
    (failed,) = stopped.running_parts.open()
    assert failed.failure.endswith(f"2.csv: {FAILURE}")
    assert verify_catalog(deep=True, now=later(hours=23)).findings == []


def test_a_run_that_nobody_goes_on_with_is_found_after_a_day_and_given_up_after_a_week(stopped: Prediction) -> None:
    (finding,) = verify_catalog(now=later(days=2)).findings
    assert (finding.kind, finding.repair) == ("abandoned write", None)
    assert f"predict --resume {stopped.pk}" in finding.to_do
    assert repair(later(days=8)) == [f"mark as FAILED receipt {stopped.pk}"]
    stopped.refresh_from_db()
    assert (stopped.status, PredictionPart.objects.count()) == ("FAILED", 0)


def test_the_parts_of_a_run_that_was_given_up_are_removed(stopped: Prediction) -> None:
    keys = [path_of(f"{stopped.stored_key.rpartition('/')[0]}/part-0000{number}.csv") for number in (0, 1)]
    assert all(key.exists() for key in keys)
    repair(later(days=8))
    assert len(repair(later(days=8))) == len(keys)
    assert not any(key.exists() for key in keys)
    assert verify_catalog(deep=True, now=later(days=10)).findings == []


def test_going_on_predicts_only_what_is_not_done(stopped: Prediction, monkeypatch: pytest.MonkeyPatch) -> None:
    score, scored = part_scoring.score, []
    monkeypatch.setattr(part_scoring, "score", lambda task, part: scored.append(part.number) or score(task, part))
    receipt = resume_in_parts(actor="ben", receipt=str(stopped.pk)).receipt
    assert (scored, receipt.status, receipt.row_count) == ([2], "READY", PARTS * 100)


def test_going_on_predicts_a_part_again_whose_object_is_gone(stopped: Prediction) -> None:
    path = path_of(f"{stopped.stored_key.rpartition('/')[0]}/part-00000.csv")
    content = path.read_bytes()
    path.unlink()
    resume_in_parts(actor="ben", receipt=str(stopped.pk))
    assert path.read_bytes() == content


def test_a_part_that_fails_each_time_is_named_and_the_run_is_not_gone_on_with(
    sound: ModelVersion, folder: Path
) -> None:
    (folder / "2.csv").write_text(BROKEN)
    told = r"2\.csv: column 'distance', row 1: 'far' is not a number\. 2 of 3 parts are done\. Mend that, and"
    with pytest.raises(EngineError, match=told):
        run(folder)
    settle()
    receipt = Prediction.objects.get(status=Prediction.Status.STOPPED)
    with pytest.raises(InvalidRequest, match=r"can't be finished: .*'far' is not a number.* Mend that"):
        resume_in_parts(actor="ben", receipt=str(receipt.pk))
    (finding,) = verify_catalog(now=later(days=2)).findings
    assert (finding.to_do, receipt.can_go_on) == ("Mend its input, and predict it anew", False)


def test_a_second_process_is_told_who_works_on_the_run_and_changes_nothing(
    stopped: Prediction, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = take_lease(stopped, "ada", Progress())
    renewals = iter(range(1, 100))

    def renew(seconds: float) -> None:
        RunLease.objects.update(expires_at=later(minutes=next(renewals)))

    monkeypatch.setattr(run_leases.time, "sleep", renew)
    with pytest.raises(NotReady, match=r"is worked on by ada on .* \(process \d+\)\. Wait for its end, or stop that"):
        resume_in_parts(actor="ben", receipt=str(stopped.pk))
    stopped.refresh_from_db()
    assert (stopped.status, RunLease.objects.get().token) == ("RUNNING", held.token)


def test_a_process_that_died_loses_the_run_once_its_lease_has_ended(
    stopped: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_lease(stopped, "ada", Progress())
    monkeypatch.setattr(run_leases.time, "sleep", lambda seconds: RunLease.objects.update(expires_at=later(minutes=-1)))
    held = take_lease(stopped, "ben", Progress())
    assert RunLease.objects.get().token == held.token


def test_who_lost_the_run_can_neither_finish_nor_stop_it(stopped: Prediction) -> None:
    lost = take_lease(stopped, "ada", Progress())
    RunLease.objects.all().delete()
    take_lease(stopped, "ben", Progress())
    stopped.running_parts.update(result={"rows": 1, "bytes": 1, "sha256": "a" * 64, "unseen": {}, "extra": []})
    with pytest.raises(NotReady, match="is gone on with by ben on"):
        finish_run(lost, make_task(stopped), 1.0)
    assert not lost.release(Prediction.Status.STOPPED, "it lost the run")
    stopped.refresh_from_db()
    assert (stopped.status, stopped.parts) == ("RUNNING", [])


def test_a_finished_run_stays_as_it_is_when_a_second_one_comes_late(sound: ModelVersion, folder: Path) -> None:
    receipt = run(folder)
    late = Prediction.objects.get(pk=receipt.pk)
    late.status = Prediction.Status.RUNNING
    with pytest.raises(InvalidRequest, match="is READY: only a run that has not ended can go on"):
        take_lease(late, "ben", Progress())
    receipt.refresh_from_db()
    assert (receipt.status, receipt.row_count, len(receipt.parts)) == ("READY", PARTS * 100, PARTS)


def test_a_run_that_somebody_works_on_is_neither_offered_nor_given_up(stopped: Prediction) -> None:
    take_lease(stopped, "ada", Progress())
    RunLease.objects.update(expires_at=later(days=9))
    stopped.refresh_from_db()
    assert (stopped.can_go_on, stopped.holder[:6]) == (False, "ada on")
    assert verify_catalog(now=later(days=8)).findings == []


@pytest.mark.parametrize(
    ("receipt", "told"),
    [
        ("nonsense", "is not the number of a receipt"),
        ("6f1c1f0e-3a51-4a52-9d0c-0a5a3f1c2b11", "There is no receipt"),
        ("", "is READY: only a run in parts that was stopped can go on"),
    ],
)
def test_only_a_run_that_was_stopped_goes_on(sound: ModelVersion, receipt: str, told: str) -> None:
    with pytest.raises(CatalogError, match=told) as error:
        resume_in_parts(actor="ben", receipt=receipt or str(Prediction.objects.get().pk))
    assert isinstance(error.value, InvalidRequest | NotFound)


def test_a_folder_with_the_parts_of_another_run_is_refused(sound: ModelVersion, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "scored").mkdir()
    run(folder, output=str(tmp_path / "scored"))
    with pytest.raises(ObjectExists, match=r"part-00000\.csv is there already, of another run. Name another folder"):
        run(folder, output=str(tmp_path / "scored"))
    assert Prediction.objects.exclude(status="READY").count() == 0


def test_what_is_sent_to_workers_holds_no_key(stopped: Prediction, settings: Any) -> None:
    secrets = {"access_key": "acc3ss", "secret_key": "s3cr3t", "security_token": "t0k3n"}
    settings.CATALOG["S3_OPTIONS"] = {**settings.CATALOG["S3_OPTIONS"], **secrets}
    settings.SECRET_KEY = "sign3d"
    sent = pickle.dumps((make_task(stopped), Part.from_json(stopped.running_parts.all()[0].source)))
    words = [*secrets.values(), "sign3d", str(settings.DATABASES["default"]["NAME"])]
    assert [word for word in words if word.encode() in sent] == []


def test_a_worker_that_came_later_is_compared_too(stopped: Prediction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_scoring, "libraries", lambda: {**libraries(), "numpy": "1.26"})
    with pytest.raises(EngineError, match=r"a worker runs .*1\.26"):
        resume_in_parts(actor="ben", receipt=str(stopped.pk))
    stopped.refresh_from_db()
    assert (stopped.status, stopped.created_at < timezone.now()) == ("STOPPED", True)


def test_probabilities_of_several_columns_are_refused_before_anything_is_read(
    sound: ModelVersion, folder: Path
) -> None:
    other, before = {"name": "early", "type": "boolean", "classes": [False, True]}, Prediction.objects.count()
    ModelVersion.objects.update(signature={**sound.signature, "other_outputs": [other]})
    with pytest.raises(InvalidRequest, match="`with_probabilities`: several columns are predicted"):
        run(folder, with_probabilities=True)
    assert Prediction.objects.count() == before


MINE = {"file": "mine.py", "sha256": "0" * 64, "text": "", "is_package": False, "needed": True, "revision": ""}


@pytest.mark.parametrize("is_new", [True, False])
def test_workers_with_another_text_of_a_module_say_so(
    sound: ModelVersion, folder: Path, own_modules: OwnModules, is_new: bool
) -> None:
    ModelVersion.objects.update(code={"modules": {"mine": MINE}})
    request = PredictionRequest("late:1", str(folder) if is_new else "dataset:departures")
    done = prediction_runs.predict_in_parts(request=request, actor="ada")
    told = "was made with another text of the module mine than is here. Bring that one back."
    assert done.notes == [f"On a worker: late:1 (sha256 {sound.sha256[:12]}) {told}"]


def test_workers_without_a_module_refuse_their_parts(sound: ModelVersion, folder: Path) -> None:
    ModelVersion.objects.update(code={"modules": {"mine": MINE}})
    with pytest.raises(EngineError, match=r"On a worker: late:1 .* module mine, .* where Python finds it\. 0 of 3"):
        run(folder)


def test_workers_without_a_library_refuse_their_parts(sound: ModelVersion, folder: Path) -> None:
    sound.environment |= {"modules": {"lost": "lost"}, "versions": {**sound.environment["versions"], "lost": "1.2"}}
    sound.save()
    with pytest.raises(EngineError, match=r"needs lost 1\.2, which is not installed here: pip install lost==1\.2"):
        run(folder)


def test_when_no_part_can_be_predicted_the_run_stops_early(sound: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "wrong").mkdir()
    for number in range(60):
        (tmp_path / "wrong" / f"{number:02}.csv").write_text("a,b\n1,2\n")
    with pytest.raises(EngineError, match=r"^20 of 60 parts could not be predicted: .*00\.csv has no column"):
        run(tmp_path / "wrong")
