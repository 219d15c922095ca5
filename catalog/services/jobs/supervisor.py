"""A worker's part in a job: it takes the lease, renews it in a thread of its own, and sees to the job's end."""

import logging
import os
import signal
import socket
import threading
import time
from typing import Any

from django.db import Error, connection
from django.db.models.functions import Now

from catalog.conf import catalog_settings
from catalog.exceptions import counted
from catalog.models import Job
from catalog.services.jobs.child_process import ChildProcess
from catalog.services.jobs.endings import cancel, fail, keep_log
from catalog.services.jobs.job_log import line
from catalog.services.jobs.job_process import OUTAGE
from catalog.services.jobs.leases import Lease, Standing, claim, give_back, renew
from catalog.services.jobs.outages import first_line, wait_for_database

WATCHED_EVERY_SECONDS = 0.2
SILENT_SECONDS = 10.0
FOR_EVER = float("inf")
logger = logging.getLogger(__name__)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def supervise(*, job_id: int) -> None:
    """Run the job, if it is still queued, and record how it ended. SystemExit gives it back at once and goes on."""
    lease = wait_for_database(lambda: claim(job_id=job_id, worker=worker_name()), within_seconds=FOR_EVER)
    if lease is None:
        return
    job = wait_for_database(lambda: Job.objects.get(pk=job_id), within_seconds=_lease_seconds())
    logger.info("Job %s: %s, attempt %s.", job_id, job.title, job.attempts)
    child = ChildProcess(lease, job.log)
    try:
        with LeaseKeeper(lease, child) as keeper:
            problem = _watch(child, keeper)
    except BaseException:
        child.kill()
        _give_back(lease, f"The worker {worker_name()} was stopped: queued again.", within_seconds=_lease_seconds())
        raise
    if keeper.standing is Standing.UNKNOWN or child.process.returncode == OUTAGE:
        _give_back(lease, "The database did not answer: queued again.", within_seconds=FOR_EVER)
    else:
        wait_for_database(lambda: _record(lease, child, keeper.standing, problem), within_seconds=FOR_EVER)
    wait_for_database(lambda: _say_how_it_stands(job_id, child), within_seconds=FOR_EVER)


def _lease_seconds() -> float:
    return catalog_settings().job_lease_seconds


def _give_back(lease: Lease, why: str, *, within_seconds: float) -> None:
    """Queue the job again, if it is still ours; the attempt does not count, for it was not the job that failed."""
    wait_for_database(lambda: give_back(lease=lease, why=why), within_seconds=within_seconds)


def _say_how_it_stands(job_id: int, child: ChildProcess) -> None:
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return
    last = child.log[-1][1] if child.log else ""
    why = job.failure or (last if job.state == Job.State.SUCCEEDED else "")
    level = logging.ERROR if job.state == Job.State.FAILED else logging.INFO
    logger.log(level, "Job %s: %s%s", job_id, job.state, f": {line(why)[1]}" if why else ".")


def _watch(child: ChildProcess, keeper: "LeaseKeeper") -> str:
    """Wait until the child has ended, or end it. Why the job failed, empty when it did not."""
    begun = time.monotonic()
    while not child.ended(WATCHED_EVERY_SECONDS):
        if keeper.standing in {Standing.LOST, Standing.CANCEL_REQUESTED, Standing.UNKNOWN}:
            child.stop()
            return ""
        if time.monotonic() - begun > catalog_settings().job_seconds:
            child.stop()
            return (
                f"It took longer than {counted(catalog_settings().job_seconds, 'second')}, the most that "
                "CATALOG_JOB_SECONDS allows."
            )
    child.kill()  # what it started; its last words are read
    return _problem(child)


def _problem(child: ChildProcess) -> str:
    code = child.process.returncode
    if code in {0, OUTAGE}:
        return ""
    if child.failure:
        return child.failure
    if code > 0:
        return f"The process that did it ended with exit {code}, and did not say why. The log may tell."
    why = {
        signal.SIGKILL: "Somebody killed it, or the machine ran out of memory.",
        signal.SIGABRT: "A library gave up, often for want of memory.",
    }.get(signal.Signals(-code), "A library that it uses has a fault, or a file that it read is damaged.")
    return f"The process that did it crashed with {signal.Signals(-code).name}. {why}"


def _record(lease: Lease, child: ChildProcess, standing: Standing, problem: str) -> None:
    standing = renew(lease=lease) if standing is Standing.HELD else standing
    if standing is Standing.CANCEL_REQUESTED:
        child.add_line("Cancelled.")
        if cancel(lease=lease, log=list(child.log)):
            return
    if problem:
        child.add_line(f"Failed: {problem}")
        if fail(lease=lease, failure=problem, log=list(child.log)):
            return
    if standing is not Standing.LOST:
        keep_log(lease=lease, log=list(child.log))


class LeaseKeeper:
    """Renews the lease and writes down the progress, in a thread: the worker waits, and a fit can't tick."""

    def __init__(self, lease: Lease, child: ChildProcess) -> None:
        self.lease, self.child = lease, child
        self.standing = Standing.HELD
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self.every_seconds = min(1.0, _lease_seconds() / 4)
        self.step = ""
        self.seen: tuple[Any, Any] = ("", 0)
        self.moved_at = time.monotonic()

    def __enter__(self) -> "LeaseKeeper":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.thread.join()

    def _keep(self) -> None:
        """Through an outage for as long as the lease can be told to be held."""
        renewed, is_said = time.monotonic(), False
        while not self.ended.wait(self.every_seconds) and self.standing is Standing.HELD:
            try:
                self.standing = renew(lease=self.lease, **self._reported())
                renewed, is_said = time.monotonic(), False
            except Error as error:
                connection.close()
                if not is_said:
                    logger.warning("Job %s: its lease can't be renewed: %s", self.lease.job_id, first_line(error))
                    is_said = True
                if time.monotonic() > renewed + _lease_seconds():
                    self.standing = Standing.UNKNOWN
        connection.close()

    def _reported(self) -> dict[str, Any]:
        reported = self.child.reported()
        step = reported.get("step", self.step)
        if step != self.step:
            self.step = step
            reported["step_started_at"] = Now()
        if self._is_silent(reported):
            reported["step"] = f"{step} (waiting)"
        return reported

    def _is_silent(self, reported: dict[str, Any]) -> bool:
        """Whether bytes have not moved for a while: storage, most often, that does not answer."""
        seen = reported.get("step"), reported.get("done")
        if seen != self.seen:
            self.seen, self.moved_at = seen, time.monotonic()
        return reported.get("unit") == "bytes" and time.monotonic() > self.moved_at + SILENT_SECONDS
