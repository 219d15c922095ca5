"""PostgreSQL, the system's or PyPI's, on a socket of its own; as root it runs as the `postgres` user, or as nobody."""

import os
import pwd
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

from tests.servers.programs import POSTGRESQL

READY_WITHIN_SECONDS = 60
SYSTEM_USERS = ("postgres", "nobody")


@dataclass
class Postgres:
    """A server. `socket_folder` is where its socket and its files lie; there is no other way in."""

    socket_folder: Path
    identity: dict[str, Any]
    user: str = "catalog"
    process: "subprocess.Popen[bytes] | None" = None

    def database_url(self, name: str, *, template: str = "template1") -> str:
        """The DATABASE_URL of a new database of this name, a copy of `template`."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self.connect("postgres") as connection:
            connection.execute(statement)
        return f"postgres://{self.user}@{quote(str(self.socket_folder), safe='')}/{name}"

    def connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.socket_folder), user=self.user, dbname=name, autocommit=True)

    def initialize(self) -> None:
        options = ["-U", self.user, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        command = [_program("initdb"), "-D", self.data, *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.socket_folder, **self.identity)

    @property
    def data(self) -> Path:
        return self.socket_folder / "data"

    def start(self) -> None:
        """Until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        }
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        log = self.socket_folder / "postgres.log"
        with log.open("ab") as output:
            command = [_program("postgres"), "-D", self.data, *options]
            streams = {"stdout": output, "stderr": subprocess.STDOUT}
            self.process = subprocess.Popen(command, cwd=self.socket_folder, **streams, **self.identity)
        _wait_until_ready(self, self.process, log)

    def stop(self, signum: signal.Signals = signal.SIGINT) -> None:
        """As `pg_ctl stop -m fast` does: all connections are ended."""
        assert self.process is not None
        self.process.send_signal(signum)
        self.process.wait()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server with nothing in it; it is stopped and its files are removed at the end."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        server = Postgres(Path(folder), _identity(Path(folder)))
        server.initialize()
        try:
            server.start()
            yield server
        finally:
            if server.process is not None:
                server.stop(signal.SIGQUIT)  # at once, with the children; nothing here needs to last


def _identity(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: as whom it runs then, with the folder made theirs."""
    if os.geteuid() != 0:
        return {}
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(accounts[name] for name in SYSTEM_USERS if name in accounts)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _program(name: str) -> str:
    return str(Path(POSTGRESQL.path()) / name)


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
