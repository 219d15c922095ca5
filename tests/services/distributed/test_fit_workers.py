"""Workers that join while a run goes on: who runs other libraries gets no part, and who is gone is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.services.distributed.cluster import FitWorkers
from catalog.services.distributed.dask_search import SearchWatch
from catalog.services.distributed.worker_libraries import libraries
from catalog.services.distributed.worker_tasks import message_fields
from catalog.storage.interface import catalog_storage


@dataclass
class FakeCluster:
    """By address, what a worker answers."""

    workers: dict[str, Any] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.workers, 2)

    def run(self, function: object, *, workers: Sequence[str], on_error: str) -> dict[str, Any]:
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
