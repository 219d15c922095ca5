"""The database of the tests: SQLite, or with CATALOG_TEST_DATABASE=postgresql a cluster of the session's own.

On PostgreSQL keys go on counting when rows are rolled back or come with keys of their own; on SQLite they do not.
Here they begin after the rows that there are, so that tests may name rows by number on either.
"""

import os
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection

from tests.servers.postgres import postgres

SWITCH, ADDRESS = "CATALOG_TEST_DATABASE", "CATALOG_TEST_DATABASE_SOCKET"
running = ExitStack()


def is_postgresql() -> bool:
    return os.environ.get(SWITCH) == "postgresql"


def start_cluster() -> None:
    """Once, before workers are started: they find its socket in the environment."""
    if is_postgresql() and ADDRESS not in os.environ:
        server = running.enter_context(postgres())
        os.environ[ADDRESS] = str(server.socket_folder)
        running.callback(os.environ.pop, ADDRESS)
    if is_postgresql():
        settings.DATABASES["default"]["HOST"] = os.environ[ADDRESS]


def stop_cluster() -> None:
    running.close()


def continue_numbering(*_: Any) -> None:
    """Let keys begin after the rows that there are."""
    if is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute(";".join(connection.ops.sequence_reset_sql(no_style(), apps.get_models())))


def write_database(path: Path) -> None:
    """Write the test database, of SQLite in memory, into a file."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as file:
        connection.connection.backup(file)
