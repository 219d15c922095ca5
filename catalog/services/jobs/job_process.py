"""The process that does one job, so that it can be stopped, limited, and crash without its worker.

The worker writes the lease to its standard input and keeps that open: when the worker dies, the child ends too. What it
reports goes to standard output, for the worker alone; what the estimator prints goes to standard error, and so to the
log.
"""

import json
import os
import signal
import sys
import threading
import traceback
from types import FrameType
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from catalog.services.jobs.job_messages import ReportedProgress
    from catalog.services.jobs.leases import Lease

FAILED, STOPPED, OUTAGE = 1, 2, 3
STOP = signal.SIGUSR1
OUT_OF_MEMORY = (
    "It needs more memory than CATALOG_JOB_BYTES allows. Allow more, or train on fewer rows or columns, or with an "
    "estimator that takes less."
)


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    messages = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    # A service manager may send this to all processes of the worker, which ends after the job.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(STOP, _stop)
    _limit_memory(asked["memory_bytes"])
    try:
        code = _run(asked, messages)
    except SystemExit:
        code = STOPPED
    sys.stdout.flush()
    os._exit(code)  # whatever the estimator left running ends here


def _run(asked: dict[str, object], messages: IO[str]) -> int:
    import django

    django.setup()
    from django.db import Error

    from catalog.services.jobs.job_messages import ReportedProgress
    from catalog.services.jobs.leases import Lease
    from catalog.services.jobs.outages import first_line

    lease = Lease(int(str(asked["job_id"])), str(asked["token"]))
    progress = ReportedProgress(messages)
    try:
        failure = _do_job(lease, progress)
    except Error as error:
        progress.send(line=f"The database did not answer: {first_line(error)}")
        return OUTAGE
    if failure:
        progress.send(failure=failure)
    return FAILED if failure else 0


def _do_job(lease: "Lease", progress: "ReportedProgress") -> str:
    """Do the job. Why it failed, in one line; empty when it did not. Raises the database's Error for an outage."""
    from catalog.exceptions import CatalogError
    from catalog.services.jobs.job_work import run
    from catalog.services.jobs.outages import is_outage

    try:
        progress.send(line=run(lease=lease, progress=progress))
    except CatalogError as error:
        return OUT_OF_MEMORY if isinstance(error.__cause__, MemoryError) else str(error)
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception as error:  # a bug of ours or of a library fails the job, whatever it is, and is shown whole
        if is_outage(error):
            raise
        traceback.print_exc()
        lines = str(error).strip().splitlines() or [""]
        return f"{type(error).__name__}: {lines[0]}"
    return ""


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    """What is half written is undone on the way out."""
    raise SystemExit(STOPPED)


def _end_with_the_worker() -> None:
    """Nothing more comes on standard input but its end, with the worker's: then this process and its own go too."""
    sys.stdin.buffer.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _limit_memory(memory_bytes: int) -> None:
    """Of what the process has to itself; libraries that are mapped are not counted."""
    if memory_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
