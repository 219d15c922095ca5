"""`make worker`: a worker that begins again when it ended by a fault, as by a database that had no room for a while."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from demo.serve import ENDED_BY, WORKER_AGAIN_AFTER_SECONDS, manage, start

AGAIN_AFTER_SECONDS = WORKER_AGAIN_AFTER_SECONDS


class Keeper:
    """Starts the worker until somebody wants it to end: each signal is passed on, and the worker sees to its job."""

    def __init__(self, *, preparing: Sequence[str], worker: Sequence[str]) -> None:
        self.preparing, self.worker, self.is_asked = preparing, worker, False
        self.running: subprocess.Popen[bytes] | None = None

    def keep(self) -> int:
        """0, or the code of a worker that was asked to end and did so otherwise."""
        for signum in ENDED_BY:
            signal.signal(signum, self._pass_on)
        code = self._repeat(self.preparing, "The database could not be prepared; that is tried again")
        return code if self.is_asked else self._repeat(self.worker, "The worker ended; it starts again")

    def _repeat(self, command: Sequence[str], what: str) -> int:
        """Until it succeeds or somebody wants it to end; its exit code, as shells report it."""
        while not self.is_asked:
            self.running = start(command)
            code = self.running.wait()
            if self.is_asked or code == 0:
                return code if code >= 0 else 128 - code
            sys.stderr.write(f"{what} in {AGAIN_AFTER_SECONDS:g} s.\n")
            self._pause()
        return 0

    def _pause(self) -> None:
        """In short steps: a signal's handler returns to the sleep that it interrupted."""
        deadline = time.monotonic() + AGAIN_AFTER_SECONDS
        while not self.is_asked and time.monotonic() < deadline:
            time.sleep(0.1)

    def _pass_on(self, signum: int, frame: FrameType | None) -> None:
        self.is_asked = True
        if self.running and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    migrate = manage("migrate", "--verbosity", "0", "--skip-checks")
    sys.exit(Keeper(preparing=migrate, worker=manage("db_worker")).keep())
