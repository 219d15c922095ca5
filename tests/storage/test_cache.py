import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from catalog.exceptions import DigestMismatch
from catalog.storage.cache import FileCache


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def writing(content: bytes, calls: list[bytes] | None = None) -> Callable[[IO[bytes]], None]:
    def fetch(target: IO[bytes]) -> None:
        target.write(content)
        if calls is not None:
            calls.append(content)

    return fetch


def put(cache: FileCache, content: bytes, age: float = 0) -> Path:
    with cache.open(digest(content), fetch=writing(content), described="It") as cached:
        path = cached.path
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    return FileCache(tmp_path / "cache", max_bytes=250)


def test_the_open_file_is_at_its_start(cache: FileCache) -> None:
    with cache.open(digest(b"abc"), fetch=writing(b"abc"), described="It") as cached:
        assert cached.handle.read() == b"abc"


def test_a_file_is_fetched_once(cache: FileCache) -> None:
    calls: list[bytes] = []
    for _ in range(3):
        cache.open(digest(b"abc"), fetch=writing(b"abc", calls), described="It").handle.close()
    assert calls == [b"abc"]


def test_a_corrupt_file_is_fetched_again(cache: FileCache) -> None:
    put(cache, b"abc").write_bytes(b"abd")
    with cache.open(digest(b"abc"), fetch=writing(b"abc"), described="It") as cached:
        assert cached.handle.read() == b"abc"


def test_other_bytes_than_expected_are_refused_and_not_kept(cache: FileCache) -> None:
    with pytest.raises(DigestMismatch) as caught:
        cache.open(digest(b"abc"), fetch=writing(b"abd"), described="The file of late:1")
    assert f"is {digest(b'abd')}, expected {digest(b'abc')}." in str(caught.value)
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def test_a_fetch_that_fails_leaves_nothing(cache: FileCache) -> None:
    def fail(target: IO[bytes]) -> None:
        target.write(b"ab")
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        cache.open(digest(b"abc"), fetch=fail, described="It")
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def test_the_least_recently_used_files_go_first(cache: FileCache) -> None:
    old, older = put(cache, b"a" * 100, age=10), put(cache, b"b" * 100, age=20)
    new = put(cache, b"c" * 100)
    assert [path.exists() for path in (older, old, new)] == [False, True, True]


def test_use_makes_a_file_recent(cache: FileCache) -> None:
    first, second = put(cache, b"a" * 100, age=20), put(cache, b"b" * 100, age=10)
    cache.open(digest(b"a" * 100), fetch=writing(b""), described="It").handle.close()
    put(cache, b"c" * 100)
    assert [path.exists() for path in (first, second)] == [True, False]


def test_a_file_larger_than_the_cache_is_kept_while_it_is_the_last(cache: FileCache) -> None:
    small, large = put(cache, b"a" * 100, age=10), put(cache, b"b" * 1000)
    assert (small.exists(), large.exists()) == (False, True)


def test_what_a_killed_download_left_goes_after_a_day(cache: FileCache) -> None:
    path = put(cache, b"a")
    abandoned, present = path.with_name(".download-1"), path.with_name(".download-2")
    abandoned.write_bytes(b"x")
    present.write_bytes(b"x")
    os.utime(abandoned, (time.time() - 25 * 3600,) * 2)
    put(cache, b"b")
    assert (abandoned.exists(), present.exists()) == (False, True)


def test_a_file_put_in_the_place_of_the_download_is_not_the_one_that_is_opened(
    cache: FileCache, tmp_path: Path
) -> None:
    def swap(target: IO[bytes]) -> None:
        target.write(b"good")
        target.flush()
        (tmp_path / "evil").write_bytes(b"evil")
        os.replace(tmp_path / "evil", target.name)

    with cache.open(digest(b"good"), fetch=swap, described="It") as cached:
        assert cached.handle.read() == b"good"
