"""A search over a cluster finds what it finds in one process."""

import json
import re
from collections.abc import Callable

import pytest

from tests.s3.cluster import IMPATIENT, SECOND_CHANCES, cluster
from tests.s3.machine import PROJECT, TRAIN_TUMOUR, Machine

FAILING = PROJECT / "tests" / "s3" / "programs" / "failing_worker.py"
TRAIN_SIZES = (
    "train_model", "sizes", "--dataset", "cancer", "--target", "mean perimeter,mean texture",
    "--estimator", "decision_tree", "--features", "mean area,mean radius",
)  # fmt: skip
SPACE = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5]}


def asked_search(machine: Machine, train: tuple[str, ...] = TRAIN_TUMOUR) -> tuple[str, ...]:
    """The command of a search; its space is written into the machine's folder."""
    (machine.work / "space.json").write_text(json.dumps(SPACE))
    return (*train, "--search", "grid", "--search-space", "space.json")


@pytest.mark.parametrize(
    "train", [TRAIN_TUMOUR, pytest.param(TRAIN_SIZES, marks=pytest.mark.soak)], ids=["one target", "several"]
)
def test_a_search_on_workers_finds_what_it_finds_in_one_process(
    machine: Callable[..., Machine], trained: Machine, train: tuple[str, ...]
) -> None:
    command = asked_search(trained, train)
    here = trained.json(*command)
    with cluster(machine, trained) as running:
        running.add_workers(2, "telling", 0, program=FAILING)
        there = running.user.json(*command, "--engine", "dask")
        for worker in running.workers:
            worker.said("A fold is scored.", 1)
    assert there["search"] == here["search"]
    assert there["metrics"] == here["metrics"]


@pytest.mark.soak
def test_a_search_goes_on_when_one_of_two_workers_dies(machine: Callable[..., Machine], trained: Machine) -> None:
    command = asked_search(trained)
    here = trained.json(*command)
    with cluster(machine, trained, SECOND_CHANCES) as running:
        running.add_workers(2, "telling", 4, program=FAILING)
        searching = running.user.start(*command, "--engine", "dask", "--json", **IMPATIENT)
        for worker in running.workers:
            worker.said("A fold is scored.")
        running.workers.pop(0).kill()
        done = searching.finish(120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["search"] == here["search"]


def test_a_worker_with_other_libraries_that_joins_a_search_is_left_out_by_name(
    machine: Callable[..., Machine], trained: Machine
) -> None:
    command = (*asked_search(trained), "--engine", "dask")
    with cluster(machine, trained) as running:
        running.add_workers(1, "telling", 4, program=FAILING, threads=2)
        searching = running.user.start(*command)
        running.workers[0].said("A fold is scored.")
        running.add_workers(1, "unlike", 2, program=FAILING)
        done = searching.finish(120)
        joined = running.workers[1]
        assert "A fold is scored." not in (joined.folder / "stdout").read_text()
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"Left out: The worker tcp://127\.0\.0\.1:\d+ has scikit-learn 1\.2 \(here: 1\.\d+\)\.", done.stderr
    )


def test_a_search_whose_scheduler_is_lost_says_so_and_keeps_nothing(
    machine: Callable[..., Machine], trained: Machine
) -> None:
    command = (*asked_search(trained), "--engine", "dask")
    before = trained.rows("SELECT id FROM catalog_modelversion")
    with cluster(machine, trained) as running:
        running.add_workers(1, "telling", 4, program=FAILING, threads=2)
        searching = running.user.start(*command, **IMPATIENT)
        running.workers[0].said("A fold is scored.")
        running.scheduler.kill()
        done = searching.finish(120)
    assert (done.returncode, "The cluster was lost during the search" in done.stderr) == (1, True), done.stderr
    assert (len(done.stderr.splitlines()), trained.rows("SELECT id FROM catalog_modelversion")) == (1, before)


def test_a_search_whose_workers_all_died_says_so_and_keeps_nothing(
    machine: Callable[..., Machine], trained: Machine
) -> None:
    command = (*asked_search(trained), "--engine", "dask")
    before = trained.rows("SELECT id FROM catalog_modelversion")
    with cluster(machine, trained) as running:
        running.add_workers(2, "telling", 4, program=FAILING, threads=2)
        searching = running.user.start(*command, **IMPATIENT)
        running.workers[0].said("A fold is scored.")
        running.kill_workers()
        done = searching.finish(120)
    assert (done.returncode, "The cluster was lost during the search" in done.stderr) == (1, True), done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert trained.rows("SELECT id FROM catalog_modelversion") == before


@pytest.mark.soak
def test_a_search_in_the_background_whose_workers_all_died_fails_its_job(
    machine: Callable[..., Machine], trained: Machine
) -> None:
    command = (*asked_search(trained), "--engine", "dask")
    with cluster(machine, trained) as running:
        running.add_workers(2, "telling", 4, program=FAILING, threads=2)
        number = running.user.json(*command, "--background")["job"]
        queue = running.user.start("db_worker", "--batch", "--no-startup-delay", **IMPATIENT)
        running.workers[0].said("A fold is scored.")
        running.kill_workers()
        assert queue.finish(120).returncode == 0
        job = running.user.json("job", number)
    assert (job["state"], job["attempts"], job["version"]) == ("FAILED", 1, None), job
    assert job["failure"].startswith("The cluster was lost during the search")


def test_a_search_without_a_cluster_says_what_to_set(trained: Machine) -> None:
    done = trained.run(*asked_search(trained), "--engine", "dask", check=False)
    assert (done.returncode, "DASK_SCHEDULER is not set." in done.stderr) == (1, True)


def test_a_training_without_a_search_can_not_be_spread(trained: Machine) -> None:
    done = trained.run(*TRAIN_TUMOUR, "--engine", "dask", check=False)
    assert (done.returncode, "give --search, too." in done.stderr) == (1, True)
