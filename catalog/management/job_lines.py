"""What the commands of jobs share: what they print of one and of many."""

from typing import Any

from catalog.exceptions import rename_fields
from catalog.management.argument_names import PREDICTION_ARGUMENTS, argument_names, program
from catalog.management.text_tables import evaluation_lines, list_lines
from catalog.models import Job
from catalog.services.jobs.durations import elapsed_seconds, progress_text, seconds_text, time_left_text


def job_values(job: Job) -> dict[str, Any]:
    return {
        "job": job.pk,
        "kind": job.kind,
        "name": job.name,
        "title": job.title,
        "state": job.state,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "unit": job.unit,
        "attempts": job.attempts,
        "worker": job.worker,
        "cancel_requested": job.cancel_requested,
        "version": job.model_version.reference if job.model_version else None,
        "evaluation": str(job.evaluation_id) if job.evaluation_id else None,
        "receipt": str(job.prediction_id) if job.prediction_id else None,
        "created": job.created_at,
        "started": job.started_at,
        "finished": job.finished_at,
        "by": job.created_by,
    }


def queued_lines(job: Job) -> list[str]:
    return [
        f"Queued job {job.pk}: {job.title}.",
        f"  Watch it: {program()} job {job.pk} --follow",
    ]


def job_rows(jobs: list[Job], *, wide: bool) -> list[str]:
    """The table, newest first."""
    head = ["job", "state", "what", "step", "took", "result", "by", "queued"]
    rows = [
        [
            str(job.pk),
            job.state,
            job.title,
            progress_text(job) or "–",
            seconds_text(elapsed_seconds(job)) if job.started_at else "–",
            job.result_text or "–",
            job.created_by,
            f"{job.created_at:%Y-%m-%d %H:%M}",
        ]
        for job in jobs
    ]
    return list_lines(head, rows, spare=["queued", "by", "step"], wide=wide)


def job_lines(job: Job) -> list[str]:
    """One job: how it stands, and its log."""
    lines = [f"Job {job.pk}: {job.title}, by {job.created_by}. It is {job.state}."]
    if step := progress_text(job):
        left = time_left_text(job)
        lines.append(f"  {step}{f', {left}' if left else ''}")
    if job.attempts > 1:
        lines.append(f"  Attempt {job.attempts}.")
    if job.failure:
        lines.append(f"  {failure_text(job)}")
    if job.result_text and job.kind != Job.Kind.EVALUATION:
        lines.append(f"  Result: {job.result_text}")
    if job.evaluation:
        lines += [f"  {line}" for line in evaluation_lines(job.evaluation)]
    return [*lines, *(f"  {at}  {text}" for at, text in job.log)]


def failure_text(job: Job) -> str:
    """Why it failed, with the arguments of the command that queues such jobs."""
    special = PREDICTION_ARGUMENTS if job.kind == Job.Kind.PREDICTION else {}
    return rename_fields(job.failure, {**argument_names(job.request), **special})
