"""The catalogs of earlier releases, out of their archives and migrated by the code at hand."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.s3.machine import Machine
from tests.servers.postgres import Postgres
from tests.servers.postgres import postgres as running_postgres
from tests.servers.seaweedfs import seaweedfs as running_seaweedfs
from tests.upgrade.archive import FOLDER, LOCAL_STORE, POSTGRES, SQLITE, restore_bucket, restore_postgres, unpack

CATALOGS = [(path, name) for path in sorted(FOLDER.glob("*.tar.xz")) for name in (SQLITE, POSTGRES)]
IDS = [f"{path.name.partition('.')[0]}-{name}" for path, name in CATALOGS]


@dataclass(frozen=True)
class Earlier:
    """`predictions` says by version what the earlier release predicted with it, and how it was asked."""

    machine: Machine
    predictions: dict[str, dict[str, Any]]
    empty_database: str

    @property
    def rebuilding(self) -> Machine:
        """The same objects, beside a database without rows: in PostgreSQL where the catalog's is SQLite, and so on."""
        environment = {**self.machine.environment, "DATABASE_URL": self.empty_database}
        return replace(self.machine, environment=environment)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module", params=CATALOGS, ids=IDS)
def earlier(
    request: pytest.FixtureRequest, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Earlier]:
    """Each of the archives' catalogs in turn, with servers of its own."""
    archive, name = request.param
    folder = tmp_path_factory.mktemp("earlier")
    description = unpack(archive, folder)
    assert _minor(description["scikit-learn"]) == _minor(metadata.version("scikit-learn")), (
        "Its models don't load with another scikit-learn: tests/upgrade/make_archive.py says how to make it again."
    )
    catalog = description["catalogs"][name]
    with ExitStack() as stack:
        restore = {SQLITE: _restore_sqlite, POSTGRES: _restore_postgres}[name]
        url, empty, variables = restore(stack, postgres, folder / name, catalog["variables"])
        machine = Machine.make(folder / "machine", url, {**variables, **catalog["variables"]})
        machine = replace(machine, work=folder / name / "work")
        machine.run("migrate", "-v0")
        yield Earlier(machine, catalog["predictions"], empty)


Restored = tuple[str, str, dict[str, str]]


def _restore_sqlite(stack: ExitStack, server: Postgres, folder: Path, variables: dict[str, str]) -> Restored:
    """The URLs of the catalog's database and of an empty one, and the variables that are not the archive's."""
    empty = server.database_url(f"rebuilt_{_name(folder)}")
    return f"sqlite:///{folder / 'database.sqlite3'}", empty, LOCAL_STORE


def _restore_postgres(stack: ExitStack, server: Postgres, folder: Path, variables: dict[str, str]) -> Restored:
    s3 = stack.enter_context(running_seaweedfs())
    with closing(s3.client()) as client:
        restore_bucket(client, variables["AWS_BUCKET_NAME"], folder)
    url = restore_postgres(server, f"earlier_{_name(folder)}", folder)
    return url, f"sqlite:///{folder / 'rebuilt.sqlite3'}", s3.environment()


def _name(folder: Path) -> str:
    """For a database: another in each test run and archive."""
    return folder.parent.name.replace("-", "_")


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]
