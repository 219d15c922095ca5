import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from catalog.exceptions import CacheUnusable, DigestMismatch
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


ADA, GRACE = 54_321, 54_322


@contextmanager
def working_as(user: int, umask: int = 0o022) -> Iterator[None]:
    """As root, with that user's rights and umask; who is not root stays who he is."""
    before = os.umask(umask)
    is_root = os.geteuid() == 0
    try:
        if is_root:
            os.setegid(1_000)  # a group of both
            os.seteuid(user)
        yield
    finally:
        if is_root:
            os.seteuid(0)
            os.setegid(0)
        os.umask(before)


@pytest.fixture
def shared() -> Iterator[FileCache]:
    """A cache that every user can reach, in a folder of the first who uses it."""
    folder = Path(tempfile.mkdtemp(prefix="catalog-tests-"))
    folder.chmod(0o777)
    yield FileCache(folder / "cache", max_bytes=250)
    shutil.rmtree(folder)


def test_the_file_of_another_user_is_used(shared: FileCache) -> None:
    with working_as(ADA):
        put(shared, b"abc")
    with working_as(GRACE), shared.open(digest(b"abc"), fetch=writing(b""), described="It") as cached:
        assert cached.handle.read() == b"abc"


@pytest.mark.parametrize(("umask", "folder_mode", "file_mode"), [(0o002, 0o775, 0o664), (0o077, 0o700, 0o600)])
def test_the_rights_are_those_of_the_umask(shared: FileCache, umask: int, folder_mode: int, file_mode: int) -> None:
    with working_as(ADA, umask):
        path = put(shared, b"abc")
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (shared.folder, path.parent, path)]
    assert modes == [folder_mode, folder_mode, file_mode]


def test_a_group_fills_and_empties_one_cache(shared: FileCache) -> None:
    with working_as(ADA, 0o002):
        old = put(shared, b"a" * 200, age=10)
        old.write_bytes(b"spoiled")
    with working_as(GRACE, 0o002):
        assert put(shared, b"a" * 200).read_bytes() == b"a" * 200
        put(shared, b"b" * 200)
    assert not old.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can work as two users.")
def test_a_folder_that_only_another_user_can_write_to_names_the_setting(shared: FileCache) -> None:
    with working_as(ADA):
        path = put(shared, b"abc")
        path.write_bytes(b"spoiled")
    with (
        working_as(GRACE),
        pytest.raises(CacheUnusable, match=rf"{path}: Permission denied\. .* set CATALOG_CACHE_DIR "),
    ):
        shared.open(digest(b"abc"), fetch=writing(b"abc"), described="It")
    assert path.read_bytes() == b"spoiled"


def linked(path: Path) -> None:
    target = path.with_name("victim")
    target.write_bytes(b"abc")
    path.symlink_to(target)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "a link": linked,
    "a pipe": os.mkfifo,
    "another file": lambda path: path.write_bytes(b"evil"),
    "a file that can't be read": lambda path: path.touch(0),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_lies_in_place_of_an_entry_is_replaced(cache: FileCache, kind: str) -> None:
    path = cache.folder / digest(b"abc")[:2] / digest(b"abc")
    path.parent.mkdir(parents=True)
    FOREIGN[kind](path)
    with cache.open(digest(b"abc"), fetch=writing(b"abc"), described="It") as cached:
        assert cached.handle.read() == b"abc"
    assert stat.S_ISREG(path.lstat().st_mode)


@pytest.mark.parametrize("at", [0, 1])
def test_a_folder_in_place_of_an_entry_or_a_file_in_place_of_a_folder_is_named(cache: FileCache, at: int) -> None:
    path = cache.folder / digest(b"abc")[:2] / digest(b"abc")
    if at:
        path.mkdir(parents=True)
    else:
        cache.folder.mkdir()
        path.parent.write_bytes(b"")
    with pytest.raises(CacheUnusable, match=r"CATALOG_CACHE_DIR"):
        cache.open(digest(b"abc"), fetch=writing(b"abc"), described="It")
    assert not list(cache.folder.glob("*/.download-*"))


def test_a_full_disk_is_not_blamed_on_the_setting(cache: FileCache) -> None:
    def fill(target: IO[bytes]) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        cache.open(digest(b"abc"), fetch=fill, described="It")
