"""`make serve`: the site and a worker together, until Ctrl-C, `kill` or a closed terminal ends both."""

import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
# Standard input is this process's and brings nothing but its end: then all that the child started goes too.
PROGRAM = """
import os, signal, sys, threading
def end_with_the_parent():
    while os.read(0, 1024):  # sys.stdin would hold a lock that an ending Python waits for
        pass
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_the_parent, daemon=True).start()
from s3site.command_line import main
sys.argv[0] = "manage.py"
main()
"""
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOKED_AT_EVERY_SECONDS = 0.1
WORKER_AGAIN_AFTER_SECONDS = 5.0
# Asked once a worker ends after its job, asked again it gives the job back to the queue.
ASKED_AGAIN_AFTER_SECONDS = 1.0
KILLED_AFTER_SECONDS = 10.0


class Asked(Exception):
    """Somebody wants both to end."""


def manage(*words: str) -> list[str]:
    return [sys.executable, "-u", "-c", PROGRAM, *words]  # what both say comes in its order


def run_together(*, site: Sequence[str], worker: Sequence[str]) -> int:
    """Run both until a signal comes (0) or the site ends by itself (its exit code); a worker that ends begins again."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for signum in ENDED_BY:
            signal.signal(signum, _ask)
        running["site"], running["worker"] = start(site), start(worker)
        while (code := running["site"].poll()) is None:
            time.sleep(LOOKED_AT_EVERY_SECONDS)
            if running["worker"].poll() is not None:
                sys.stderr.write(f"The worker ended; it starts again in {WORKER_AGAIN_AFTER_SECONDS:g} s.\n")
                time.sleep(WORKER_AGAIN_AFTER_SECONDS)
                running["worker"] = start(worker)
        return code
    except Asked:
        return 0
    finally:
        end(running)


def _ask(signum: int, frame: FrameType | None) -> NoReturn:
    raise Asked


def start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Run it in a process group of its own: Ctrl-C reaches this process alone, which ends them in order."""
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, process_group=0)


def end(running: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    """Ask all to end, ask again those that take their time, and kill what is left, with all that it started."""
    for signum in ENDED_BY:
        signal.signal(signum, signal.SIG_IGN)
    for signum, seconds in (
        (signal.SIGTERM, ASKED_AGAIN_AFTER_SECONDS),
        (signal.SIGTERM, KILLED_AFTER_SECONDS),
        (signal.SIGKILL, KILLED_AFTER_SECONDS),
    ):
        left = [process for process in running.values() if process.poll() is None]
        for process in left:
            process.send_signal(signum)
        _wait(left, seconds)
    for process in running.values():
        if process.stdin:
            process.stdin.close()


def _wait(processes: Sequence["subprocess.Popen[bytes]"], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0))


def main() -> None:
    port = sys.argv[1]
    code = run_together(site=manage("runserver", port, "--noreload"), worker=manage("db_worker"))
    if code:
        sys.stderr.write(f"The site did not start on port {port}. Another one: make serve PORT=8001\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
