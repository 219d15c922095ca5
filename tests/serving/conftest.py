import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.site import run
from tests.serving.served_process import TOKEN, Server, served_environment, serving
from tests.shared_folders import copy_of_shared

PROGRAMS = Path(__file__).parent / "programs"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()


@pytest.fixture(scope="session")
def served_folder(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with `late:1` in production and `late:2` in staging."""

    def build(folder: Path) -> None:
        shutil.copy(migrated_sqlite, folder / "catalog.sqlite3")
        run(served_environment(folder), str(PROGRAMS / "build_served.py"), str(folder))

    return copy_of_shared("served", build, tmp_path_factory)


@pytest.fixture(scope="session")
def server(served_folder: Path) -> Iterator[Server]:
    limits = {"CATALOG_SERVING_ROWS": "500", "CATALOG_SERVING_BYTES": "200K", "CATALOG_SERVING_FOLLOW_SECONDS": "1"}
    with serving(served_folder, "late", CATALOG_SERVING_TOKENS=f"{'0' * 64},{DIGEST}", **limits) as running:
        yield running
