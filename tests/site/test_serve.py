"""`make serve`: a site and a worker that end together."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.servers.ports import free_ports
from tests.servers.site import environment

ROOT = Path(__file__).resolve().parents[2]
WITHIN_SECONDS = 60
# Each writes its number into the folder: a site that goes on, or ends with 3, and a worker.
SERVE = """
import sys
from demo import serve
serve.WORKER_AGAIN_AFTER_SECONDS = 0.1
serve.ASKED_AGAIN_AFTER_SECONDS = serve.KILLED_AFTER_SECONDS = 0.5
program = "import os, signal, sys, time; open(f'{sys.argv[1]}-{os.getpid()}', 'w'); exec(sys.argv[2])"
site, worker = ([sys.executable, "-c", program, name, does] for name, does in zip(("site", "worker"), sys.argv[1:]))
serve.ROOT = "."
sys.exit(serve.run_together(site=site, worker=worker))
"""
SLEEPS, STUBBORN = "time.sleep(60)", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def pids(folder: Path, name: str) -> list[int]:
    return sorted(int(path.name.rpartition("-")[2]) for path in folder.glob(f"{name}-*"))


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def serving(folder: Path, site: str, worker: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", SERVE, site, worker]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_both(tmp_path: Path, signum: int) -> None:
    with serving(tmp_path, SLEEPS, STUBBORN) as process:
        wait_for(lambda: pids(tmp_path, "site") and pids(tmp_path, "worker"))
        process.send_signal(signum)
        assert process.wait(WITHIN_SECONDS) == 0
    assert not any(map(is_alive, pids(tmp_path, "*")))


def test_a_site_that_ends_ends_the_worker(tmp_path: Path) -> None:
    with serving(tmp_path, "time.sleep(0.3); sys.exit(3)", SLEEPS) as process:
        assert process.wait(WITHIN_SECONDS) == 3
    assert not any(map(is_alive, pids(tmp_path, "*")))


def test_a_worker_that_ends_begins_again(tmp_path: Path) -> None:
    with serving(tmp_path, SLEEPS, "sys.exit(1)"):
        wait_for(lambda: len(pids(tmp_path, "worker")) > 1)


def test_make_serve_runs_both_and_ends_them_when_it_is_killed(migrated_sqlite: Path, tmp_path: Path) -> None:
    """Even by kill -9, which leaves it no time to end anybody."""
    (port,) = free_ports(1)
    variables = environment(tmp_path, DJANGO_DEBUG="true")
    shutil.copy(migrated_sqlite, tmp_path / "catalog.sqlite3")
    log = tmp_path / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-u", "-m", "demo.serve", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
    try:
        wait_for(lambda: "waits for jobs" in log.read_text() and "development server at" in log.read_text())
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/admin/login/", timeout=30).status == 200
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    finally:
        process.kill()
        process.wait()
    assert len(children) == 2
    wait_for(lambda: not any(is_alive(int(pid)) for pid in children))


def test_the_makefile_gives_the_port_to_both() -> None:
    recipe = re.search(r"^serve:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert re.findall(r"-m demo\.(\w+) \$\(PORT\)", recipe[1]) == ["user", "serve"]
