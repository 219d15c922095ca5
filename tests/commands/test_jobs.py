"""train_model and predict --background, jobs and job: what they print, and what they refuse."""

from pathlib import Path
from typing import Any

import pytest

from catalog.management.commands import job as job_command
from catalog.models import Job, ModelVersion
from catalog.services.jobs.endings import fail, succeed
from catalog.services.jobs.leases import claim
from tests.commands.conftest import Run

TRAIN = ("train_model", "late", "--dataset", "departures", "--target", "late", "--background")
AT = "2026-11-26T12:00:00Z"


@pytest.fixture
def job(run: Run, late_v1: ModelVersion) -> Job:
    assert run(*TRAIN).code == 0
    return Job.objects.get()


def ended(job: Job, **how: Any) -> None:
    lease = claim(job_id=job.pk, worker="one")
    assert lease is not None
    if how:
        fail(lease=lease, log=[[AT, "Failed."]], **how)
    else:
        succeed(lease, model_version=ModelVersion.objects.get())
    Job.objects.filter(pk=job.pk).update(created_at=AT, started_at=AT, finished_at="2026-11-26T12:00:08Z")


def test_a_training_is_queued_and_says_how_to_watch_it(run: Run, late_v1: ModelVersion) -> None:
    outcome = run(*TRAIN)
    number = Job.objects.get().pk
    assert outcome.lines == [f"Queued job {number}: train late.", f"  Watch it: manage.py job {number} --follow"]
    assert not ModelVersion.objects.exclude(pk=late_v1.pk).exists()


def test_somebody_else_may_be_named_as_the_author(run: Run, late_v1: ModelVersion) -> None:
    run(*TRAIN, "--by", "ben")
    assert Job.objects.get().created_by == "ben"


def test_what_can_not_be_trained_is_not_queued(run: Run, late_v1: ModelVersion) -> None:
    outcome = run(*TRAIN, "--estimator", "decision_tree", "--param", "max_depth=-3")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("decision_tree: The 'max_depth' parameter of DecisionTreeClassifier must be")
    assert not Job.objects.exists()


def test_a_prediction_is_queued(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("carrier\nAA\n")
    outcome = run("predict", "late:1", "--input", tmp_path / "new.csv", "--background")
    assert outcome.lines[0].endswith(": predict with late:1.")
    assert Job.objects.get().input_key


def test_jobs_are_listed_with_their_results(run: Run, job: Job) -> None:
    ended(job)
    assert run("jobs").lines == [
        "job  state      what        step  took  result  by   queued",
        f"{job.pk:<3}  SUCCEEDED  train late  –     8 s   late:1  ada  2026-11-26 12:00",
    ]


def test_without_jobs_the_list_says_how_to_start_one(run: Run) -> None:
    assert "There is no job yet. Start one" in run("jobs").out
    assert run("jobs", "--unfinished").lines == ["No job is queued or running."]


def test_the_list_is_one_object_of_json(run: Run, job: Job) -> None:
    (listed,) = run("jobs", "--json").json["jobs"]
    assert (listed["job"], listed["state"], listed["title"]) == (job.pk, "QUEUED", "train late")


def test_a_failure_names_the_options_of_the_command_that_queued_the_job(run: Run, job: Job) -> None:
    ended(job, failure="`cv` is more than there are rows. Leave out `artifact_format` skops.")
    failure = "--cv is more than there are rows. Leave out --format skops."
    assert f"  {failure}" in run("job", job.pk).lines
    assert run("job", job.pk, "--follow").err == f"Job {job.pk} is FAILED: {failure}"


def test_a_job_is_shown_with_its_failure_and_its_log(run: Run, job: Job) -> None:
    ended(job, failure="It is broken.")
    assert run("job", job.pk).lines == [
        f"Job {job.pk}: train late, by ada. It is FAILED.",
        "  It is broken.",
        f"  {AT}  Failed.",
    ]


def test_a_job_is_cancelled_and_tried_again(run: Run, job: Job) -> None:
    assert run("job", job.pk, "--cancel", "--json").json["state"] == "CANCELLED"
    assert run("job", job.pk, "--retry", "--json").json["state"] == "QUEUED"


def test_cancelling_what_has_ended_is_refused(run: Run, job: Job) -> None:
    ended(job)
    outcome = run("job", job.pk, "--cancel")
    assert (outcome.code, outcome.err) == (1, f"Job {job.pk} is SUCCEEDED: there is nothing to cancel.")


def test_a_followed_job_is_waited_for(run: Run, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_command.time, "sleep", lambda seconds: ended(job))
    outcome = run("job", job.pk, "--follow")
    assert (outcome.code, outcome.lines[:2]) == (
        0,
        [f"Job {job.pk}: train late, by ada. It is SUCCEEDED.", "  Result: late:1"],
    )


def test_following_a_job_that_fails_is_exit_1(run: Run, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_command.time, "sleep", lambda seconds: ended(job, failure="It is broken."))
    outcome = run("job", job.pk, "--follow")
    assert (outcome.code, outcome.err) == (1, f"Job {job.pk} is FAILED: It is broken.")


def test_a_job_that_is_not_there_is_told(run: Run) -> None:
    assert run("job", 7).err == "There is no job 7. `manage.py jobs` lists them."
