"""Downloaded files by their SHA-256, on this machine: fetched once, hashed on each use, bounded in bytes."""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from catalog.conf import catalog_settings
from catalog.exceptions import DigestMismatch
from catalog.storage.digests import file_sha256

ABANDONED_AFTER_SECONDS = 24 * 3600


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

        `fetch` writes the bytes when the cache lacks them; `described` names them in errors. Raises DigestMismatch.
        """
        path = self.folder / sha256[:2] / sha256
        with suppress(FileNotFoundError):
            file = path.open("rb")
            if file_sha256(file) == sha256:
                os.utime(path)
                return CachedFile(path, file)
            file.close()
            path.unlink(missing_ok=True)
        return self._fetched(path, sha256, fetch, described)

    def _fetched(self, path: Path, sha256: str, fetch: Callable[[IO[bytes]], None], described: str) -> CachedFile:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".download-", delete=False) as copy:
            try:
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
                file.seek(0)
                os.replace(copy.name, path)
            except BaseException:
                Path(copy.name).unlink(missing_ok=True)
                raise
        self._evict(keep=path)
        return CachedFile(path, file)

    def _evict(self, *, keep: Path) -> None:
        """Remove the least recently used files until the rest fits, and what killed downloads left behind."""
        entries = []
        for file in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                entries.append((file.stat().st_mtime, file.stat().st_size, file))
        total = sum(size for _, size, _ in entries)
        for modified, size, file in sorted(entries):
            abandoned = file.name.startswith(".") and modified < time.time() - ABANDONED_AFTER_SECONDS
            if abandoned or (total > self.max_bytes and file != keep and not file.name.startswith(".")):
                file.unlink(missing_ok=True)
                total -= size


def file_cache() -> FileCache:
    return FileCache(folder=catalog_settings().cache_dir, max_bytes=catalog_settings().cache_bytes)
