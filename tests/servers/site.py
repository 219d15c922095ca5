"""The site in a process of its own, under gunicorn on a free loopback port, with a database that can be put back."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Site:
    """A running site at `url`. Its database, objects and cache lie in `folder`."""

    url: str
    folder: Path

    def keep(self, name: str) -> None:
        """Remember the present state of database and objects under this name."""
        copy_database(self.folder / "catalog.sqlite3", self.folder / f"{name}.sqlite3")
        _copy_tree(self.folder / "objects", self.folder / f"{name}-objects")

    def restore(self, name: str) -> None:
        """Put that state back."""
        copy_database(self.folder / f"{name}.sqlite3", self.folder / "catalog.sqlite3")
        _copy_tree(self.folder / f"{name}-objects", self.folder / "objects")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables of the site's process, with nothing of this machine's configuration."""
    own = ("AWS_", "CATALOG_", "DJANGO_", "DATABASE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {
        **kept,
        **{f"AWS_{name}": "" for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "BUCKET_NAME", "LOCATION")},
        **{f"AWS_{name}": "" for name in ("SESSION_TOKEN", "ENDPOINT_URL", "DEFAULT_REGION")},
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "DJANGO_DEBUG": "false",
        "DJANGO_SECRET_KEY": "of-the-tests-only-" + "x" * 40,
        "CATALOG_TEST_FOLDER": str(folder),
        "CATALOG_CACHE_DIR": str(folder / "cache"),
        "DATABASE_URL": f"sqlite:///{folder}/catalog.sqlite3",
        **more,
    }


@contextmanager
def worker(variables: dict[str, str], *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker of the site's jobs; it is killed at the end."""
    command = [sys.executable, str(ROOT / "manage.py"), "db_worker", "--interval", "0.2", *options]
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(variables: dict[str, str], *words: str) -> str:
    """What a Python program printed in the site's environment. Raises RuntimeError with what it complained of."""
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout


@contextmanager
def site(folder: Path, variables: dict[str, str]) -> Iterator[Site]:
    """The site, over a database that is migrated; it is stopped at the end."""
    (folder / "static").mkdir(exist_ok=True)
    (folder / "objects").mkdir(exist_ok=True)
    (port,) = free_ports(1)
    server, log = Site(f"http://127.0.0.1:{port}", folder), folder / "gunicorn.log"
    options = ["-c", str(ROOT / "deploy" / "gunicorn.conf.py"), "--workers=1", f"--bind=127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
    try:
        _wait_until_ready(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(server: Site, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{server.url}/admin/login/", timeout=10).close()
        except OSError as error:  # also one that takes too long to answer
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The site did not start:\n{log.read_text()[-3000:]}") from error
            time.sleep(0.1)
        else:
            return


def copy_database(source: Path, target: Path) -> None:
    """By SQLite's own means, so that a connection that the site still holds sees the new rows."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target, timeout=20)) as write:
        read.backup(write)


def _copy_tree(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
