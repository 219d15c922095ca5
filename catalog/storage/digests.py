"""SHA-256 of files and texts."""

import hashlib
from pathlib import Path
from typing import IO

from catalog.exceptions import DigestMismatch
from catalog.storage.interface import CHUNK_BYTES, CatalogStorage, OnBytes


def file_sha256(file: IO[bytes], *, on_bytes: OnBytes | None = None) -> str:
    """The hexadecimal digest of all of the open file, which is left at its start."""
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        if on_bytes:
            on_bytes(len(chunk))
    file.seek(0)
    return digest.hexdigest()


def path_sha256(path: Path, *, on_bytes: OnBytes | None = None) -> str:
    with path.open("rb") as file:
        return file_sha256(file, on_bytes=on_bytes)


def require_digest(sha256: str, expected: str, what: str) -> None:
    """Raises DigestMismatch unless both are the same."""
    if sha256 != expected:
        raise DigestMismatch(f"{what} has the SHA-256 {sha256}, expected {expected}.")


def stored_sha256(storage: CatalogStorage, key: str) -> str:
    """Of the object as it lies there, read as a stream. Raises StorageError."""
    digest = hashlib.sha256()
    with storage.stream(key) as chunks:
        for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest()
