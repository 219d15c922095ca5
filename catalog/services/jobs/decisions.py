"""What people decide about jobs: to cancel one, or to try it again."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models.functions import Now

from catalog.exceptions import InvalidRequest, NotFound
from catalog.models import AuditEvent, Job
from catalog.services.jobs.job_log import with_line
from catalog.services.jobs.leases import requeue
from catalog.services.jobs.rights import check_job_rights
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.manifests import defer_storing

RESULTS = ("model_version__registered_model", "prediction", "evaluation__model_version__registered_model")


def get_job(job_id: int) -> Job:
    """Raises NotFound."""
    job = Job.objects.select_related(*RESULTS).filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"There is no job {job_id}. `manage.py jobs` lists them.")
    return job


def list_jobs(*, most: int, unfinished: bool = False) -> list[Job]:
    """The newest first."""
    jobs = Job.objects.for_listing().select_related("model_version__registered_model")
    return list((jobs.unfinished() if unfinished else jobs)[:most])


def cancel_job(*, job: Job, actor: str, reason: str = "") -> Job:
    """End a queued job, or ask the worker of a running one to end it. Raises InvalidRequest when it has ended.

    Storage is not waited for, which may be what the job waits for: the next change stores the event's manifest.
    """
    with defer_storing(), transaction.atomic():
        job = _lock(job)
        if job.is_finished:
            raise InvalidRequest(f"Job {job.pk} is {job.state}: there is nothing to cancel.")
        if job.cancel_requested:
            raise InvalidRequest(f"Job {job.pk} is being cancelled already.")
        before = job.state
        changes: dict[str, Any] = {"cancel_requested": True}
        if job.state == Job.State.QUEUED:
            log = with_line(job.log, f"Cancelled by {actor}.")
            changes |= {"state": Job.State.CANCELLED, "finished_at": Now(), "log": log}
        Job.objects.filter(pk=job.pk).update(**changes)
        _record(AuditEvent.Verb.JOB_CANCELLED, job, actor, before, reason)
    return get_job(job.pk)


def retry_job(*, job: Job, actor: str, site_user: AbstractUser | None = None, reason: str = "") -> Job:
    """Queue a job that failed or was cancelled again, with the rights of who asks now; None is the terminal.

    Raises InvalidRequest for any other job, NotPermitted for what the user of the site may not have done.
    """
    with transaction.atomic():
        job = _lock(job)
        if job.state not in {Job.State.FAILED, Job.State.CANCELLED}:
            raise InvalidRequest(
                f"Job {job.pk} is {job.state}: only one that failed or was cancelled can be tried again."
            )
        before = job.state
        job.requested_by, job.reason = actor, reason
        job.site_user_id = site_user.pk if site_user else None
        check_job_rights(job)
        job.failure, job.cancel_requested, job.finished_at = "", False, None
        job.save(update_fields=["failure", "cancel_requested", "finished_at", "requested_by", "site_user", "reason"])
        requeue(job, f"Queued again by {actor}.", attempts=0)
        _record(AuditEvent.Verb.JOB_RETRIED, job, actor, before, reason)
    return get_job(job.pk)


def _lock(job: Job) -> Job:
    locked = Job.objects.select_for_update().filter(pk=job.pk).first()
    if locked is None:
        raise NotFound(f"Job {job.pk} is not there any more.")
    return locked


def _record(verb: AuditEvent.Verb, job: Job, actor: str, before: str, reason: str) -> None:
    record_event(verb=verb, subject=job, actor=actor, from_value=before, reason=reason)
