"""One worker at a time works on a job, and whoever lost the lease writes nothing any more."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from catalog.models import Job, ModelVersion
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.endings import cancel, fail, keep_log, keep_result, succeed
from catalog.services.jobs.leases import LeaseLost, Standing, claim, give_back, renew
from catalog.services.jobs.watching.reaper import reap
from tests.services.jobs.workers import claimed, let_the_lease_run_out

pytestmark = pytest.mark.both_databases


def test_a_queued_job_is_claimed_once(job: Job) -> None:
    assert claim(job_id=job.pk, worker="one") is not None
    assert claim(job_id=job.pk, worker="two") is None


def test_a_claimed_job_runs_and_counts_the_attempt(job: Job) -> None:
    claimed(job, "one")
    job.refresh_from_db()
    assert (job.state, job.attempts, job.worker) == ("RUNNING", 1, "one")
    assert job.lease_expires_at is not None
    assert job.heartbeat_at is not None
    assert job.lease_expires_at > job.heartbeat_at


def test_a_renewed_lease_lasts_longer_and_keeps_what_is_reported(job: Job) -> None:
    lease = claimed(job)
    let_the_lease_run_out(job)
    assert renew(lease=lease, step="fit", done=3, total=10) is Standing.HELD
    assert reap() == []
    job.refresh_from_db()
    assert (job.step, job.done, job.total) == ("fit", 3, 10)


def test_a_worker_hears_that_somebody_cancels(job: Job) -> None:
    lease = claimed(job)
    cancel_job(job=job, actor="ada")
    assert renew(lease=lease) is Standing.CANCEL_REQUESTED


def test_a_worker_hears_that_its_lease_is_lost(job: Job) -> None:
    lease = claimed(job)
    let_the_lease_run_out(job)
    reap()
    assert renew(lease=lease, step="fit") is Standing.LOST
    job.refresh_from_db()
    assert job.step == ""


def test_a_worker_hears_that_its_child_has_finished_the_job(job: Job, late_v1: ModelVersion) -> None:
    lease = claimed(job)
    with transaction.atomic():
        succeed(lease, model_version=late_v1)
    assert renew(lease=lease, step="fit") is Standing.FINISHED
    job.refresh_from_db()
    assert (job.state, job.model_version, job.step) == ("SUCCEEDED", late_v1, "")


@pytest.mark.parametrize("write", [succeed, keep_result])
def test_a_result_of_somebody_who_lost_the_lease_does_not_count(
    job: Job, late_v1: ModelVersion, write: Callable[..., object]
) -> None:
    late = claimed(job, "late")
    let_the_lease_run_out(job)
    reap()
    claimed(job, "next")
    with pytest.raises(LeaseLost, match="another worker"), transaction.atomic():
        write(late, model_version=late_v1)
    job.refresh_from_db()
    assert (job.state, job.worker, job.model_version) == ("RUNNING", "next", None)


def test_a_result_after_somebody_cancelled_does_not_count(job: Job, late_v1: ModelVersion) -> None:
    lease = claimed(job)
    cancel_job(job=job, actor="ada")
    with pytest.raises(LeaseLost, match="cancelled"), transaction.atomic():
        succeed(lease, model_version=late_v1)


def test_an_end_of_somebody_who_lost_the_lease_does_not_count(job: Job) -> None:
    late = claimed(job, "late")
    let_the_lease_run_out(job)
    reap()
    assert not fail(lease=late, failure="too late", log=[])
    assert not cancel(lease=late, log=[])
    keep_log(lease=late, log=[["now", "too late"]])
    job.refresh_from_db()
    assert (job.state, job.failure) == ("QUEUED", "")
    assert "too late" not in str(job.log)


def test_a_job_that_has_ended_does_not_end_again(job: Job) -> None:
    lease = claimed(job)
    assert fail(lease=lease, failure="it is broken", log=[])
    assert not cancel(lease=lease, log=[])
    job.refresh_from_db()
    assert (job.state, job.failure) == ("FAILED", "it is broken")


def test_a_lease_that_is_given_back_is_queued_at_once_and_does_not_count(job: Job) -> None:
    give_back(lease=claimed(job), why="The worker was stopped.")
    job.refresh_from_db()
    assert (job.state, job.attempts, job.log[-1][1]) == ("QUEUED", 0, "The worker was stopped.")
    assert DBTaskResult.objects.get(pk=job.task_id).status == "READY"
