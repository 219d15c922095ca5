"""The embedded store: objects as files below var/objects/, with the promises of the one in S3."""

import fcntl
import glob
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible

from catalog.exceptions import ObjectExists, ObjectMissing
from catalog.storage.digests import require_digest, stored_sha256
from catalog.storage.interface import (
    CHUNK_BYTES,
    ListedObject,
    OnBytes,
    StoredObject,
    UnfinishedUpload,
    new_upload_token,
)
from catalog.storage.keys import check_key, check_replaceable

COPY = ".upload-"


@deconstructible(path="catalog.storage.local.LocalCatalogStorage")
class LocalCatalogStorage(FileSystemStorage):
    """Each object is a file; a hidden hard link beside it carries the upload token in its name."""

    def put(
        self, key: str, source: Path | bytes, *, upload_token: str, sha256: str, on_bytes: OnBytes | None = None
    ) -> None:
        check_key(key)
        target = Path(self.path(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_own(target, upload_token):
            return  # stored by this very write, which was tried again
        opened: IO[bytes] = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        with opened, _copy_beside(target) as copy:
            _copy(opened, copy, on_bytes)
            copy.flush()
            os.fsync(copy.fileno())
            mark = _mark(target, upload_token)
            mark.unlink(missing_ok=True)  # of an object that is gone, or of this write when it stopped in between
            try:
                os.link(copy.name, mark)
                os.link(copy.name, target)
            except FileExistsError as error:
                mark.unlink()
                raise ObjectExists(
                    f"{self.uri(key)} exists and is not overwritten. If the database is new and the folder old, "
                    "set AWS_LOCATION to another folder."
                ) from error

    def publish(self, key: str, content: bytes, *, replaces: Callable[[bytes], bool]) -> bool:
        check_replaceable(key)
        target = Path(self.path(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent):
            if target.is_file() and not replaces(target.read_bytes()):
                return False
            before = list(_marks(target))
            mark = _mark(target, new_upload_token())
            with _copy_beside(target) as copy:
                copy.write(content)
                copy.flush()
                os.fsync(copy.fileno())
                os.link(copy.name, mark)
                os.link(mark, f"{copy.name}-")
                os.replace(f"{copy.name}-", target)
            for old in before:
                old.unlink()
        return True

    def stat(self, key: str) -> StoredObject:
        target = Path(self.path(key))
        if not target.is_file():
            raise ObjectMissing(f"There is no file {self.uri(key)}.")
        tokens = (mark.name.rpartition("~")[2] for mark in _marks(target))
        upload_token = next((token for token in tokens if _is_own(target, token)), "")
        status = target.stat()
        return StoredObject(size_bytes=status.st_size, upload_token=upload_token, modified=_modified(status))

    def fetch(self, key: str, target: IO[bytes], *, on_bytes: OnBytes | None = None) -> None:
        try:
            with Path(self.path(key)).open("rb") as source:
                _copy(source, target, on_bytes)
        except FileNotFoundError as error:
            raise ObjectMissing(f"There is no file {self.uri(key)}.") from error

    @contextmanager
    def stream(self, key: str) -> Iterator[Iterator[bytes]]:
        target = Path(self.path(key))
        if not target.is_file():
            raise ObjectMissing(f"There is no file {self.uri(key)}.")
        with target.open("rb") as source:
            yield iter(partial(source.read, CHUNK_BYTES), b"")

    def delete_own(self, key: str, *, upload_token: str) -> bool:
        target = Path(self.path(key))
        if _is_own(target, upload_token):
            target.unlink()
            _mark(target, upload_token).unlink()
        return not target.exists()

    def adopt(self, key: str, *, upload_token: str, sha256: str) -> None:
        target = Path(self.path(key))
        require_digest(stored_sha256(self, key), sha256, self.uri(key))
        with suppress(FileExistsError):
            os.link(target, _mark(target, upload_token))

    def download_url(self, key: str, *, file_name: str) -> str:
        return ""

    def make_folder(self) -> bool:
        return False

    def remove_folder(self) -> None:
        """There is never one that make_folder() made."""

    def walk(self, prefix: str) -> Iterator[ListedObject]:
        root = Path(self.location)
        for path in _files(root):
            key = path.relative_to(root).as_posix()
            with suppress(FileNotFoundError):  # deleted meanwhile
                if key.startswith(prefix):
                    status = path.stat()
                    yield ListedObject(key, status.st_size, _modified(status))

    def unfinished_uploads(self, prefix: str = "") -> Iterator[UnfinishedUpload]:
        root = Path(self.location)
        for path in sorted(root.rglob(f"{COPY}*")):
            key = path.relative_to(root).as_posix()
            with suppress(FileNotFoundError):  # finished meanwhile
                if key.startswith(prefix):
                    yield UnfinishedUpload(key, path.name, _modified(path.stat()))

    def abort_upload(self, upload: UnfinishedUpload) -> None:
        Path(self.path(upload.key)).unlink(missing_ok=True)

    def uri(self, key: str) -> str:
        return str(self.path(key))

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        if mode != "rb":
            raise ValueError("Objects are opened for reading only, with mode 'rb': they are stored whole, by put().")
        return File(Path(self.path(name)).open(mode))

    def _save(self, name: str, content: Any) -> str:
        raise ValueError("Objects are stored by put(), which records whose they are.")


def _files(folder: Path) -> Iterator[Path]:
    """All files below, without the hidden ones, in the order of their keys as texts, in which S3 lists."""
    if not folder.is_dir():
        return
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for path in sorted(entries, key=lambda path: f"{path.name}/" if path.is_dir() else path.name):
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _modified(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


@contextmanager
def _copy_beside(target: Path) -> Iterator[IO[bytes]]:
    """A new file in the folder of `target`, removed at the end; whom it can be read by the umask says."""
    path = target.with_name(f"{COPY}{secrets.token_hex(8)}")
    try:
        with path.open("xb") as copy:
            yield copy
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Within it no other process that asks for the same is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _mark(target: Path, upload_token: str) -> Path:
    """A second name of the object's file, which says whose it is."""
    return target.with_name(f".{target.name}~{upload_token}")


def _marks(target: Path) -> Iterator[Path]:
    """All second names of the object's file, and of files that lay there before."""
    return target.parent.glob(f".{glob.escape(target.name)}~*")


def _is_own(target: Path, upload_token: str) -> bool:
    mark = _mark(target, upload_token)
    return mark.exists() and target.exists() and mark.samefile(target)


def _copy(source: IO[bytes], target: IO[bytes], on_bytes: OnBytes | None) -> None:
    while chunk := source.read(CHUNK_BYTES):
        target.write(chunk)
        if on_bytes:
            on_bytes(len(chunk))
