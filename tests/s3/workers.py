"""A machine with workers, and what becomes of its jobs."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.s3.machine import STREAMS, TRAIN_TUMOUR, Machine, RunningCommand

# As short as three busy workers on two cores can keep.
LEASE_SECONDS = 3
ENDED_WITHIN_SECONDS = 300
JOBS = "SELECT id, kind, state, attempts, failure, model_version_id, prediction_id, log FROM catalog_job ORDER BY id"


@dataclass(frozen=True)
class Crew:
    """The estimators of `tests.s3.programs.estimators` look for files in the machine's `work` folder."""

    machine: Machine

    def worker(self, *arguments: object, **variables: str) -> RunningCommand:
        options = ("--interval", "0.2", "--no-startup-delay")
        variables = {"CATALOG_JOB_LEASE_SECONDS": str(LEASE_SECONDS), **variables}
        return self.machine.start("db_worker", *options, *arguments, **variables)

    def queue(self, estimator: str, *arguments: object) -> int:
        """A training with one of those estimators. The job's number."""
        named = ("--estimator", f"tests.s3.programs.estimators:{estimator}")
        return int(self.machine.json(*TRAIN_TUMOUR, *named, "--background", *arguments)["job"])

    def jobs(self) -> list[dict[str, Any]]:
        return self.machine.rows(JOBS)

    def job(self, number: int) -> dict[str, Any]:
        return next(job for job in self.jobs() if job["id"] == number)

    def wait_for(self, number: int, *states: str) -> dict[str, Any]:
        """The job, once it is in one of the states."""
        wait_until(lambda: self.job(number)["state"] in states)
        return self.job(number)

    def wait_for_fit(self, count: int = 1) -> list[int]:
        """The processes in which `Waiting` has begun to be fitted, once they are so many."""
        wait_until(lambda: len(self._begun()) == count)
        return [int(path.name.partition("-")[2]) for path in self._begun()]

    def let_go(self) -> None:
        (self.machine.work / "go").touch()

    def forget(self) -> None:
        """The next fit waits again."""
        for path in (*self._begun(), self.machine.work / "go"):
            path.unlink(missing_ok=True)

    def _begun(self) -> list[Path]:
        return list(self.machine.work.glob("begun-*"))


def wait_until(holds: Callable[[], bool], within_seconds: float = ENDED_WITHIN_SECONDS) -> None:
    deadline = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def send(worker: RunningCommand, signum: signal.Signals) -> None:
    assert worker.process.pid is not None
    os.kill(worker.process.pid, signum)


def said(worker: RunningCommand) -> str:
    return "".join((worker.folder / name).read_text() for name in STREAMS)


def is_said(worker: RunningCommand, words: str) -> bool:
    return words in said(worker)


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
