"""The page of a job, and the jobs that are at work: what the browser asks for again and again is small."""

from typing import Any

from django.http import HttpRequest

from catalog.ml.evaluation.difference import Difference
from catalog.models import AuditEvent, Evaluation, Job, ModelVersion
from catalog.services.evaluation.recorded_checks import recorded_checks
from catalog.services.jobs.durations import elapsed_seconds, progress_text, seconds_text, share_done, time_left_text
from catalog.services.jobs.watching.worker_beats import is_a_worker_running
from catalog.services.registry.facts import metric_rows, production_alias

UNFINISHED_SHOWN = 10


def job_context(job: Job) -> dict[str, Any]:
    """All that the page shows."""
    history = AuditEvent.objects.filter(object_type=AuditEvent.ObjectType.JOB, object_name=str(job.pk))
    return {
        **live_context(job),
        **_evaluation_context(job),
        **_result_context(job),
        "asked": [(name.replace("_", " "), _shown(value)) for name, value in job.request.items() if value],
        # After a rebuild numbers begin anew, and the events of an older job with this one's stay in the history.
        "history": list(history.filter(at__gte=job.created_at)),
    }


def _evaluation_context(job: Job) -> dict[str, Any]:
    """What was measured: by the job itself, or of what it trained beside the version to compare with."""
    related = ("model_version__registered_model", "dataset_version__dataset")
    found = Evaluation.objects.select_related(*related).filter(jobs=job).first()
    differences = [Difference.from_json(values) for values in found.differences] if found else []
    return {"evaluation": found, "differences": differences}


def _result_context(job: Job) -> dict[str, Any]:
    """The metrics of the version that it trained, beside production's, as on the version's page."""
    trained = ModelVersion.objects.select_related("registered_model", "dataset_version__dataset")
    if job.kind != Job.Kind.TRAINING or job.model_version_id is None:
        return {"metrics": []}
    version = trained.get(pk=job.model_version_id)
    alias = production_alias(version)
    production = alias.model_version if alias else None
    return {
        "model": version.registered_model,
        "metrics": metric_rows(version, production),
        "production": production,
        "checks": recorded_checks(version),
        "is_production": production is not None and production.pk == version.pk,
    }


def _shown(value: Any) -> str:
    """A value of the request, for people."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={item}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)


def live_context(job: Job) -> dict[str, Any]:
    """What changes while the job is at work, and whether it waits in vain."""
    return {**_progress(job), **(worker_context() if job.state == Job.State.QUEUED else {})}


def _progress(job: Job) -> dict[str, Any]:
    share = share_done(job)
    return {
        "job": job,
        "progress": progress_text(job),
        "percent": None if share is None else round(100 * share),
        "elapsed": seconds_text(elapsed_seconds(job)) if job.started_at else "",
        "time_left": time_left_text(job),
    }


def worker_context() -> dict[str, Any]:
    """Whether what is queued has to wait for somebody to start a worker."""
    return {"is_without_worker": not is_a_worker_running()}


def unfinished_context(request: HttpRequest) -> dict[str, Any]:
    """The jobs that are queued or running, for those who may see them."""
    if not request.user.has_perm("catalog.view_job"):
        return {"working": []}
    jobs = Job.objects.for_listing().unfinished().order_by("-state", "pk")[:UNFINISHED_SHOWN]
    return {"working": [_progress(job) for job in jobs], **worker_context()}
