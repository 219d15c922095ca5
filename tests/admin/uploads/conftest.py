"""A trainer in the browser, and the catalog of the child processes that read what is uploaded."""

import shutil
from pathlib import Path

import pytest
from django.test import Client

from tests.admin.people import SignIn
from tests.servers import site


@pytest.fixture
def child_catalog(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalog of the child process: this one's is in memory, where no other process finds it."""
    folder = tmp_path / "child"
    folder.mkdir()
    shutil.copy(migrated_sqlite, folder / "catalog.sqlite3")
    for name, value in site.environment(folder).items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def trainer(sign_in: SignIn) -> Client:
    return sign_in("Trainers")
