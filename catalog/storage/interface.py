"""What the catalog asks of object storage; S3 and the local disk both give it."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol, cast

from django.core.files.storage import default_storage

from catalog.exceptions import InvalidData

OnBytes = Callable[[int], Any]
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StoredObject:
    """`upload_token` is empty when the object carries none; `modified` is aware. `sha256` is what its writer said it
    is, where that is kept beside it."""

    size_bytes: int
    upload_token: str
    modified: datetime
    sha256: str = ""


@dataclass(frozen=True)
class ListedObject:
    """An object as a listing shows it. `modified` is aware."""

    key: str
    size_bytes: int
    modified: datetime


@dataclass(frozen=True)
class UnfinishedUpload:
    """A write that no listing of objects shows: it goes on, or was cut off. `begun` is aware."""

    key: str
    upload_id: str
    begun: datetime


class CatalogStorage(Protocol):
    """An object is written once, whole, and never overwritten, but by `publish`; reads stream. Errors are
    StorageError."""

    def put(
        self, key: str, source: Path | bytes, *, upload_token: str, sha256: str, on_bytes: OnBytes | None = None
    ) -> None:
        """Store an object that is not there yet; what this very write stored before is left as it is.

        Parameters
        ----------
        key
            Relative to AWS_LOCATION; catalog.storage.keys makes it.
        source
            The file, or what is in memory.
        upload_token
            32 hexadecimal digits that are kept with the object: by it a writer knows its own.
        sha256
            Hexadecimal, kept with the object where the storage can. It is not computed here.
        on_bytes
            Called from any thread with the number of bytes that were sent since the last call; with a negative one
            when they have to be sent again.

        Raises
        ------
        ObjectExists
            The key holds an object with another token.
        StorageError
            Anything else; then nothing is known of the object.
        """

    def publish(self, key: str, content: bytes, *, replaces: Callable[[bytes], bool]) -> bool:
        """Store a published alias in the place of an older one: the only object that is ever replaced.

        Parameters
        ----------
        key
            As catalog.storage.keys.published_alias() makes it, and no other.
        content
            Small, and stored in one step: who reads meanwhile gets the whole of the one or of the other.
        replaces
            Is given what is there, and says whether `content` takes its place. It is asked again when another writer
            was faster, where the storage can tell.

        Returns
        -------
        bool
            False when what is there stays.

        Raises
        ------
        StorageError
            Nothing is known of the object then.
        """

    def stat(self, key: str) -> StoredObject:
        """What is known of an object without reading it.

        Parameters
        ----------
        key
            Relative to AWS_LOCATION.

        Returns
        -------
        StoredObject
            Size in bytes, upload token and when it was stored.

        Raises
        ------
        ObjectMissing
            There is none, or the keys may not read it.
        StorageError
            Anything else.
        """

    def fetch(self, key: str, target: IO[bytes], *, on_bytes: OnBytes | None = None) -> None:
        """Write the whole object into a file. Whether it is the recorded one is for the caller to check.

        Parameters
        ----------
        key
            Relative to AWS_LOCATION.
        target
            Open for writing, seekable and empty; it is written in any order and left anywhere, not closed.
        on_bytes
            As of `put`, with the number of bytes that were received.

        Raises
        ------
        ObjectMissing
            There is none, or the keys may not read it.
        StorageError
            Anything else, also that the object changed meanwhile; the file then holds some of its bytes.
        """

    def stream(self, key: str) -> AbstractContextManager[Iterator[bytes]]:
        """All bytes in order, in pieces of at most CHUNK_BYTES that are kept nowhere. Raises ObjectMissing."""

    def delete_own(self, key: str, *, upload_token: str) -> bool:
        """Delete the object if it carries this token. Whether there is none at the key now, which is asked then."""

    def adopt(self, key: str, *, upload_token: str, sha256: str) -> None:
        """Give the object, which was copied here without its metadata, this token, once all its bytes have been hashed.

        Raises DigestMismatch when they are others, ObjectMissing, and StorageError also when it changes meanwhile.
        """

    def download_url(self, key: str, *, file_name: str) -> str:
        """A presigned address for a browser, good for five minutes; empty when there is no such thing."""

    def make_folder(self) -> bool:
        """Show the folder that AWS_LOCATION names in S3 browsers. Whether that made something. Raises StorageError."""

    def remove_folder(self) -> None:
        """Take back what make_folder() made."""

    def walk(self, prefix: str) -> Iterator[ListedObject]:
        """All objects whose keys begin with `prefix`, sorted by key. Raises AccessDenied where listing is refused."""

    def unfinished_uploads(self, prefix: str = "") -> Iterator[UnfinishedUpload]:
        """What takes up room below `prefix` without being an object. Raises AccessDenied, StorageError."""

    def abort_upload(self, upload: UnfinishedUpload) -> None:
        """Remove what was stored of it. Raises StorageError."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Folders and files below `path`. Raises StorageError."""

    def uri(self, key: str) -> str:
        """The address that people know the object by."""


def catalog_storage() -> CatalogStorage:
    return cast(CatalogStorage, default_storage)


def put_bytes(storage: CatalogStorage, key: str, content: bytes, *, upload_token: str) -> None:
    """Store a small object from memory. Raises StorageError, as `put` does."""
    storage.put(key, content, upload_token=upload_token, sha256=hashlib.sha256(content).hexdigest())


def read_bytes(storage: CatalogStorage, key: str, *, most: int) -> bytes:
    """All of a small object, by one request. Raises StorageError, and InvalidData past `most` bytes."""
    content = bytearray()
    with storage.stream(key) as chunks:
        for chunk in chunks:
            content += chunk
            if len(content) > most:
                raise InvalidData(f"it is larger than {most:,} bytes")
    return bytes(content)


def new_upload_token() -> str:
    """32 random hexadecimal digits for an object's metadata, by which a writer knows its own object."""
    return secrets.token_hex(16)
