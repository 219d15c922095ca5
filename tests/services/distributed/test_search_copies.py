"""The rows of a search lie in several workers."""

import asyncio
from typing import Any

from catalog.services.distributed.dask_search import COPIES, send_copies


class Cluster:
    """Those of `gone` are not there, or die when they are sent something."""

    def __init__(self, **gone: Exception) -> None:
        self.gone, self.holders = gone, dict[str, list[str]]()

    async def send(self, data: Any, *, workers: tuple[str, ...] = ("any",), **options: Any) -> Any:
        for worker in workers:
            if worker in self.gone:
                raise self.gone[worker]
        key = next(iter(data)) if isinstance(data, dict) else "one"
        self.holders.setdefault(key, []).extend(workers)
        return {key: key} if isinstance(data, dict) else key

    def send_rows(self, *workers: str) -> list[str]:
        """Who has what the search will ask for."""
        return self.holders[asyncio.run(send_copies(self.send, list(workers), "rows", hash=False))]


def test_several_workers_have_them() -> None:
    assert Cluster().send_rows("a", "b") == ["a", "b"]
    assert len(Cluster().send_rows("a", "b", "c", "d", "e")) == COPIES


def test_a_worker_that_is_gone_is_passed_over() -> None:
    cluster = Cluster(a=KeyError("a"), c=ConnectionResetError())
    assert cluster.send_rows("a", "b", "c") == ["b"]


def test_where_all_are_gone_dask_chooses() -> None:
    assert Cluster(a=KeyError("a")).send_rows("a") == ["any"]
