"""A machine of a user: a home, a cache and an environment of its own; it shares a database and a bucket at most."""

import json
import multiprocessing
import os
import runpy
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import dask
import psycopg
from psycopg.rows import dict_row

PROJECT = Path(__file__).resolve().parents[2]
# Empty variables keep a developer's `.env` from filling them in.
EMPTY = dict.fromkeys(
    (
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
        "AWS_BUCKET_NAME", "AWS_LOCATION", "CATALOG_ALLOW_PICKLE_UPLOADS", "CATALOG_CACHE_BYTES",
        "CATALOG_MANIFEST_KEY", "CATALOG_MODEL_BYTES", "CATALOG_PROTECTED_ALIASES", "CATALOG_TRUSTED_TYPES",
        "DASK_SCHEDULER", "DASK_TLS_CA_FILE", "DASK_TLS_CERT_FILE", "DASK_TLS_KEY_FILE", "DASK_WAIT_SECONDS",
        "DJANGO_SECRET_KEY", "DJANGO_DEBUG", "DJANGO_ALLOWED_HOSTS", "DJANGO_CSRF_TRUSTED_ORIGINS",
        "CATALOG_ESTIMATORS", "CATALOG_JOB_BYTES", "CATALOG_JOB_LEASE_SECONDS", "CATALOG_JOB_SECONDS",
    ),
    "",
)  # fmt: skip

TRAIN_TUMOUR = (
    "train_model", "tumour", "--dataset", "cancer", "--target", "diagnosis", "--estimator", "decision_tree",
    "--features", "mean area,mean radius", "--reason", "a tree of two features for the tests",
)  # fmt: skip

# Commands are forked from a Python that has imported these: it spares each 4 s of importing. None of them reads the
# environment while it is imported but Dask, which reads it again in _become().
WARM_PYTHON = multiprocessing.get_context("forkserver")
WARM_PYTHON.set_forkserver_preload(
    [
        "boto3.session", "django.contrib.admin", "django.core.management", "django.db.backends.sqlite3.base",
        "django.views.debug", "django_stubs_ext", "django_tasks", "distributed", "dotenv", "pandas", "psycopg",
        "pyarrow.csv", "pyarrow.parquet", "s3transfer.manager", "sklearn.compose", "sklearn.ensemble",
        "sklearn.inspection", "sklearn.linear_model", "catalog.management.commands.train_model",
        "catalog.ml.evaluation.replay", "catalog.ml.evaluation.report", "catalog.ml.tables.multi_file",
        "catalog.ml.tables.profiling.description", "catalog.ml.tables.queries.query_reading",
        "catalog.ml.training.incremental.batch_learning", "catalog.ml.training.parameter_search",
        "catalog.storage.addresses", "tests.s3.machine",
    ]
)  # fmt: skip
os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when the libraries are loaded; the machines share two cores
STREAMS = ("stdout", "stderr")


@dataclass(frozen=True)
class Machine:
    """`work` is the folder that commands run in."""

    home: Path
    work: Path
    environment: dict[str, str]

    @classmethod
    def make(cls, folder: Path, database_url: str, variables: dict[str, str]) -> "Machine":
        home, work, temporary = folder / "home", folder / "work", folder / "tmp"
        for each in (home, work, temporary):
            each.mkdir(parents=True)
        own = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "LOGNAME": "ada",
            "PYTHONPATH": str(PROJECT),
            "OMP_NUM_THREADS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "DJANGO_SETTINGS_MODULE": "s3site.settings",
            "DATABASE_URL": database_url,
            "CATALOG_CACHE_DIR": str(home / "cache"),
        }
        return cls(home, work, {**EMPTY, **own, **variables})

    @property
    def storage_variables(self) -> dict[str, str]:
        return {name: value for name, value in self.environment.items() if name.startswith("AWS_")}

    @property
    def location(self) -> str:
        return self.environment["AWS_LOCATION"]

    def start(self, *arguments: object, program: Path = PROJECT / "manage.py", **variables: str) -> "RunningCommand":
        """`python manage.py …`, not waited for; these environment variables replace the machine's."""
        folder = Path(tempfile.mkdtemp(dir=self.environment["TMPDIR"]))
        for name in STREAMS:
            (folder / name).touch()
        command, environment = [str(program), *map(str, arguments)], {**self.environment, **variables}
        process = WARM_PYTHON.Process(target=_become, args=(command, self.work, environment, folder))
        process.start()
        return RunningCommand(command, process, folder)

    def run(
        self, *arguments: object, check: bool = True, timeout: float = 300, **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        """`python manage.py …` with the options of start(); it must end with exit 0 unless not `check`."""
        done = self.start(*arguments, **options).finish(timeout)
        assert done.returncode == 0 or not check, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    def json(self, *arguments: object) -> dict[str, Any]:
        """What the command says with --json."""
        values: dict[str, Any] = json.loads(self.run(*arguments, "--json").stdout)
        return values

    def rows(self, query: str) -> list[dict[str, Any]]:
        """What the database answers, past Django."""
        url = self.environment["DATABASE_URL"]
        if url.startswith("postgres"):
            with psycopg.connect(url.partition("?")[0], row_factory=dict_row) as connection:
                return connection.execute(query.encode()).fetchall()
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    def forget_files(self) -> None:
        """Remove every file that the machine has of its own."""
        for folder in (self.home, self.work):
            shutil.rmtree(folder)
            folder.mkdir()


@dataclass(frozen=True)
class RunningCommand:
    command: list[str]
    process: BaseProcess
    folder: Path

    def said(self, words: str, timeout: float = 60) -> None:
        """Wait until the program has written these words. Raises TimeoutExpired."""
        deadline = time.monotonic() + timeout
        while words not in (text := "".join((self.folder / name).read_text() for name in STREAMS)):
            if self.process.exitcode is not None or time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.command, timeout, text)
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def finish(self, timeout: float) -> "subprocess.CompletedProcess[str]":
        """Wait until it ends; kill it and raise TimeoutExpired when that takes longer than `timeout` seconds."""
        self.process.join(timeout)
        in_time = self.process.exitcode is not None
        self.process.kill()
        self.process.join()
        stdout, stderr = ((self.folder / name).read_text() for name in STREAMS)
        if not in_time:
            raise subprocess.TimeoutExpired(self.command, timeout, stdout, stderr)
        done = subprocess.CompletedProcess(self.command, self.process.exitcode or 0, stdout, stderr)
        self.process.close()
        return done


def _become(command: list[str], folder: Path, environment: dict[str, str], output: Path) -> None:
    """In a forked process: what `python COMMAND` does in that folder, with that environment alone."""
    for stream, name in enumerate(STREAMS, start=1):
        with (output / name).open("wb") as file:
            os.dup2(file.fileno(), stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    dask.config.refresh()
    sys.argv = command
    runpy.run_path(command[0], run_name="__main__")
