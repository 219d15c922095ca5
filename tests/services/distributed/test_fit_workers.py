"""Workers that join while a run goes on: who runs other libraries gets no part, and who is gone is asked again."""

import importlib
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from lightgbm import LGBMClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.exceptions import EngineError
from catalog.services.distributed import dask_search
from catalog.services.distributed.cluster import FitWorkers
from catalog.services.distributed.dask_search import SearchWatch
from catalog.services.distributed.worker_libraries import libraries, needed_modules
from catalog.services.distributed.worker_tasks import message_fields
from catalog.storage.interface import catalog_storage
from tests.own_modules import OwnModules, own_modules

__all__ = ["own_modules"]


@dataclass
class FakeCluster:
    """By address, what a worker answers."""

    workers: dict[str, Any] = field(default_factory=dict)
    futures: dict[str, SimpleNamespace] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.workers, 2)

    def processing(self) -> dict[str, tuple[str, ...]]:
        return dict.fromkeys(self.workers, ())

    def run(self, function: object, *asked: object, workers: Sequence[str], on_error: str) -> dict[str, Any]:
        self.asked.append(list(workers))
        return {address: self.workers[address] for address in workers}


def described(**changed: str) -> dict[str, Any]:
    storage = catalog_storage().uri("")
    return {"libraries": {**libraries(), **changed}, "storage": storage, "messages": message_fields()}


def looked(cluster: Any, workers: FitWorkers) -> list[str]:
    workers.look()
    return sorted(workers.threads)


def test_each_worker_is_asked_once_and_the_unlike_is_left_out_by_name() -> None:
    cluster: Any = FakeCluster({"tcp://a": described()})
    workers = FitWorkers(cluster)
    assert looked(cluster, workers) == ["tcp://a"]
    cluster.workers |= {"tcp://b": described(numpy="1.2"), "tcp://c": described()}
    assert looked(cluster, workers) == ["tcp://a", "tcp://c"]
    assert looked(cluster, workers) == ["tcp://a", "tcp://c"]
    assert cluster.asked == [["tcp://a"], ["tcp://b", "tcp://c"]]
    assert list(workers.left_out) == ["tcp://b"]
    assert workers.left_out["tcp://b"].startswith("The worker tcp://b has numpy 1.2 (here: ")


def test_who_lacks_a_module_of_the_search_is_sent_nothing(
    own_modules: OwnModules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could not read what is sent, and would end."""
    monkeypatch.setattr(dask_search, "LOOK_SECONDS", 0.05)
    cluster: Any = FakeCluster({"tcp://a": described(), "tcp://b": described(**libraries(["mine"]))})
    watch = SearchWatch(cluster, ["mine"])
    with watch.running():
        assert watch.fit == ["tcp://b"]
    assert watch.left_out[0].startswith("Left out: The worker tcp://a has no mine (here: ")
    del cluster.workers["tcp://b"]
    with (
        pytest.raises(EngineError, match=r"^The worker tcp://a has no mine \(here: "),
        SearchWatch(cluster, ["mine"]).running(),
    ):
        pytest.fail("begun")


def test_a_search_needs_the_modules_of_ones_own_and_other_libraries(own_modules: OwnModules) -> None:
    made = importlib.import_module("mine").make()
    assert needed_modules(made) == ["mine", "scales"]
    assert needed_modules(make_pipeline(StandardScaler(), LGBMClassifier())) == ["lightgbm"]


def test_a_worker_that_did_not_answer_is_asked_again() -> None:
    cluster: Any = FakeCluster({"tcp://a": OSError("gone")})
    workers = FitWorkers(cluster)
    assert (looked(cluster, workers), workers.left_out) == ([], {})
    cluster.workers["tcp://a"] = described()
    assert looked(cluster, workers) == ["tcp://a"]


def test_a_worker_that_is_gone_is_forgotten() -> None:
    cluster: Any = FakeCluster({"tcp://a": described(), "tcp://b": described()})
    workers = FitWorkers(cluster)
    workers.look()
    del cluster.workers["tcp://b"]
    assert looked(cluster, workers) == ["tcp://a"]


def test_a_search_is_sent_to_those_who_are_alike_and_never_to_all() -> None:
    cluster: Any = FakeCluster({"tcp://a": described()})
    watch = SearchWatch(cluster)
    watch.look()
    sent_to = watch.fit
    cluster.workers |= {"tcp://b": described(numpy="1.2"), "tcp://c": described()}
    watch.look()
    assert (sorted(sent_to), len(watch.left_out)) == (["tcp://a", "tcp://c"], 1)
    cluster.workers = {"tcp://b": described(numpy="1.2")}
    watch.look()
    assert sorted(sent_to) == ["tcp://a", "tcp://c"]  # an empty list would mean all workers


@pytest.fixture
def ignoring_ctrl_c() -> Iterator[None]:
    """As what a script starts in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def searched(cluster: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> SearchWatch:
    """What watched a search that does not end by itself."""
    settings.CATALOG["DASK_WAIT_SECONDS"] = 0.1
    monkeypatch.setattr(dask_search, "LOOK_SECONDS", 0.05)
    watch = SearchWatch(cluster)
    with pytest.raises(KeyboardInterrupt), watch.running():
        time.sleep(5)
    return watch


@pytest.mark.usefixtures("ignoring_ctrl_c")
def test_a_search_for_which_nobody_works_ends_though_others_are_there(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    cluster = FakeCluster({"tcp://a": described()}, futures={"fold": SimpleNamespace(status="pending")})
    assert searched(cluster, monkeypatch, settings).loss == "no worker has worked on it for 0.1 s"


def test_what_is_fitted_here_in_the_end_needs_no_worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CATALOG["DASK_WAIT_SECONDS"] = 0.1
    monkeypatch.setattr(dask_search, "LOOK_SECONDS", 0.05)
    cluster: Any = FakeCluster({"tcp://a": described()}, futures={"rows": SimpleNamespace(status="finished")})
    watch = SearchWatch(cluster)
    with watch.running():
        cluster.workers.clear()
        time.sleep(0.4)
    assert watch.loss == ""
