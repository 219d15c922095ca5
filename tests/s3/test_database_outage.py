"""PostgreSQL that restarts and SQLite that is locked: workers wait for them, and no attempt is burnt."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.s3.conftest import migrate
from tests.s3.machine import PROJECT, TRAIN_TUMOUR, Machine
from tests.s3.recovery import repair
from tests.s3.workers import Crew, is_running, said, send, wait_until
from tests.servers.postgres import Postgres, postgres
from tests.summary import count

LASTING_LEASE = "60"


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """A server that others do not use: it is stopped and started again."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def crew(machine: Callable[..., Machine], own_postgres: Postgres, cancer_csv: Path) -> Crew:
    made = machine()
    made.environment["DATABASE_URL"] = own_postgres.database_url("catalog_outage")
    migrate(made.environment["DATABASE_URL"])
    made.run("add_dataset", "cancer", cancer_csv)
    return Crew(made)


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "crew" in request.fixturenames:
        request.getfixturevalue("crew").forget()


def test_an_idle_worker_waits_for_a_database_that_restarts(crew: Crew, own_postgres: Postgres) -> None:
    worker = crew.worker()
    done = crew.queue("Printing")
    crew.wait_for(done, "SUCCEEDED")
    own_postgres.stop()
    wait_until(lambda: "The database does not answer" in said(worker), within_seconds=60)
    own_postgres.start()
    number = crew.queue("Printing")
    assert crew.wait_for(number, "SUCCEEDED", "FAILED")["state"] == "SUCCEEDED"
    assert is_running(worker.process.pid or 0)
    assert "Traceback" not in said(worker)
    send(worker, signal.SIGTERM)
    assert worker.finish(60).returncode == 0


def test_a_busy_worker_keeps_its_job_through_a_restart(crew: Crew, own_postgres: Postgres) -> None:
    number, worker = crew.queue("Waiting"), crew.worker(CATALOG_JOB_LEASE_SECONDS=LASTING_LEASE)
    (child,) = crew.wait_for_fit()
    own_postgres.stop()
    time.sleep(3)
    assert is_running(child)
    own_postgres.start()
    crew.let_go()
    job = crew.wait_for(number, "SUCCEEDED", "FAILED")
    assert (job["state"], job["attempts"]) == ("SUCCEEDED", 1), job
    assert "Traceback" not in said(worker)
    send(worker, signal.SIGTERM)
    assert worker.finish(60).returncode == 0


def test_a_job_whose_lease_ends_in_an_outage_is_given_up_and_its_attempt_does_not_count(
    crew: Crew, own_postgres: Postgres
) -> None:
    number, worker = crew.queue("Waiting"), crew.worker("--max-tasks", 1)
    (child,) = crew.wait_for_fit()
    own_postgres.stop()
    wait_until(lambda: not is_running(child), within_seconds=60)
    own_postgres.start()
    assert worker.finish(120).returncode == 0
    job = crew.wait_for(number, "QUEUED")
    assert (job["attempts"], "The database did not answer: queued again." in str(job["log"])) == (0, True), job
    assert "Traceback" not in said(worker)
    crew.machine.run("job", number, "--cancel")


def test_an_idle_worker_waits_for_a_locked_sqlite(machine: Callable[..., Machine]) -> None:
    """Which is locked for longer than it waits for a lock."""
    crew = Crew(machine())
    address = crew.machine.environment["DATABASE_URL"]
    worker = crew.worker(DATABASE_URL=f"{address}?timeout=1")
    worker.said("waits for jobs")
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"), timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        worker.said("locked")
        connection.execute("ROLLBACK")
    assert is_running(worker.process.pid or 0), said(worker)
    assert "Traceback" not in said(worker)
    send(worker, signal.SIGTERM)
    assert worker.finish(60).returncode == 0


SOAK = os.environ.get("CATALOG_SOAK") == "1"
OUTAGE = PROJECT / "tests" / "s3" / "programs" / "outage_command.py"
COMMANDS: dict[str, tuple[str, ...]] = {
    "train_model": TRAIN_TUMOUR,
    "predict": ("predict", "tumour:1", "-i", "dataset:cancer"),
    "promote": ("promote", "tumour:1", "--reason", "the only one"),
    "archive_version": ("archive_version", "tumour:2"),
    "delete_version": ("delete_version", "tumour:2"),
    "purge_trash": ("purge_trash", "--older-than", "0d", "--yes"),
}
# What is tried in each run of the tests.
LIGHT = [("train_model", 7), ("promote", 2)]
EACH = [(command, number) for command in COMMANDS for number in range(1, 12)]


@pytest.fixture(scope="module")
def filled(crew: Crew) -> Machine:
    made = crew.machine
    made.run(*TRAIN_TUMOUR)
    made.run(*TRAIN_TUMOUR)
    return made


@pytest.mark.parametrize(("command", "number"), EACH if SOAK else LIGHT)
def test_a_command_whose_database_restarts_stands_or_says_so_in_one_line_and_can_be_run_again(
    filled: Machine, own_postgres: Postgres, tmp_path: Path, command: str, number: int
) -> None:
    running = filled.start(number, tmp_path, *COMMANDS[command], program=OUTAGE)
    wait_until(lambda: (tmp_path / "stop").exists() or (tmp_path / "statements").exists(), within_seconds=60)
    if not (tmp_path / "stop").exists():
        running.finish(60)
        return  # it writes less often
    own_postgres.stop()
    own_postgres.start()
    (tmp_path / "stop").unlink()
    done = running.finish(120)
    said_so = "could not be stored yet" if done.returncode == 0 else "The database (postgresql) answered: "
    said = done.stderr.splitlines()  # what a promotion reviews comes before
    assert [said_so in line for line in said] == [False] * (len(said) - 1) + [True], done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    again = filled.run(*COMMANDS[command], check=False)
    assert again.returncode == 0 or "is in the trash" in again.stderr, again.stderr
    repair(filled)
    count("restarts of PostgreSQL in the middle of commands survived")
