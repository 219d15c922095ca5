"""What all tests have: a catalog of their own, on this machine, in a temporary folder."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from tests.groups import remember_groups
from tests.servers.database import continue_numbering, is_postgresql, start_cluster, stop_cluster, write_database
from tests.servers.programs import ProgramMissing
from tests.servers.site import environment, run
from tests.summary import (
    pytest_runtest_makereport,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = ["pytest_runtest_makereport", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]

MIGRATED = "migrated.sqlite3"


def pytest_configure(config: pytest.Config) -> None:
    try:
        start_cluster()
    except ProgramMissing as missing:
        pytest.exit(f"Left out, on PostgreSQL: {missing}", returncode=int(os.environ.get("CI") == "true"))


def pytest_unconfigure(config: pytest.Config) -> None:
    stop_cluster()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: packed ones hold the second in which they were made, which differs between two workers."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def postgresql_as_sqlite(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that begin at 1 in a test's empty tables, and a connection that is not given up within its transaction."""
    if is_postgresql() and {"db", "transactional_db"} & _database_fixtures(request):
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock():
            continue_numbering()
            if "transactional_db" not in request.fixturenames:
                monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


def _database_fixtures(request: pytest.FixtureRequest) -> set[str]:
    marked = {"db"} if request.node.get_closest_marker("django_db") else set()
    return {*request.fixturenames, *marked}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The test database, with its groups after each test."""
    with django_db_blocker.unblock():
        if not is_postgresql() and not connection.is_in_memory_db():
            return  # none was made, as no test of this run asks for one: this is the checkout's own
        remember_groups()
        if not is_postgresql():
            write_database(tmp_path_factory.getbasetemp() / MIGRATED)


@pytest.fixture(scope="session")
def migrated_sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with empty tables, to copy: migrations take a process of its own four seconds."""
    path = tmp_path_factory.getbasetemp() / MIGRATED
    request.getfixturevalue("django_db_setup")
    if not path.exists():
        run(environment(path.parent, DATABASE_URL=f"sqlite:///{path}"), "manage.py", "migrate", "-v0")
    return path


@pytest.fixture(autouse=True)
def own_catalog_folders(settings: Any, tmp_path: Path) -> None:
    """Objects and cache in the test's own folder; no test reads or leaves anything elsewhere."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "catalog.storage.local.LocalCatalogStorage",
            "OPTIONS": {"location": tmp_path / "objects"},
        },
    }
    # A copy, so that a test may write settings.CATALOG["JOB_SECONDS"] = 1 and no other test sees it.
    settings.CATALOG = {**settings.CATALOG, "CACHE_DIR": tmp_path / "cache"}


@pytest.fixture(autouse=True)
def databases_in_memory_closed() -> Iterator[None]:
    """What threads opened: Django leaves an SQLite database in memory open when it is told to close it, and Python 3.13
    warns of that, some tests later."""
    opened: list[Any] = []

    def remember(connection: Any, **_: Any) -> None:
        if threading.current_thread() is not threading.main_thread() and connection.vendor == "sqlite":
            opened.append(connection.connection)

    connection_created.connect(remember)
    yield
    connection_created.disconnect(remember)
    for database in opened:
        database.close()


@pytest.fixture(autouse=True)
def no_pause_from_before() -> Iterator[None]:
    """Manifests are stored as by a process that has just begun."""
    from catalog.services.persistence import manifests

    with pytest.MonkeyPatch.context() as patched:
        for name in ("storage_pause", "overdue_pause"):
            patched.setattr(manifests, name, manifests.Pause())
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that are marked `soak` are run by `make soak` alone, those marked `sqlite` or `postgresql` there alone."""
    not_now = {"soak"} if os.environ.get("CATALOG_SOAK") != "1" else set()
    not_now |= {"sqlite" if is_postgresql() else "postgresql"}
    left = [item for item in items if any(item.get_closest_marker(name) for name in not_now)]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)
