"""Downloaded files by their SHA-256, on this machine: fetched once, hashed on each use, bounded in bytes.

Several users may share the folder: files and folders get the rights that the umask gives, and a file is believed for
its digest alone, whoever wrote it.
"""

import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from catalog.conf import catalog_settings
from catalog.exceptions import CacheUnusable, DigestMismatch
from catalog.storage.digests import file_sha256

ABANDONED_AFTER_SECONDS = 24 * 3600
UNUSABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP}
ADVICE = (
    "Remove what is in the way, or set CATALOG_CACHE_DIR to a folder that you can write to: one of your own, or one "
    "that belongs to a group whose members work with umask 002."
)


@dataclass(frozen=True)
class CachedFile:
    """A file of the cache: its path, and the handle through which it was hashed, open for reading at its start."""

    path: Path
    handle: IO[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.handle.close()


@dataclass(frozen=True)
class FileCache:
    folder: Path
    max_bytes: int

    def open(self, sha256: str, *, fetch: Callable[[IO[bytes]], None], described: str) -> CachedFile:
        """The file with this digest, just hashed.

        `fetch` writes the bytes when the cache lacks them; `described` names them in errors. Raises DigestMismatch, and
        CacheUnusable where another user or something else than a file is in the way.
        """
        path = self.folder / sha256[:2] / sha256
        if file := _open_regular(path):
            if file_sha256(file) == sha256:
                with suppress(PermissionError):  # another user's, who alone may say when it was used
                    os.utime(path)
                return CachedFile(path, file)
            file.close()
        file = self._fetch(path, sha256, fetch, described)
        self._evict(keep=path)
        return CachedFile(path, file)

    def _fetch(self, path: Path, sha256: str, fetch: Callable[[IO[bytes]], None], described: str) -> IO[bytes]:
        """The downloaded file, which now lies at `path`, open at its start."""
        with _download_beside(path) as (copy_path, copy):
            fetch(copy)
            copy.flush()
            fetched_sha256 = file_sha256(copy)
            if fetched_sha256 != sha256:
                raise DigestMismatch(
                    f"{described} is not what the catalog recorded: its SHA-256 is {fetched_sha256}, "
                    f"expected {sha256}. It was not opened. Restore the object from a backup, or train again."
                )
            # The very file that was hashed, whatever lies at its path by now.
            file = os.fdopen(os.dup(copy.fileno()), "rb")
            try:
                file.seek(0)
                with _explained(path):
                    os.replace(copy_path, path)
            except BaseException:
                file.close()
                raise
        return file

    def _evict(self, *, keep: Path) -> None:
        """Remove the least recently used files until the rest fits, and what killed downloads left behind."""
        entries = []
        for file in self.folder.glob("*/*"):
            with suppress(OSError):
                status = file.lstat()
                entries.append((status.st_mtime, status.st_size, file))
        total = sum(size for _, size, _ in entries)
        for modified, size, file in sorted(entries):
            abandoned = file.name.startswith(".") and modified < time.time() - ABANDONED_AFTER_SECONDS
            if abandoned or (total > self.max_bytes and file != keep and not file.name.startswith(".")):
                with suppress(OSError):  # gone by now, a folder, or another user's
                    file.unlink()
                    total -= size


def _open_regular(path: Path) -> IO[bytes] | None:
    """The file, if one that can be read lies there: no link, folder or pipe is followed, opened or waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    file = os.fdopen(descriptor, "rb") if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    if file is None:
        os.close(descriptor)
    return file


@contextmanager
def _download_beside(path: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file in the folder of `path`; it is removed unless it was moved away."""
    copy_path = path.with_name(f".download-{secrets.token_hex(8)}")
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = copy_path.open("x+b")
    try:
        with copy:
            yield copy_path, copy
    finally:
        copy_path.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raises CacheUnusable for what only its owner, or whoever sets CATALOG_CACHE_DIR, can mend."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        raise CacheUnusable(f"The cache of downloaded files can't hold {path}: {error.strerror}. {ADVICE}") from error


def file_cache() -> FileCache:
    return FileCache(folder=catalog_settings().cache_dir, max_bytes=catalog_settings().cache_bytes)
