"""Whatever is typed into an address, a query string or a form: the site answers, and never by an error of its own."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.admin.people import Catalog
from tests.admin.test_imports import arguments
from tests.servers.postgres import postgres
from tests.servers.site import environment, run
from tests.summary import count

__all__ = ["arguments"]
HOW_MANY = "all" if os.environ.get("CATALOG_SOAK") == "1" else "some"


@contextmanager
def database(engine: str, migrated_sqlite: Path, folder: Path) -> Iterator[str]:
    """The DATABASE_URL of a database without rows, and on PostgreSQL without tables."""
    if engine == "sqlite":
        yield f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'catalog.sqlite3')}"
        return
    with postgres() as server:
        yield server.database_url("catalog")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_no_odd_request_is_an_error_of_the_site(
    engine: str, arguments: list[str], catalog: Catalog, migrated_sqlite: Path, tmp_path: Path
) -> None:
    with database(engine, migrated_sqlite, tmp_path) as url:
        program = run(environment(tmp_path, DATABASE_URL=url), "-m", "tests.admin.fuzzing", *arguments[:2], HOW_MANY)
    result = json.loads(program.splitlines()[-1])
    assert result["failed"] == {}
    assert result["sent"] > {"some": 800, "all": 5000}[HOW_MANY]
    count("odd requests to the admin, on SQLite and PostgreSQL", result["sent"])
