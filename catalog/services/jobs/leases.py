"""Leases: who works on a job. Every write of a worker is conditional on the lease that it was given.

A lease is a token in the job's row. It is renewed while its worker lives; once it has run out, the reaper may take it
away. Until then its holder may finish, however late: the row's lock decides who comes first.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from catalog.conf import catalog_settings
from catalog.exceptions import CatalogError
from catalog.models import Job
from catalog.models.job import MOST_ATTEMPTS
from catalog.services.jobs.job_log import with_line
from catalog.services.jobs.job_queue import enqueue
from catalog.storage.interface import new_upload_token


class LeaseLost(CatalogError):
    """The job was given to another worker, or somebody cancelled it, while this one was busy."""


@dataclass(frozen=True)
class Lease:
    job_id: int
    token: str

    def __str__(self) -> str:
        return f"the lease of job {self.job_id}"


def claim(*, job_id: int, worker: str) -> Lease | None:
    """The lease of a queued job, with which its next attempt begins; None when there is nothing to do any more."""
    lease = Lease(job_id, new_upload_token())
    queued = Job.objects.filter(pk=job_id, state=Job.State.QUEUED, attempts__lt=MOST_ATTEMPTS)
    claimed = queued.update(
        state=Job.State.RUNNING,
        lease_token=lease.token,
        worker=worker,
        attempts=F("attempts") + 1,
        started_at=Now(),
        step="start",
        step_started_at=Now(),
        done=0,
        total=None,
        unit="",
        **_renewal(),
    )
    return lease if claimed else None


class Standing(Enum):
    """How a worker stands to its job."""

    HELD = "held"
    CANCEL_REQUESTED = "cancel requested"
    FINISHED = "finished"
    LOST = "lost"
    UNKNOWN = "the database has not answered for as long as a lease lasts"


def renew(*, lease: Lease, **reported: Any) -> Standing:
    """Keep the lease, and write what is `reported` of the job's progress."""
    held = Job.objects.filter(pk=lease.job_id).held_with(lease.token).update(**_renewal(), **reported)
    job = Job.objects.filter(pk=lease.job_id).only("lease_token", "cancel_requested").first()
    if job is None or job.lease_token != lease.token:
        return Standing.LOST
    if not held:
        return Standing.FINISHED
    return Standing.CANCEL_REQUESTED if job.cancel_requested else Standing.HELD


def require_lease(lease: Lease) -> Job:
    """Within the transaction of a final write: the job, locked until that ends. Raises LeaseLost."""
    job = Job.objects.select_for_update().filter(pk=lease.job_id).held_with(lease.token).first()
    if job is None:
        raise LeaseLost(f"Job {lease.job_id} was given to another worker meanwhile: nothing of this one counts.")
    if job.cancel_requested:
        raise LeaseLost(f"Job {lease.job_id} was cancelled before it was done.")
    return job


def give_back(*, lease: Lease, why: str) -> None:
    """Queue the job again at once, for the next worker; this attempt does not count."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=lease.job_id).held_with(lease.token).first()
        if job is not None:
            requeue(job, why, attempts=job.attempts - 1)


def requeue(job: Job, why: str, *, attempts: int) -> None:
    """Queue the locked job again, in the caller's transaction, and take the lease from whoever had it."""
    job.state, job.lease_token, job.lease_expires_at = Job.State.QUEUED, "", None
    job.attempts, job.step, job.done, job.total = attempts, "", 0, None
    job.log = with_line(job.log, why)
    job.task_id = enqueue(job.pk)
    job.save(
        update_fields=[
            "state", "lease_token", "lease_expires_at", "attempts", "step", "done", "total", "log", "task_id",
        ]
    )  # fmt: skip


def _renewal() -> dict[str, Any]:
    seconds = timedelta(seconds=catalog_settings().job_lease_seconds)
    return {"lease_expires_at": Now() + seconds, "heartbeat_at": Now()}
