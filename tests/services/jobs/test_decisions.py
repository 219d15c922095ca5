"""Cancelling and retrying, and what is kept of that."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from catalog.exceptions import InvalidRequest, NotFound
from catalog.models import AuditEvent, Job, UnstoredManifest
from catalog.services.jobs.decisions import cancel_job, get_job, retry_job
from catalog.services.jobs.endings import fail
from catalog.services.persistence import manifests
from tests.services.jobs.workers import claimed


def failed(job: Job) -> Job:
    fail(lease=claimed(job), failure="it is broken", log=[])
    return get_job(job.pk)


def test_a_queued_job_is_cancelled_at_once(job: Job) -> None:
    done = cancel_job(job=job, actor="ben")
    assert (done.state, done.log[-1][1]) == ("CANCELLED", "Cancelled by ben.")
    assert done.finished_at is not None


def test_a_running_job_is_cancelled_by_its_worker(job: Job) -> None:
    claimed(job)
    assert cancel_job(job=job, actor="ben").state == "RUNNING"
    with pytest.raises(InvalidRequest, match="is being cancelled already"):
        cancel_job(job=job, actor="ben")


def test_cancelling_does_not_wait_for_storage_that_may_be_silent(
    job: Job, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    stored: list[str] = []
    monkeypatch.setattr(manifests, "store_queued_manifest", lambda queued: stored.append(queued.key))
    with django_capture_on_commit_callbacks(execute=True):
        cancel_job(job=job, actor="ben")
    assert stored == []
    assert UnstoredManifest.objects.filter(key__contains="job_cancelled").exists()


def test_a_job_that_has_ended_is_not_cancelled(job: Job) -> None:
    with pytest.raises(InvalidRequest, match=r"is FAILED: there is nothing to cancel\."):
        cancel_job(job=failed(job), actor="ben")


def test_a_failed_job_is_tried_again_from_the_beginning(job: Job) -> None:
    again = retry_job(job=failed(job), actor="ben")
    assert (again.state, again.attempts, again.failure, again.finished_at) == ("QUEUED", 0, "", None)
    assert claimed(again)


def test_a_cancelled_job_is_tried_again(job: Job) -> None:
    cancel_job(job=job, actor="ben")
    again = retry_job(job=job, actor="ben")
    assert (again.state, again.cancel_requested) == ("QUEUED", False)


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING", "SUCCEEDED"])
def test_any_other_job_is_not_tried_again(job: Job, state: str) -> None:
    claimed(job)
    Job.objects.filter(pk=job.pk).update(state=state)
    with pytest.raises(InvalidRequest, match=f"is {state}: only one that failed or was cancelled"):
        retry_job(job=job, actor="ben")


def test_what_people_do_with_jobs_is_in_the_history_and_in_storage(job: Job) -> None:
    User.objects.create_user("ben")
    cancel_job(job=job, actor="ben", reason="the wrong data")
    retry_job(job=job, actor="ben", reason="the right data")
    told = AuditEvent.objects.filter(object_type="job", object_name=str(job.pk)).order_by("pk")
    assert [(event.verb, event.actor, event.from_value, event.reason) for event in told] == [
        ("job_queued", "ada", "", "train late"),
        ("job_cancelled", "ben", "QUEUED", "the wrong data"),
        ("job_retried", "ben", "CANCELLED", "the right data"),
    ]
    assert UnstoredManifest.objects.filter(key__startswith=f"events/jobs/{job.pk}/").count() == 3
    assert LogEntry.objects.filter(user__username="ben", object_id=str(job.pk)).count() == 2


def test_a_job_that_is_not_there_is_told(db: None) -> None:
    with pytest.raises(NotFound, match=r"There is no job 7\. `manage.py jobs` lists them\."):
        get_job(7)
