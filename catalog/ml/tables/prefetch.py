"""A thread that reads on while what was read is worked on."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
PREFETCHED_ITEMS = 3


@dataclass(frozen=True)
class _End:
    """No more items come, because of the error if there is one."""

    error: BaseException | None = None


_Fetched: TypeAlias = Item | _End


def prefetch(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The items in their order, fetched PREFETCHED_ITEMS ahead. What `items` raises is raised here, after those before.

    The thread ends with this generator: when all is read, on an error, or when it is closed.
    """
    fetched: queue.Queue[_Fetched[Item]] = queue.Queue(PREFETCHED_ITEMS)
    stopped = threading.Event()

    def put(item: _Fetched[Item]) -> None:
        waits = True
        while waits and not stopped.is_set():
            with suppress(queue.Full):
                fetched.put(item, timeout=0.1)
                waits = False

    def read() -> None:
        try:
            for item in items:
                if stopped.is_set():
                    return
                put(item)
            put(_End())
        except BaseException as error:  # whatever it is, the caller is the one to hear of it
            put(_End(error))

    thread = threading.Thread(target=read, name="prefetch", daemon=True)
    thread.start()
    try:
        yield from _receive(fetched)
    finally:
        stopped.set()
        thread.join()


def _receive(fetched: "queue.Queue[_Fetched[Item]]") -> Iterator[Item]:
    while not isinstance(item := fetched.get(), _End):
        yield item
    if item.error is not None:
        raise item.error
