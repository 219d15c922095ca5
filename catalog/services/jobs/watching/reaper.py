"""The reaper: jobs whose workers died are queued again, or end when that has happened too often."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from catalog.conf import catalog_settings
from catalog.models import Job
from catalog.models.job import MOST_ATTEMPTS
from catalog.services.jobs.job_log import with_line
from catalog.services.jobs.job_queue import RUN_JOB
from catalog.services.jobs.leases import requeue

ENDED = ["state", "failure", "log", "lease_expires_at", "step", "total"]


def reap() -> list[Job]:
    """The jobs that had lost their worker, as they are now. Every worker does this from time to time."""
    abandoned = [job for pk in _keys(Job.objects.abandoned()) if (job := _reap_abandoned(pk))]
    queued = Job.objects.filter(state=Job.State.QUEUED)
    stranded = [job for pk in _keys(queued) if (job := _reap_stranded(pk))]
    _close_tasks(
        _tasks_taken_long_ago().exclude(pk__in=Job.objects.unfinished().exclude(task_id=None).values("task_id"))
    )
    return [*abandoned, *stranded]


def _keys(jobs: QuerySet[Job]) -> list[int]:
    return list(jobs.order_by("pk").values_list("pk", flat=True))


def _reap_abandoned(pk: int) -> Job | None:
    """A running job whose lease ran out: looked at again under its lock, because its worker may have come back."""
    with transaction.atomic():
        job = Job.objects.select_for_update().abandoned().filter(pk=pk).first()
        if job is None:
            return None
        _close_task(job)
        if job.cancel_requested:
            _end(job, Job.State.CANCELLED, f"Its worker {job.worker} was lost; the job had been cancelled.")
        elif job.attempts >= MOST_ATTEMPTS:
            job.failure = _too_often(job)
            _end(job, Job.State.FAILED, job.failure)
        else:
            requeue(job, f"Its worker {job.worker} was lost: queued again.", attempts=job.attempts)
        return job


def _reap_stranded(pk: int) -> Job | None:
    """A queued job that no row of the queue will run any more, because a worker died between the two."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=pk, state=Job.State.QUEUED).first()
        if job is None or _will_run(job):
            return None
        _close_task(job)
        requeue(job, "The worker that took it from the queue was lost: queued again.", attempts=job.attempts)
        return job


def _will_run(job: Job) -> bool:
    """Whether its row waits in the queue, or was taken so lately that its worker may just be about to begin."""
    if job.task_id is None:
        return False
    rows = DBTaskResult.objects.filter(pk=job.task_id, status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING])
    return rows.exists() and not _tasks_taken_long_ago().filter(pk=job.task_id).exists()


def _tasks_taken_long_ago() -> "QuerySet[DBTaskResult[Any, Any]]":
    """Rows that a worker took from the queue longer ago than a lease lasts."""
    lease = timedelta(seconds=catalog_settings().job_lease_seconds)
    return DBTaskResult.objects.filter(task_path=RUN_JOB, status=TaskResultStatus.RUNNING, started_at__lt=Now() - lease)


def _close_task(job: Job) -> None:
    if job.task_id:
        _close_tasks(DBTaskResult.objects.filter(pk=job.task_id, status=TaskResultStatus.RUNNING))


def _close_tasks(rows: "QuerySet[DBTaskResult[Any, Any]]") -> None:
    """The queue's rows of dead workers would say RUNNING for ever, and pruning would leave them there."""
    rows.update(status=TaskResultStatus.FAILED, finished_at=Now(), traceback="The worker was lost.")


def _too_often(job: Job) -> str:
    kept = ""
    if job.model_version:
        kept = f" {job.model_version.reference} was trained, but what was to be done with it was not: promote it."
    return (
        f"Its worker was lost {job.attempts} times, the last one {job.worker}.{kept} Look into the workers' logs and "
        "the machine's: it may take more memory than there is. Then retry the job."
    )


def _end(job: Job, state: Job.State, why: str) -> None:
    job.state, job.lease_expires_at, job.step, job.total = state, None, "", None
    job.log = with_line(job.log, why)
    job.save(update_fields=ENDED)
    Job.objects.filter(pk=job.pk).update(finished_at=Now())
