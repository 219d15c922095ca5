"""Bringing stored objects to this machine: from the cache, or downloaded into it, and always verified."""

import io
from typing import IO, TYPE_CHECKING, Any, Union, cast

from catalog.exceptions import DigestMismatch, ObjectMissing, StorageError, StorageUnreachable, StorageUnusable, counted
from catalog.progress import Progress
from catalog.services.persistence.published_versions import PublishedVersion
from catalog.storage.cache import CachedFile, file_cache
from catalog.storage.interface import CatalogStorage, OnBytes, catalog_storage

if TYPE_CHECKING:
    from catalog.models import DatasetVersion, ModelVersion

ONE_REQUEST = 64 * 1024 * 1024  # bytes; what is larger is fetched in parts, several at once
ATTEMPTS = 3


def open_verified(version: Union["DatasetVersion", "ModelVersion", PublishedVersion], progress: Progress) -> CachedFile:
    """The version's file, open and hashed through this handle. Raises DigestMismatch or StorageError.

    An object of another size than recorded is not downloaded, and never more of one than that.
    """
    storage, key = catalog_storage(), version.stored_key
    described = f"The file of {version.reference}, {storage.uri(key)},"

    def fetch(target: IO[bytes]) -> None:
        bounded = BoundedFile(target, version.size_bytes, described)
        if isinstance(version, PublishedVersion) and version.size_bytes <= ONE_REQUEST:
            _fetch_at_once(storage, key, bounded, progress.advance)
            return
        bounded.check(storage.stat(key).size_bytes)
        with progress.step("download", total=version.size_bytes, unit="bytes"):
            storage.fetch(key, cast(IO[bytes], bounded), on_bytes=progress.advance)

    return file_cache().open(version.sha256, fetch=fetch, described=described)


def _fetch_at_once(storage: CatalogStorage, key: str, target: "BoundedFile", on_bytes: OnBytes) -> None:
    """By one request, which is made anew when the answer breaks off."""
    for remaining in reversed(range(ATTEMPTS)):
        target.seek(0)
        try:
            with storage.stream(key) as chunks:
                for chunk in chunks:
                    on_bytes(target.write(chunk))
        except (ObjectMissing, StorageUnreachable, StorageUnusable):
            raise
        except StorageError:
            if not remaining:
                raise
        else:
            return


class BoundedFile(io.RawIOBase):
    """The target of a download, which refuses to be written to past `size_bytes`: the disk stays as full as it was."""

    def __init__(self, target: IO[bytes], size_bytes: int, described: str) -> None:
        self.target, self.size_bytes, self.described = target, size_bytes, described

    def check(self, size_bytes: int, *, at_least: str = "") -> None:
        if size_bytes != self.size_bytes if not at_least else size_bytes > self.size_bytes:
            raise DigestMismatch(
                f"{self.described} is not what the catalog recorded: it has {at_least}{counted(size_bytes, 'byte')}, "
                f"expected {self.size_bytes:,}. It was not opened. Restore the object from a backup, or train again."
            )

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self.target.seek(offset, whence)

    def tell(self) -> int:
        return self.target.tell()

    def write(self, content: Any, /) -> int:
        self.check(self.target.tell() + len(content), at_least="at least ")
        return self.target.write(content)
