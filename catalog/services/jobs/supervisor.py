"""A worker's part in a job: it takes the lease, renews it in a thread of its own, and sees to the job's end."""

import logging
import os
import signal
import socket
import threading
import time
from typing import Any

from django.db import DatabaseError, connection
from django.db.models.functions import Now

from catalog.conf import catalog_settings
from catalog.models import Job
from catalog.services.jobs.child_process import ChildProcess
from catalog.services.jobs.endings import cancel, fail, keep_log
from catalog.services.jobs.leases import Lease, Standing, claim, give_back, renew

WATCHED_EVERY_SECONDS = 0.2
logger = logging.getLogger(__name__)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def supervise(*, job_id: int) -> None:
    """Run the job, if it is still queued, and record how it ended. SystemExit gives it back at once and goes on."""
    lease = claim(job_id=job_id, worker=worker_name())
    if lease is None:
        return
    child = ChildProcess(lease, Job.objects.values_list("log", flat=True).get(pk=job_id))
    try:
        with LeaseKeeper(lease, child) as keeper:
            problem = _watch(child, keeper)
    except BaseException:
        child.kill()
        give_back(lease=lease, why=f"The worker {worker_name()} was stopped: queued again.")
        raise
    standing = renew(lease=lease) if keeper.standing is Standing.HELD else keeper.standing
    _record(lease, child, standing, problem)


def _watch(child: ChildProcess, keeper: "LeaseKeeper") -> str:
    """Wait until the child has ended, or end it. Why the job failed, empty when it did not."""
    begun = time.monotonic()
    while not child.ended(WATCHED_EVERY_SECONDS):
        if keeper.standing in {Standing.LOST, Standing.CANCEL_REQUESTED}:
            child.stop()
            return ""
        if time.monotonic() - begun > catalog_settings().job_seconds:
            child.stop()
            return (
                f"It took longer than {catalog_settings().job_seconds:,} seconds, the most that CATALOG_JOB_SECONDS "
                "allows."
            )
    child.kill()  # what it started; its last words are read
    return _problem(child)


def _problem(child: ChildProcess) -> str:
    code = child.process.returncode
    if code == 0:
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
        self.every_seconds = min(1.0, catalog_settings().job_lease_seconds / 4)
        self.step = ""

    def __enter__(self) -> "LeaseKeeper":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.thread.join()

    def _keep(self) -> None:
        while not self.ended.wait(self.every_seconds) and self.standing is Standing.HELD:
            try:
                self.standing = renew(lease=self.lease, **self._reported())
            except DatabaseError as error:  # it may come back before the lease ends; if not, the job is another's
                logger.warning("The lease of job %s could not be renewed: %s", self.lease.job_id, error)
                connection.close()
        connection.close()

    def _reported(self) -> dict[str, Any]:
        reported = self.child.reported()
        if reported.get("step", self.step) != self.step:
            self.step = reported["step"]
            reported["step_started_at"] = Now()
        return reported
