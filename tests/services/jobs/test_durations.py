"""How far a job is and how long it may still take."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog.models import Job
from catalog.services.jobs.durations import elapsed_seconds, progress_text, seconds_text, time_left_text

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def running(**fields: Any) -> Job:
    """One minute into its attempt, and half a minute into its step."""
    begun = {"started_at": NOW - timedelta(seconds=60), "step_started_at": NOW - timedelta(seconds=30)}
    return Job(kind="training", name="late", state="RUNNING", step="read", **begun, **fields)


def test_the_time_left_is_what_the_job_before_took_longer() -> None:
    assert time_left_text(running(expected_seconds=90.0), NOW) == "about 30 s left"


def test_the_time_left_of_a_step_is_by_its_pace() -> None:
    assert time_left_text(running(done=25, total=100), NOW) == "about 2 min left of read"


@pytest.mark.parametrize("fields", [{}, {"total": 100}, {"expected_seconds": 5.0}])
def test_where_nobody_knows_no_time_is_told(fields: dict[str, Any]) -> None:
    assert time_left_text(running(**fields), NOW) == ""


def test_a_job_that_ended_has_no_time_left() -> None:
    job = running(expected_seconds=90.0)
    job.state, job.finished_at = "FAILED", NOW
    assert (time_left_text(job, NOW), elapsed_seconds(job)) == ("", 60)


def test_progress_is_told_in_the_unit_of_the_step() -> None:
    assert progress_text(running()) == "read"
    assert progress_text(running(done=1024, total=4096, unit="bytes")) == "read, 1.0 KB of 4.0 KB"
    assert progress_text(running(done=1000, total=2500, unit="rows")) == "read, 1,000 rows of 2,500 rows"


@pytest.mark.parametrize(("seconds", "told"), [(8.4, "8 s"), (200, "3 min"), (4800, "80 min"), (7320, "2 h 2 min")])
def test_durations_are_told_in_one_or_two_units(seconds: float, told: str) -> None:
    assert seconds_text(seconds) == told
