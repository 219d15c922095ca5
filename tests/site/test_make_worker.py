"""`make worker`: a worker that begins again after a fault, and ends when it is told to."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.servers.site import environment
from tests.site.test_serve import ROOT, WITHIN_SECONDS, pids, wait_for

KEEP = """
import sys
from demo import serve, worker
serve.ROOT, worker.AGAIN_AFTER_SECONDS = ".", 0.1
program = "import os, signal, sys, time; open(f'{sys.argv[1]}-{os.getpid()}', 'w'); exec(sys.argv[2])"
does = [sys.executable, "-c", program, "worker", sys.argv[1]] if len(sys.argv) > 1 else serve.manage("db_worker")
prepares = [sys.executable, "-c", program, "preparing", "".join(sys.argv[2:])]
sys.exit(worker.Keeper(preparing=prepares, worker=does).keep())
"""


@contextmanager
def keeping(folder: Path, *does: str, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-c", KEEP, *does]
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **variables, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
        )
    yield process
    process.kill()
    process.wait()


def rename(folder: Path, table: str, name: str) -> None:
    with closing(sqlite3.connect(folder / "catalog.sqlite3")) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {name}")


def test_a_worker_that_its_database_ended_begins_again_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    variables = environment(tmp_path, DJANGO_DEBUG="true")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=variables, check=True)
    rename(tmp_path, "catalog_job", "away")
    with keeping(tmp_path, **variables) as process:
        wait_for(lambda: "The worker ended; it starts again" in (tmp_path / "log").read_text())
        rename(tmp_path, "away", "catalog_job")
        wait_for(lambda: "waits for jobs" in (tmp_path / "log").read_text())
        process.terminate()
        assert process.wait(WITHIN_SECONDS) == 0


BUSY = """
def finish_the_job(*signal_and_frame):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    open("asked", "w")
signal.signal(signal.SIGTERM, finish_the_job)
open("busy", "w")
while True:
    time.sleep(60)
"""


def test_each_signal_is_passed_on_so_that_the_second_one_ends_a_busy_worker(tmp_path: Path) -> None:
    with keeping(tmp_path, BUSY) as process:
        wait_for((tmp_path / "busy").exists)
        process.send_signal(signal.SIGINT)
        wait_for((tmp_path / "asked").exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_SECONDS) != 0
    assert len(pids(tmp_path, "worker")) == 1


def test_a_database_that_does_not_answer_yet_is_waited_for(tmp_path: Path) -> None:
    with keeping(tmp_path, "", "sys.exit(not os.path.exists('up'))") as process:
        wait_for(lambda: len(pids(tmp_path, "preparing")) > 1)
        assert pids(tmp_path, "worker") == []
        (tmp_path / "up").touch()
        assert process.wait(WITHIN_SECONDS) == 0
    assert (
        (tmp_path / "log").read_text().startswith("The database could not be prepared; that is tried again in 0.1 s.")
    )
    assert len(pids(tmp_path, "worker")) == 1


def test_a_signal_ends_the_waiting_for_a_database(tmp_path: Path) -> None:
    with keeping(tmp_path, "", "sys.exit(1)") as process:
        wait_for(lambda: len(pids(tmp_path, "preparing")) > 1)
        process.terminate()
        process.wait(WITHIN_SECONDS)
    assert pids(tmp_path, "worker") == []


def test_the_makefile_starts_it() -> None:
    recipe = re.search(r"^worker:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert "python -m demo.worker" in recipe[1]
