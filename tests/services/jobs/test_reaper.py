"""Jobs of dead workers are done by others; those of living workers are left alone."""

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from catalog.models import Job, ModelVersion
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.watching.reaper import reap
from tests.services.jobs.workers import LONG_AGO, claimed, let_the_lease_run_out, take_from_the_queue


def lose_worker(job: Job, attempts: int = 1) -> None:
    """The job's worker dies in its attempt of this number."""
    Job.objects.filter(pk=job.pk).update(attempts=attempts - 1)
    take_from_the_queue(job, started_at=LONG_AGO)
    claimed(job, "lost:1")
    let_the_lease_run_out(job)


def task_states() -> list[str]:
    return sorted(DBTaskResult.objects.values_list("status", flat=True))


def test_a_job_whose_worker_lives_is_left_alone(job: Job) -> None:
    take_from_the_queue(job, started_at=LONG_AGO)
    claimed(job)
    assert reap() == []
    assert task_states() == ["RUNNING"]


def test_a_queued_job_is_left_alone(job: Job) -> None:
    assert reap() == []
    assert task_states() == ["READY"]


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_job_whose_worker_was_lost_is_queued_again(job: Job, attempts: int) -> None:
    lose_worker(job, attempts)
    assert reap() == [job]
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_token) == ("QUEUED", attempts, "")
    assert job.log[-1][1] == "Its worker lost:1 was lost: queued again."
    assert task_states() == ["FAILED", "READY"]


def test_a_job_whose_worker_was_lost_three_times_has_failed(job: Job) -> None:
    lose_worker(job, 3)
    reap()
    job.refresh_from_db()
    assert (job.state, task_states()) == ("FAILED", ["FAILED"])
    assert job.failure.startswith("Its worker was lost 3 times, the last one lost:1.")
    assert job.finished_at is not None


def test_a_job_that_failed_before_its_version_got_the_alias_says_which_version_there_is(
    job: Job, late_v1: ModelVersion
) -> None:
    lose_worker(job, 3)
    Job.objects.filter(pk=job.pk).update(model_version=late_v1)
    reap()
    job.refresh_from_db()
    assert "late:1 was trained" in job.failure


def test_a_cancelled_job_whose_worker_was_lost_is_not_done_again(job: Job) -> None:
    lose_worker(job)
    cancel_job(job=job, actor="ada")
    reap()
    job.refresh_from_db()
    assert job.state == "CANCELLED"


def test_a_job_whose_worker_died_before_it_began_is_queued_again(job: Job) -> None:
    take_from_the_queue(job, started_at=LONG_AGO)
    assert reap() == [job]
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("QUEUED", 0)
    assert task_states() == ["FAILED", "READY"]


def test_a_job_that_was_just_taken_from_the_queue_is_left_alone(job: Job) -> None:
    take_from_the_queue(job, started_at=timezone.now())
    assert reap() == []


def test_a_job_whose_row_is_gone_from_the_queue_is_queued_again(job: Job) -> None:
    DBTaskResult.objects.all().delete()
    assert reap() == [job]
    assert task_states() == ["READY"]


def test_the_row_of_a_worker_that_died_after_its_job_is_closed(job: Job) -> None:
    take_from_the_queue(job, started_at=LONG_AGO)
    Job.objects.filter(pk=job.pk).update(state=Job.State.SUCCEEDED)
    assert reap() == []
    assert task_states() == ["FAILED"]
