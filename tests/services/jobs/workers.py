"""Jobs without workers: what a worker would do is done by hand, lease by lease."""

from typing import Any

from django_tasks_db.models import DBTaskResult

from catalog.models import Job
from catalog.services.jobs.leases import Lease, claim
from catalog.services.jobs.starting import start_training
from catalog.services.training.request import TrainingRequest

LONG_AGO = "2020-01-01T00:00:00Z"


def queue_job(**request: Any) -> Job:
    """A queued training of `late` on `departures`, unless the request says otherwise."""
    asked = {"name": "late", "dataset": "departures", "target": "late", "estimator": "decision_tree", **request}
    return start_training(request=TrainingRequest(**asked), actor="ada")


def claimed(job: Job, worker: str = "one") -> Lease:
    lease = claim(job_id=job.pk, worker=worker)
    assert lease is not None
    return lease


def let_the_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_expires_at=LONG_AGO)


def take_from_the_queue(job: Job, **values: Any) -> None:
    """As a worker does before it claims the job; it dies right after."""
    DBTaskResult.objects.filter(pk=Job.objects.get(pk=job.pk).task_id).update(status="RUNNING", **values)
