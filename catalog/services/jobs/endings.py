"""How jobs end, each once: every one of these counts only while the lease is held."""

from typing import Any

from django.db.models.functions import Now

from catalog.models import Evaluation, Job, ModelVersion, Prediction
from catalog.services.jobs.job_log import Line
from catalog.services.jobs.leases import Lease, require_lease
from catalog.services.jobs.rights import check_job_rights


def succeed(
    lease: Lease,
    *,
    model_version: ModelVersion | None = None,
    prediction: Prediction | None = None,
    evaluation: Evaluation | None = None,
) -> None:
    """Within the transaction that makes the result READY: the job has it.

    Raises LeaseLost, or NotPermitted when who asked may not have it any more, so that neither counts.
    """
    job = require_lease(lease)
    check_job_rights(job)
    result = {"model_version": model_version or job.model_version, "prediction": prediction, "evaluation": evaluation}
    Job.objects.filter(pk=job.pk).update(**_ending(Job.State.SUCCEEDED), **result)


def keep_result(lease: Lease, *, model_version: ModelVersion) -> None:
    """Within the transaction that makes the version READY: what is left to do goes on from here.

    Raises LeaseLost, NotPermitted.
    """
    job = require_lease(lease)
    check_job_rights(job)
    Job.objects.filter(pk=job.pk).update(model_version=model_version)


def fail(*, lease: Lease, failure: str, log: list[Line]) -> bool:
    """Whether it counts: the job has failed now."""
    held = Job.objects.filter(pk=lease.job_id).held_with(lease.token)
    return bool(held.update(**_ending(Job.State.FAILED), failure=failure, log=log))


def cancel(*, lease: Lease, log: list[Line]) -> bool:
    """Whether it counts: the job is cancelled now."""
    held = Job.objects.filter(pk=lease.job_id).held_with(lease.token)
    return bool(held.update(**_ending(Job.State.CANCELLED), log=log))


def keep_log(*, lease: Lease, log: list[Line]) -> None:
    """The last lines of an attempt, unless the job was given to another meanwhile."""
    Job.objects.filter(pk=lease.job_id, lease_token=lease.token).update(log=log)


def _ending(state: Job.State) -> dict[str, Any]:
    return {"state": state, "finished_at": Now(), "lease_expires_at": None, "step": "", "total": None}
