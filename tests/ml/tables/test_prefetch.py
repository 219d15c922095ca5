import threading
from collections.abc import Iterator

import pytest

from catalog.ml.tables.prefetch import PREFETCHED_ITEMS, prefetch


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_items_come_in_their_order() -> None:
    assert list(prefetch(iter(range(100)))) == list(range(100))


def test_an_error_comes_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("cut")

    items = prefetch(failing())
    assert next(items) == 1
    with pytest.raises(OSError, match="cut"):
        next(items)
    assert readers() == []


def test_no_more_is_read_than_is_held() -> None:
    read = threading.Semaphore(0)

    def counting() -> Iterator[int]:
        for item in range(100):
            read.release()
            yield item

    items = prefetch(counting())
    next(items)
    for _ in range(PREFETCHED_ITEMS + 2):
        assert read.acquire(timeout=10)
    assert not read.acquire(timeout=0.05)
    items.close()


def test_closing_it_ends_the_thread() -> None:
    items = prefetch(iter(range(100)))
    next(items)
    items.close()
    assert readers() == []
