"""What a worker survives, and how it ends: real workers, real child processes, real signals."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.s3.machine import Machine
from tests.s3.workers import Crew, is_running, is_said, said, send, wait_until
from tests.summary import count


@pytest.fixture(scope="module")
def crew(machine: Callable[..., Machine], cancer_csv: Path) -> Crew:
    made = machine()
    made.run("add_dataset", "cancer", cancer_csv)
    return Crew(made)


@pytest.fixture(autouse=True)
def fresh(crew: Crew) -> Iterator[None]:
    yield
    crew.forget()


@pytest.fixture(scope="module")
def batch(crew: Crew) -> dict[str, dict[str, Any]]:
    """The jobs that one worker did one after another, with two gigabytes for each."""
    numbers = {name: crew.queue(name) for name in ("Aborting", "Hungry", "Printing")}
    done = crew.worker("--batch", CATALOG_JOB_BYTES="2G").finish(300)
    assert done.returncode == 0, done.stderr
    return {name: crew.job(number) for name, number in numbers.items()}


def test_a_crash_in_native_code_fails_the_job_and_not_the_worker(batch: dict[str, dict[str, Any]]) -> None:
    assert batch["Aborting"]["failure"] == (
        "The process that did it crashed with SIGABRT. A library gave up, often for want of memory."
    )
    assert [job["state"] for job in batch.values()] == ["FAILED", "FAILED", "SUCCEEDED"]


def test_a_job_that_takes_more_memory_than_it_may_is_told_so(batch: dict[str, dict[str, Any]]) -> None:
    assert batch["Hungry"]["failure"].startswith("It needs more memory than CATALOG_JOB_BYTES allows.")
    count("jobs that took too much, never ended or forked, and were ended whole")


def test_what_an_estimator_prints_is_in_the_log(batch: dict[str, dict[str, Any]]) -> None:
    assert "growing a tree" in batch["Printing"]["log"]


def test_a_job_that_takes_too_long_is_ended(crew: Crew) -> None:
    number = crew.queue("Waiting")
    crew.worker("--batch", CATALOG_JOB_SECONDS="1").finish(300)
    job = crew.job(number)
    assert job["state"] == "FAILED"
    assert job["failure"] == "It took longer than 1 second, the most that CATALOG_JOB_SECONDS allows."
    count("jobs that took too much, never ended or forked, and were ended whole")


@pytest.mark.parametrize(("waits", "state"), [("false", "SUCCEEDED"), ("true", "FAILED")])
def test_what_a_job_started_ends_with_it(crew: Crew, waits: str, state: str) -> None:
    number = crew.queue("Forking", "--param", f"waits={waits}")
    seconds = "5" if waits == "true" else "300"
    assert crew.worker("--batch", CATALOG_JOB_SECONDS=seconds).finish(300).returncode == 0
    assert crew.job(number)["state"] == state, crew.job(number)
    forked = [int(path.name.partition("-")[2]) for path in crew.machine.work.glob("forked-*")]
    assert forked
    assert not any(map(is_running, forked))
    count("jobs that took too much, never ended or forked, and were ended whole")


def test_a_cancelled_job_ends_with_its_process_and_the_worker_goes_on(crew: Crew) -> None:
    number, worker = crew.queue("Waiting"), crew.worker()
    (child,) = crew.wait_for_fit()
    crew.machine.run("job", number, "--cancel", "--reason", "the wrong data")
    job = crew.wait_for(number, "CANCELLED")
    assert not is_running(child)
    assert job["model_version_id"] is None
    assert is_running(worker.process.pid or 0)
    send(worker, signal.SIGTERM)
    assert worker.finish(60).returncode == 0


def test_a_worker_ends_after_its_job_when_told_once_and_at_once_when_told_twice(crew: Crew) -> None:
    number, worker = crew.queue("Waiting"), crew.worker()
    (child,) = crew.wait_for_fit()
    send(worker, signal.SIGTERM)
    wait_until(lambda: "shutting down gracefully" in said(worker))  # two of the same at once are one
    assert is_running(child)
    send(worker, signal.SIGTERM)
    assert worker.finish(60).returncode == 0
    assert (crew.job(number)["state"], crew.job(number)["attempts"]) == ("QUEUED", 0)
    assert not is_running(child)
    crew.forget()
    worker = crew.worker()
    crew.wait_for_fit()
    send(worker, signal.SIGTERM)
    crew.let_go()
    assert worker.finish(120).returncode == 0
    assert crew.job(number)["state"] == "SUCCEEDED"


def test_a_worker_says_in_a_line_each_what_becomes_of_its_jobs(crew: Crew) -> None:
    good, bad = crew.queue("Printing"), crew.queue("Aborting")
    worker = crew.worker("--batch")
    assert worker.finish(300).returncode == 0
    lines = said(worker).splitlines()
    assert f"Job {good}: train tumour, attempt 1." in lines
    assert f"Job {good}: fit" in lines
    assert any(line.startswith(f"Job {good}: SUCCEEDED: Trained tumour:") for line in lines), lines
    failed = f"Job {bad}: FAILED: The process that did it crashed with SIGABRT."
    assert any(line.startswith(failed) for line in lines), lines
    assert [line for line in lines if "Traceback" in line or "path=catalog.tasks" in line] == []


def test_a_second_signal_ends_a_worker_without_a_traceback(crew: Crew) -> None:
    number, worker = crew.queue("Waiting"), crew.worker()
    crew.wait_for_fit()
    for words in ("shutting down gracefully", "terminating current task"):
        send(worker, signal.SIGTERM)
        wait_until(partial(is_said, worker, words))
    assert worker.finish(60).returncode == 0
    assert "Traceback" not in said(worker)
    crew.machine.run("job", number, "--cancel")


def test_a_child_ends_with_its_worker(crew: Crew) -> None:
    number, worker = crew.queue("Waiting"), crew.worker()
    (child,) = crew.wait_for_fit()
    worker.process.kill()
    worker.finish(60)
    wait_until(lambda: not is_running(child), within_seconds=30)
    crew.machine.run("job", number, "--cancel")


def test_a_worker_that_comes_back_after_another_took_its_job_adds_nothing(crew: Crew) -> None:
    """It is stopped, not killed, and its child goes on: both children finish, and one counts."""
    before = crew.machine.rows("SELECT id FROM catalog_modelversion WHERE status = 'READY'")
    number, stale = crew.queue("Waiting"), crew.worker()
    crew.wait_for_fit(1)
    send(stale, signal.SIGSTOP)
    other = crew.worker()
    first, second = crew.wait_for_fit(2)
    crew.let_go()
    job = crew.wait_for(number, "SUCCEEDED", "FAILED")
    wait_until(lambda: not is_running(first) and not is_running(second))
    send(stale, signal.SIGCONT)
    for worker in (stale, other):
        send(worker, signal.SIGTERM)
        assert worker.finish(60).returncode == 0
    ready = crew.machine.rows("SELECT id FROM catalog_modelversion WHERE status = 'READY'")
    assert [row for row in ready if row not in before] == [{"id": job["model_version_id"]}]
    assert {**crew.job(number), "log": job["log"]} == job
    (lost,) = crew.machine.rows("SELECT failure FROM catalog_modelversion WHERE status = 'FAILED'")
    assert "was given to another worker meanwhile" in lost["failure"]
