"""The worker's side of a job's child process: it is started, listened to, and ended with all that it started."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import IO, Any

from catalog.conf import catalog_settings
from catalog.services.jobs.job_log import MOST_LINES, Line, line
from catalog.services.jobs.job_process import STOP
from catalog.services.jobs.leases import Lease

GRACE_SECONDS = 3.0
# It finds modules where the worker does, also those of a person's own pipeline.
PROGRAM = """
import sys
sys.path[:] = {path!r}
from s3site.process import tune
tune()
from catalog.services.jobs.job_process import main
main()
"""
STEP = ("step", "total", "unit", "done")
logger = logging.getLogger(__name__)


class ChildProcess:
    """What the child last reported: its step, the lines of the log, and why it failed."""

    def __init__(self, lease: Lease, log: list[Line]) -> None:
        self.job_id = lease.job_id
        self.step: dict[str, Any] = {}
        self.log: deque[Line] = deque(log, MOST_LINES)
        self.failure = ""
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", PROGRAM.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        streams = ((self.process.stdout, self._take_message), (self.process.stderr, self._take_printed))
        self.listeners = [
            threading.Thread(target=_listen, args=(stream, take), daemon=True) for stream, take in streams
        ]
        for listener in self.listeners:
            listener.start()
        asked = {"job_id": lease.job_id, "token": lease.token, "memory_bytes": catalog_settings().job_bytes}
        with suppress(BrokenPipeError):  # it died at once; its exit tells why
            self._stdin.write(f"{json.dumps(asked)}\n".encode())
            self._stdin.flush()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None  # noqa: S101 - it is a pipe
        return self.process.stdin

    def ended(self, within_seconds: float) -> bool:
        """Whether it has ended by itself, waited for so long."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(within_seconds)
        return self.process.returncode is not None

    def stop(self) -> None:
        """Let it undo what is half written, for a moment; then kill it and whatever it started."""
        with suppress(ProcessLookupError):
            self.process.send_signal(STOP)
        self.ended(GRACE_SECONDS)
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for listener in self.listeners:
            listener.join(GRACE_SECONDS)
        with suppress(BrokenPipeError):
            self._stdin.close()

    def reported(self) -> dict[str, Any]:
        """Fields of the job: the step and the log."""
        with self.lock:
            return {**self.step, "log": list(self.log)}

    def add_line(self, text: str) -> None:
        with self.lock:
            self.log.append(line(text))

    def _take_message(self, text: str) -> None:
        message = json.loads(text)
        with self.lock:
            if "line" in message:
                self.log.append(line(message["line"]))
            elif "failure" in message:
                self.failure = message["failure"]
            else:
                if message["step"] != self.step.get("step"):
                    logger.info("Job %s: %s", self.job_id, message["step"])
                self.step = {name: message[name] for name in STEP}

    def _take_printed(self, text: str) -> None:
        if text.strip():
            self.add_line(text)


def _listen(stream: IO[bytes], take: Any) -> None:
    with stream:
        for content in stream:
            take(content.decode(errors="replace"))
