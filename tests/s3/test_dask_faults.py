"""Workers and schedulers that die, and parts that can't be predicted: nothing is lost, and the run goes on."""

import json
import os
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.factories import breast_cancer
from tests.s3.bucket import Bucket
from tests.s3.cluster import IMPATIENT, OTHER_VERSION, Cluster, cluster
from tests.s3.machine import PROJECT, STREAMS, Machine, RunningCommand
from tests.s3.recovery import findings

FAILING = PROJECT / "tests" / "s3" / "programs" / "failing_worker.py"
PARTS = 6


@dataclass(frozen=True)
class Faulty:
    """A cluster without workers, `expected` digests of parts, and their sources."""

    cluster: Cluster
    bucket: Bucket
    source: str
    expected: list[str]

    @property
    def user(self) -> Machine:
        return self.cluster.user

    def start(self) -> RunningCommand:
        command = ("predict", "tumour", "-i", self.source, "--engine", "dask", "--json")
        return self.user.start(*command, **IMPATIENT)

    def stopped(self, running: RunningCommand) -> tuple[str, str]:
        """What it said when it ended, and the receipt with which to go on."""
        done = running.finish(120)
        assert done.returncode == 1, done.stdout + done.stderr
        receipts = re.findall(r"To go on: manage.py predict --resume ([0-9a-f-]{36})$", done.stderr, re.MULTILINE)
        assert len(receipts) == 1, done.stderr
        return done.stderr, receipts[0]

    def wait_for_parts(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while len(self.done_parts()) < count:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def done_parts(self) -> list[int]:
        rows = self.user.rows("SELECT number FROM catalog_predictionpart WHERE result IS NOT NULL")
        return [row["number"] for row in rows]

    def etags(self, receipt: str) -> dict[str, str]:
        objects = self.bucket.objects(self.user)
        return {key.rpartition("/")[2]: etag for key, etag in objects.items() if receipt in key}

    def assert_whole(self, told: dict[str, Any]) -> None:
        """The same bytes as those of a run that nothing happened to."""
        assert [self.bucket.sha256(key) for key in self.part_keys(told["receipt"])] == self.expected
        assert (told["rows"], told["parts"]) == (PARTS * 20, PARTS)
        assert findings(self.user) == []

    def part_keys(self, receipt: str) -> list[str]:
        return sorted(key for key in self.bucket.objects(self.user) if f"{receipt}/part-" in key)


def ended(node: RunningCommand) -> str:
    """What it printed; it has ended by itself, as workers do whose scheduler is gone."""
    node.process.join(60)
    assert node.process.exitcode is not None
    return "".join((node.folder / name).read_text() for name in STREAMS)


@pytest.fixture(scope="module")
def faulty(machine: Callable[..., Machine], trained: Machine, bucket: Bucket) -> Iterator[Faulty]:
    folder = f"{trained.location}-data/rows"
    for number in range(PARTS):
        rows = breast_cancer().iloc[number * 20 : (number + 1) * 20]
        bucket.write(f"{folder}/{number}.csv", rows.to_csv(index=False).encode())
    with cluster(machine, trained) as running:
        running.add_workers()
        made = Faulty(running, bucket, f"s3://{bucket.name}/{folder}/", [])
        told = running.user.json("predict", "tumour", "-i", made.source, "--engine", "dask")
        made.expected.extend(bucket.sha256(key) for key in made.part_keys(told["receipt"]))
        running.kill_workers()
        yield made


@pytest.fixture(autouse=True)
def scheduler_alone(faulty: Faulty) -> Iterator[None]:
    if not faulty.cluster.scheduler.process.is_alive():
        faulty.cluster.start_scheduler()
    yield
    faulty.cluster.kill_workers()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_survives_the_death_of_a_worker(faulty: Faulty, when: str) -> None:
    faulty.cluster.add_workers(1)
    faulty.cluster.add_workers(1, when, 1, program=FAILING)
    told = faulty.user.json("predict", "tumour", "-i", faulty.source, "--engine", "dask")
    assert faulty.cluster.workers[0].process.is_alive()
    faulty.assert_whole(told)


def test_a_run_whose_workers_all_died_goes_on_with_others(faulty: Faulty) -> None:
    faulty.cluster.add_workers(2, "slow", 4, program=FAILING)
    running = faulty.start()
    faulty.wait_for_parts(2)
    faulty.cluster.kill_workers()
    said, receipt = faulty.stopped(running)
    done, before = faulty.done_parts(), faulty.etags(receipt)
    assert "There has been no worker for 1 s." in said
    assert f"{len(done)} of {PARTS} parts are done" in said
    assert 2 <= len(done) < PARTS
    faulty.cluster.add_workers()
    faulty.assert_whole(faulty.user.json("predict", "--resume", receipt))
    after = faulty.etags(receipt)
    assert {key: after[key] for key in before} == before


def test_a_run_whose_scheduler_died_goes_on_with_another(faulty: Faulty) -> None:
    faulty.cluster.add_workers(2, "slow", 4, program=FAILING)
    running = faulty.start()
    faulty.wait_for_parts(1)
    faulty.cluster.scheduler.kill()
    said, receipt = faulty.stopped(running)
    assert ("The scheduler is gone." in said, len(said.splitlines())) == (True, 1), said
    for worker in faulty.cluster.workers:
        assert "Traceback" not in ended(worker)
    done = faulty.user.run("predict", "--resume", receipt, check=False)
    assert f"No scheduler answers at {faulty.user.environment['DASK_SCHEDULER']}" in done.stderr
    faulty.cluster.kill_workers()
    faulty.cluster.start_scheduler()
    faulty.cluster.add_workers()
    faulty.assert_whole(faulty.user.json("predict", "--resume", receipt))


def test_a_part_that_kills_each_worker_is_named_and_the_others_are_done(faulty: Faulty) -> None:
    # One worker to suspect it and what it did beside it, one to be sure, one for the rest.
    faulty.cluster.add_workers(3, "crowded", 3, program=FAILING, threads=2)
    said, receipt = faulty.stopped(faulty.start())
    assert f"1 of {PARTS} parts could not be predicted: {faulty.source}3.csv: the worker" in said
    assert sorted(faulty.done_parts()) == [0, 1, 2, 4, 5]
    assert len(faulty.part_keys(receipt)) == PARTS - 1
    faulty.cluster.add_workers()
    faulty.assert_whole(faulty.user.json("predict", "--resume", receipt))


def test_a_part_that_changed_since_the_run_began_is_refused(faulty: Faulty) -> None:
    faulty.cluster.add_workers(2, "slow", 4, program=FAILING)
    running = faulty.start()
    faulty.wait_for_parts(1)
    faulty.cluster.kill_workers()
    _, receipt = faulty.stopped(running)
    left = next(number for number in range(PARTS) if number not in faulty.done_parts())
    faulty.cluster.add_workers()
    with faulty.bucket.changed(f"{faulty.user.location}-data/rows/{left}.csv", b"mean radius,mean area\n1,2\n"):
        done = faulty.user.run("predict", "--resume", receipt, check=False)
    assert (done.returncode, f"{left}.csv changed since it was recorded" in done.stderr) == (1, True), done.stderr
    faulty.assert_whole(faulty.user.json("predict", "--resume", receipt))


def test_an_unlike_worker_is_refused_before_work_starts(faulty: Faulty) -> None:
    before = faulty.user.rows("SELECT id FROM catalog_prediction")
    faulty.cluster.add_workers(1)
    faulty.cluster.add_workers(1, "unlike", 2, program=FAILING)
    done: subprocess.CompletedProcess[str] = faulty.start().finish(60)
    assert done.returncode == 1
    assert re.search(r"The worker tcp://127\.0\.0\.1:\d+ has scikit-learn 1\.2 \(here: 1\.9\)\.", done.stderr)
    assert faulty.user.rows("SELECT id FROM catalog_prediction") == before


def test_an_unlike_worker_that_joins_is_left_out_by_name(faulty: Faulty) -> None:
    faulty.cluster.add_workers(1, "slow", 15, program=FAILING)
    before, running = len(faulty.done_parts()), faulty.start()
    faulty.wait_for_parts(before + 1)
    faulty.cluster.add_workers(1, "unlike", 2, program=FAILING)
    done = running.finish(120)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"Warning: Left out: The worker tcp://127\.0\.0\.1:\d+ has scikit-learn 1\.2 \(here: 1\.\d+\)\. .*\n",
        done.stderr,
    )
    faulty.assert_whole(json.loads(done.stdout))


def test_a_run_is_stopped_by_ctrl_c_and_says_how_to_go_on(faulty: Faulty) -> None:
    faulty.cluster.add_workers(2, "slow", 4, program=FAILING)
    before, running = len(faulty.done_parts()), faulty.start()
    faulty.wait_for_parts(before + 2)
    os.kill(running.process.pid or 0, signal.SIGTERM)
    done = running.finish(60)
    told = json.loads(done.stdout)
    (row,) = faulty.user.rows(
        "SELECT id FROM catalog_prediction WHERE status = 'STOPPED' ORDER BY created_at DESC LIMIT 1"
    )
    receipt = str(uuid.UUID(str(row["id"])))
    assert (done.returncode, told["interrupted"], len(done.stderr.splitlines())) == (143, "SIGTERM", 1), done.stderr
    assert told["message"].endswith(f"To go on: manage.py predict --resume {receipt}")
    faulty.cluster.kill_workers()
    faulty.cluster.add_workers()
    faulty.assert_whole(faulty.user.json("predict", "--resume", receipt))


def test_a_cluster_without_workers_is_said(faulty: Faulty) -> None:
    done = faulty.start().finish(60)
    assert (done.returncode, "has no worker. Start some: manage.py dask_worker." in done.stderr) == (1, True)


@pytest.mark.parametrize("node", ["worker", "scheduler"])
def test_a_cluster_of_another_version_of_the_catalog_is_told_from_a_fault(faulty: Faulty, node: str) -> None:
    if node == "scheduler":
        faulty.cluster.scheduler.kill()
        faulty.cluster.start_scheduler(OTHER_VERSION)
        faulty.cluster.add_workers(1)
    else:
        faulty.cluster.add_workers(1, program=OTHER_VERSION)
    done = faulty.start().finish(60)
    faulty.cluster.scheduler.kill()
    advice = "runs another version of the catalog, or none. Restart the scheduler and its workers with this one."
    assert (done.returncode, len(done.stderr.splitlines()), advice in done.stderr) == (1, 1, True), done.stderr


# The last: its run can never be finished, and a whole catalog has none such.
def test_a_part_with_a_wrong_cell_is_named_and_not_tried_again(faulty: Faulty) -> None:
    faulty.cluster.add_workers()
    with faulty.bucket.changed(f"{faulty.user.location}-data/rows/4.csv", b"mean radius,mean area\n1,2\n3,wrong\n"):
        done = faulty.start().finish(120)
    told = f"{faulty.source}4.csv: column 'mean area', row 2: 'wrong' is not a number. {PARTS - 1} of {PARTS} parts are"
    assert (done.returncode, told in done.stderr, "To go on" in done.stderr) == (1, True, False), done.stderr
    (row,) = faulty.user.rows(
        "SELECT id FROM catalog_prediction WHERE status = 'STOPPED' ORDER BY created_at DESC LIMIT 1"
    )
    again = faulty.user.run("predict", "--resume", row["id"], check=False)
    assert (again.returncode, "'wrong' is not a number. Mend that" in again.stderr) == (1, True), again.stderr
