"""What a catalog goes through before it is archived: commands, as people type them, and nothing else of the product."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.s3.machine import PROJECT, Machine
from tests.servers.ports import free_ports

LATE = ("train_model", "late", "--target", "late", "--drop", "arr_delay")
DELAY = ("train_model", "delay", "--target", "arr_delay", "--drop", "late")
PICKLES = {"CATALOG_ALLOW_PICKLE_UPLOADS": "true"}
WORKER = ("db_worker", "--no-startup-delay", "--interval", "0.1")
WITHIN_SECONDS = 120


@dataclass(frozen=True)
class Life:
    """`months` is the address of a table of many files, `scored` of an empty folder; `occupy` puts another's object
    at a key for as long as it lasts.
    """

    machine: Machine
    months: str
    scored: str
    occupy: Callable[[str], AbstractContextManager[None]]

    def start(
        self, *arguments: str, stdout: int | IO[Any] = subprocess.PIPE, **variables: str
    ) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(PROJECT / "manage.py"), *arguments],
            cwd=self.machine.work,
            env={**self.machine.environment, **variables},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, fails: bool = False, stdout: int | IO[Any] = subprocess.PIPE, **variables: str
    ) -> str:
        """What the command printed, when it ended as it should."""
        process = self.start(*arguments, stdout=stdout, **variables)
        printed, problem = process.communicate()
        assert (process.returncode != 0) == fails, f"{arguments}: {printed}{problem}"
        return printed or ""

    def json(self, *arguments: str, **variables: str) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(self.run(*arguments, "--json", **variables))
        return values


def live(life: Life) -> None:
    """All of it, in this order: the numbers of versions and jobs depend on it."""
    life.run("migrate", "-v0")
    add_datasets(life)
    train(life)
    move_aliases(life)
    take_uploads(life)
    throw_away(life)
    predict(life)
    predict_in_parts(life)
    finish_jobs(life)
    life.run("verify_catalog", "--repair", "--yes")  # what failed writes left to be stored later
    leave_jobs(life)


def add_datasets(life: Life) -> None:
    """`flights:1` to `flights:3`, each in another format, a failed `flights:4`, and `months:1` of many files."""
    life.run("add_dataset", "flights", "flights.csv", "--description", "Flights of 2013")
    life.run("add_dataset", "flights", "flights.parquet", "--description", "Flights from New York in 2013")
    life.run("add_dataset", "flights", "flights.csv.gz", "--column-type", "month=string")
    with life.occupy("datasets/flights/v0004/manifest.json"):
        life.run("add_dataset", "flights", "later.csv", fails=True)
    life.run("add_dataset", "months", life.months)


def train(life: Life) -> None:
    """`late:1` to `late:8`, of which the fifth failed, and `delay:1` and `delay:2`."""
    (life.machine.work / "search.json").write_text('{"max_depth": [2, 3]}')
    search = ("--search", "grid", "--search-space", "search.json")
    first = (*LATE, "--dataset", "flights:1")
    life.run(*first, "--estimator", "decision_tree", "--param", "max_depth=3", "--alias", "production")
    life.run(*first, "--estimator", "logistic_regression", "--format", "skops", "--cv", "3", "--notes", "Calmer")
    life.run(*LATE, "--dataset", "months", "--estimator", "sgd", "--incremental", "--epochs", "2")
    life.run(*first, "--estimator", "random_forest", "--param", "n_estimators=5", *search)
    with life.occupy("models/late/v0005/manifest.json"):
        life.run(*first, "--estimator", "dummy", fails=True)
    for seed in ("6", "7", "8"):
        life.run(*first, "--estimator", "decision_tree", "--param", "max_depth=2", "--random-state", seed)
    life.run(*DELAY, "--dataset", "flights:2", "--estimator", "ridge", "--alias", "production")
    life.run(*DELAY, "--dataset", "flights:3", "--param", "max_iter=5", "--format", "skops")


def move_aliases(life: Life) -> None:
    """`late:2` is in production: promoted after `late:1`, replaced by that again, and brought back."""
    life.run("promote", "late:2", "--reason", "It is calmer")
    life.run("promote", "late:1", "--reason", "It was not")
    life.run("rollback", "late", "--reason", "It was after all")
    for reference in ("late:3", "late:4"):
        life.run("promote", reference, "--alias", "staging")


def take_uploads(life: Life) -> None:
    """Of `bought` a trusted version, one that waits for approval, two that were approved, and a rejected one."""
    described = ("--dataset", "flights:1", "--target", "late", "--by", "ada")
    life.run("add_version", "bought", "tree.skops", *described, "--metric", "accuracy=0.61")
    for file in ("near.skops", "nearer.skops", "nearest.skops"):
        life.run("add_version", "bought", file, *described)
    life.run("add_version", "bought", "linear.joblib", *described, **PICKLES)
    life.run("approve_version", "bought:3", "--by", "bob", "--reason", "Its types are known")
    life.run("approve_version", "bought:5", "--by", "bob", **PICKLES)
    life.run("reject_version", "bought:4", "--by", "bob", "--reason", "Nobody asked for it")


def throw_away(life: Life) -> None:
    """`late:6` is archived, `late:7` and `scratch:2` lie in the trash, `late:8` and `scratch:1` are gone for good."""
    life.run("archive_version", "late:6", "--reason", "Too simple")
    life.run("archive_version", "late:7")
    life.run("restore_version", "late:7")
    life.run("add_dataset", "scratch", "later.csv")
    life.run("delete_version", "late:8")
    life.run("delete_dataset", "scratch:1")
    life.run("purge_trash", "--older-than", "0m", "--yes")
    life.run("add_dataset", "scratch", "later.csv")
    life.run("delete_version", "late:7")
    life.run("delete_dataset", "scratch:2", "--reason", "Added by mistake")


def predict(life: Life) -> None:
    """Receipts of results in the catalog, at a path and on standard output, and of a failure."""
    life.run("predict", "late", "-i", "dataset:flights:1", "--proba", "--id-column", "flight")
    life.run("predict", "delay:1", "-i", "later.csv", "-o", "delays.parquet")
    life.run("predict", "late:1", "-i", "dataset:months", "-o", "-")
    with Path("/dev/full").open("wb") as full:
        life.run("predict", "late:1", "-i", "later.csv", "-o", "-", stdout=full, fails=True)


def predict_in_parts(life: Life) -> None:
    """Receipts of parts that a cluster predicted, into the catalog and into a folder elsewhere."""
    with _cluster(life) as variables:
        in_parts = ("--engine", "dask", "--id-column", "flight")
        life.run("predict", "late:1", "-i", "dataset:months", *in_parts, **variables)
        life.run("predict", "delay:1", "-i", life.months, "-o", life.scored, *in_parts, **variables)


@contextmanager
def _cluster(life: Life) -> Iterator[dict[str, str]]:
    """The variables of commands that use a scheduler and a worker."""
    (port,) = free_ports(1)
    address, folder = f"tcp://127.0.0.1:{port}", life.machine.environment["TMPDIR"]
    started = [life.start("dask_scheduler", "--port", str(port), stdout=subprocess.DEVNULL)]
    options = ("--processes", "1", "--option=--no-nanny", f"--option=--local-directory={folder}")
    started.append(life.start("dask_worker", address, *options, stdout=subprocess.DEVNULL))
    try:
        yield {"DASK_SCHEDULER": address}
    finally:
        for process in started:
            process.kill()
            process.communicate()


def finish_jobs(life: Life) -> None:
    """A training and a prediction that were done, a training that failed, and one that was cancelled."""
    first = (*LATE, "--dataset", "flights:1", "--background", "--estimator")
    life.run(*first, "decision_tree", "--param", "max_depth=1")
    life.run("predict", "late:1", "-i", "dataset:flights:2", "--background")
    life.run(*first, "knn", "--param", "n_neighbors=5000")
    cancelled = life.json(*first, "dummy")["job"]
    life.run("job", str(cancelled), "--cancel", "--reason", "Not needed any more")
    life.run(*WORKER, "--batch")


def leave_jobs(life: Life) -> None:
    """One whose worker was killed while it ran, and queued ones: a training with an alias, and an uploaded file."""
    lost = life.json(*LATE, "--dataset", "months", "--estimator", "naive_bayes", "--incremental", "--background")["job"]
    worker, deadline = life.start(*WORKER), time.monotonic() + WITHIN_SECONDS
    while life.machine.rows(f"SELECT state FROM catalog_job WHERE id = {lost}") != [{"state": "RUNNING"}]:
        assert time.monotonic() < deadline, "the worker did not begin"
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    queued = (*LATE, "--dataset", "flights:2", "--estimator", "decision_tree", "--background")
    life.run(*queued, "--param", "max_depth=4", "--alias", "staging")
    life.run("predict", "late:2", "-i", "later.csv", "--background")
