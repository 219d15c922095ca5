"""A thread that reads on while what was read is worked on."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")
PREFETCHED_ITEMS = 3
END = object()


def prefetch(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The items in their order, fetched PREFETCHED_ITEMS ahead. What `items` raises is raised here, after those before.

    The thread ends with this generator: when all is read, on an error, or when it is closed.
    """
    fetched: queue.Queue[object] = queue.Queue(PREFETCHED_ITEMS)
    stopped = threading.Event()

    def put(item: object) -> None:
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
            put(END)
        except BaseException as error:  # whatever it is, the caller is the one to hear of it
            put(_Raised(error))

    thread = threading.Thread(target=read, name="prefetch", daemon=True)
    thread.start()
    try:
        yield from _receive(fetched)
    finally:
        stopped.set()
        thread.join()


class _Raised:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def _receive(fetched: "queue.Queue[object]") -> Iterator[Item]:
    while (item := fetched.get()) is not END:
        if isinstance(item, _Raised):
            raise item.error
        yield item  # type: ignore[misc] # whatever else is in the queue came from the items
