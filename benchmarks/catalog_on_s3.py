"""A catalog of its own for a benchmark: SeaweedFS on loopback, a database, a cache, and `manage.py` with them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import PYTHON, Run, run
from tests.servers.seaweedfs import SeaweedFS, seaweedfs


@dataclass(frozen=True)
class CatalogOnS3:
    server: SeaweedFS
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.server.environment(),
            "DJANGO_DEBUG": "true",
            "DATABASE_URL": f"sqlite:///{self.folder}/catalog.sqlite3",
            "CATALOG_CACHE_DIR": str(self.folder / "cache"),
        }

    def manage(self, *arguments: object) -> Run:
        """`manage.py` in a process of its own. A command that is given `--json` tells what it answered."""
        return run(PYTHON, "manage.py", *arguments, env=self.environment)

    def program(self, module: str, *arguments: object, python: object = PYTHON) -> Run:
        """Another program with the same keys and bucket: a peer, or a floor."""
        return run(python, "-m", module, *arguments, env=self.environment)

    def put(self, path: Path, key: str) -> str:
        """The address of the file in the bucket, under a folder that is not the catalog's."""
        client: Any = self.server.client()
        client.upload_file(str(path), self.server.public_bucket, key)
        return f"s3://{self.server.public_bucket}/{key}"

    def forget_downloads(self) -> None:
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def train(self, name: str, dataset: Path, *options: object) -> dict[str, Any]:
        """The model's version 1, in production, trained on the file's rows."""
        self.manage("add_dataset", name, dataset)
        arguments = ("--dataset", name, "--alias", "production", "--reason", "measured", *options)
        return self.manage("train_model", name, *arguments, "--json").told


@contextmanager
def catalog_on_s3() -> Iterator[CatalogOnS3]:
    """Everything is stopped and removed at the end."""
    with seaweedfs() as server, tempfile.TemporaryDirectory(prefix="catalog-benchmark-") as folder:
        catalog = CatalogOnS3(server, Path(folder))
        catalog.manage("migrate", "--verbosity=0")
        yield catalog


@contextmanager
def data_folder() -> Iterator[Path]:
    """Where the files of flights are made: CATALOG_BENCHMARK_DATA keeps them for the next benchmark."""
    kept = os.environ.get("CATALOG_BENCHMARK_DATA")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="catalog-benchmark-data-") as folder:
        yield Path(folder)
