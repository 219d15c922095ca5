"""Bringing stored objects to this machine: from the cache, or downloaded into it, and always verified."""

from typing import IO

from catalog.models import DatasetVersion, ModelVersion
from catalog.progress import Progress
from catalog.storage.cache import CachedFile, file_cache
from catalog.storage.interface import catalog_storage


def open_verified(version: DatasetVersion | ModelVersion, progress: Progress) -> CachedFile:
    """The version's file, open and hashed through this handle. Raises DigestMismatch or StorageError."""
    storage, key = catalog_storage(), version.stored_key

    def fetch(target: IO[bytes]) -> None:
        with progress.step("download", total=version.size_bytes, unit="bytes"):
            storage.fetch(key, target, on_bytes=progress.advance)

    return file_cache().open(
        version.sha256, fetch=fetch, described=f"The file of {version.reference}, {storage.uri(key)},"
    )
