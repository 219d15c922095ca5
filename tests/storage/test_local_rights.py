"""A checkout that people of one machine share: objects below var/objects/ have the rights that the umask gives."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalog.storage.local import LocalCatalogStorage

PUBLISHED = "models/late/aliases/production.json"


@contextmanager
def masked(umask: int) -> Iterator[None]:
    before = os.umask(umask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o664), (0o022, 0o644), (0o077, 0o600)])
def test_an_object_is_readable_by_those_whom_the_umask_admits(tmp_path: Path, umask: int, mode: int) -> None:
    storage, key = LocalCatalogStorage(location=tmp_path), "datasets/late/v0001/abc-data.csv"
    with masked(umask):
        storage.put(key, b"abc", upload_token="token", sha256="")
        storage.publish(PUBLISHED, b"{}", replaces=lambda present: True)
        storage.publish(PUBLISHED, b"{ }", replaces=lambda present: True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {mode}
    assert not list(storage.unfinished_uploads())
