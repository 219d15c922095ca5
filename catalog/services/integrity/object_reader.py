"""Reading many objects at once: several threads, each request tried again where that is safe, nothing kept on disk."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from catalog.exceptions import (
    AccessDenied,
    DigestMismatch,
    InvalidData,
    NotSigned,
    ObjectMissing,
    StorageError,
    StorageUnreachable,
    StorageUnusable,
)
from catalog.progress import Progress
from catalog.services.persistence.published_versions import LARGEST
from catalog.services.persistence.signing import verify_manifest
from catalog.storage.interface import StoredObject, catalog_storage, read_bytes

READERS = 8
ATTEMPTS = 3


Read = TypeVar("Read")


@dataclass(frozen=True)
class ReadManifest:
    """`values` is None when there is no sound manifest; `problem` then says why. It is empty when there is none."""

    values: dict[str, Any] | None
    problem: str = ""
    is_unsigned: bool = False

    @property
    def is_missing(self) -> bool:
        return self.values is None and not self.problem


class ObjectReader:
    """A context manager. Errors other than a missing object are raised: StorageError."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.storage = catalog_storage()
        self.threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.threads.shutdown(cancel_futures=True)

    def stats(self, keys: Iterable[str]) -> dict[str, StoredObject | None]:
        """Size and token by key; None where there is no object."""
        return self._read_all(self._stat, keys)

    def manifests(self, keys: Iterable[str]) -> dict[str, ReadManifest]:
        return self._read_all(self._manifest, keys)

    def digests(self, keys: Iterable[str]) -> dict[str, str | None]:
        """The SHA-256 of every byte by key, with progress in bytes; None where there is no object."""
        return self._read_all(self._digest, keys)

    def _read_all(self, read: Callable[[str], Read], keys: Iterable[str]) -> dict[str, Read]:
        keys = list(keys)
        return dict(zip(keys, self.threads.map(lambda key: _retry(lambda: read(key)), keys), strict=True))

    def _stat(self, key: str) -> StoredObject | None:
        try:
            return self.storage.stat(key)
        except ObjectMissing:
            return None

    def _manifest(self, key: str) -> ReadManifest:
        try:
            return ReadManifest(verify_manifest(read_bytes(self.storage, key, most=LARGEST)))
        except ObjectMissing:
            return ReadManifest(None)
        except (DigestMismatch, InvalidData, NotSigned) as error:
            return ReadManifest(None, str(error), isinstance(error, NotSigned))

    def _digest(self, key: str) -> str | None:
        digest = hashlib.sha256()
        try:
            with self.storage.stream(key) as chunks:
                for chunk in chunks:
                    digest.update(chunk)
                    self.progress.advance(len(chunk))
        except ObjectMissing:
            return None
        return digest.hexdigest()


def _retry(read: Callable[[], Read]) -> Read:
    """What `read` gives, tried again when the answer broke off: boto3 itself tries again until an answer begins."""
    for _ in range(ATTEMPTS - 1):
        try:
            return read()
        except (AccessDenied, ObjectMissing, StorageUnreachable, StorageUnusable):
            raise
        except StorageError:
            continue
    return read()
