"""Temporary files and folders: gone when their block ends, and after a kill -9 when a later run makes one.

The process that made one holds a lock on it, which the system takes away with the process, whatever ends that.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PREFIX = "catalog-work-"
UNTOUCHED_SECONDS = 60  # what is younger may be made and not locked yet


@contextmanager
def temporary_folder(*, parent: Path | None = None) -> Iterator[Path]:
    """An empty folder in TMPDIR, or a hidden one in `parent`."""
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=_prefix(parent), dir=parent))
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def temporary_file(*, parent: Path | None = None) -> Iterator[IO[bytes]]:
    """An empty file, open for writing and reading, with a `name`; in `parent` it may be moved away."""
    remove_abandoned(parent)
    with tempfile.NamedTemporaryFile(prefix=_prefix(parent), dir=parent, delete=False) as file:
        try:
            _lock(file.fileno())
            yield file.file
        finally:
            Path(file.name).unlink(missing_ok=True)


def remove_abandoned(parent: Path | None = None) -> None:
    """Remove what processes of this user left that did not come to removing it."""
    folder = parent or Path(tempfile.gettempdir())
    with suppress(OSError):
        for path in folder.glob(f"{_prefix(parent)}*"):
            with suppress(OSError):  # gone by now, a link, another user's, or in use
                _remove_if_abandoned(path)


def _prefix(parent: Path | None) -> str:
    return f".{PREFIX}" if parent else PREFIX


def _lock(descriptor: int) -> None:
    with suppress(OSError):  # where the file system has no locks, nothing is ever taken for abandoned
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_if_abandoned(path: Path) -> None:
    """Raises OSError while its process lives."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or status.st_mtime > time.time() - UNTOUCHED_SECONDS:
            return
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(descriptor)
