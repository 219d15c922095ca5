"""How far a job is, and how long it may still take, in words."""

from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from catalog.models import Job


def elapsed_seconds(job: Job, now: datetime | None = None) -> float:
    """Since the present attempt began, until it ended."""
    if job.started_at is None:
        return 0.0
    return max(((job.finished_at or now or timezone.now()) - job.started_at).total_seconds(), 0.0)


def share_done(job: Job) -> float | None:
    """Of the present step, from 0 to 1; None where nobody knows."""
    return min(job.done / job.total, 1.0) if job.total else None


def seconds_left(job: Job, now: datetime | None = None) -> float | None:
    """Of the whole job, by what the one before it took; else of the present step, by its pace; else None."""
    if job.state != Job.State.RUNNING:
        return None
    if job.expected_seconds is not None:
        left = job.expected_seconds - elapsed_seconds(job, now)
        return left if left > 0 else None
    share = share_done(job)
    if not share or job.step_started_at is None:
        return None
    spent = ((now or timezone.now()) - job.step_started_at).total_seconds()
    return max(spent * (1 - share) / share, 0.0)


def time_left_text(job: Job, now: datetime | None = None) -> str:
    """As `about 2 min left`; of a step alone it says so. Empty when nobody knows."""
    left = seconds_left(job, now)
    if left is None:
        return ""
    return f"about {seconds_text(left)} left{'' if job.expected_seconds is not None else f' of {job.step}'}"


def progress_text(job: Job) -> str:
    """As `fit`, or `read, 1.2 MB of 4.0 MB`; empty when it does not run."""
    if job.state != Job.State.RUNNING:
        return ""
    if not job.total:
        return job.step
    return f"{job.step}, {_amount(job.done, job.unit)} of {_amount(job.total, job.unit)}"


def seconds_text(seconds: float) -> str:
    """As 8 s, 3 min or 1 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _amount(count: int, unit: str) -> str:
    return filesizeformat(count).replace("\xa0", " ") if unit == "bytes" else f"{count:,} {unit}".strip()
