"""PostgreSQL from Debian's packages, on a socket of its own; as root it runs as the `postgres` user."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

READY_WITHIN_SECONDS = 60
SYSTEM_USER = "postgres"


@dataclass(frozen=True)
class Postgres:
    """A running server. `socket_folder` is where its socket lies; there is no other way in."""

    socket_folder: Path
    user: str = "catalog"

    def database_url(self, name: str, *, template: str = "template1") -> str:
        """The DATABASE_URL of a new database of this name, a copy of `template`."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self.connect("postgres") as connection:
            connection.execute(statement)
        return f"postgres://{self.user}@{quote(str(self.socket_folder), safe='')}/{name}"

    def connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.socket_folder), user=self.user, dbname=name, autocommit=True)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with nothing in it; it is stopped and its files are removed at the end."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        identity = _identity(Path(folder))
        server, log = Postgres(socket_folder=Path(folder)), Path(folder) / "postgres.log"
        data = Path(folder) / "data"
        subprocess.run(
            [
                _program("initdb"),
                "-D",
                data,
                "-U",
                server.user,
                "--auth=trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **identity,
        )
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [_program("postgres"), "-D", data, *options],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                **identity,
            )
        try:
            _wait_until_ready(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # at once, with the children; nothing here needs to last
            process.wait()


def _identity(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: as whom it runs then, with the folder made theirs."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(SYSTEM_USER)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _program(name: str) -> str:
    """The newest of Debian's, which are not on the PATH, or the one that is."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(name)
    if not found:
        raise RuntimeError(f"There is no {name}: apt-get install postgresql.")
    return found


def _wait_until_ready(server: Postgres, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}") from error
            time.sleep(0.05)
        else:
            return
