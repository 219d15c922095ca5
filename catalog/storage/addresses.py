"""Files that people name, on this machine or as s3://bucket/key, outside the catalog's own folder."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.core.exceptions import SuspiciousOperation

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest
from catalog.progress import Progress
from catalog.storage.digests import file_sha256
from catalog.storage.interface import CHUNK_BYTES
from catalog.storage.keys import check_key
from catalog.temporary_files import temporary_file

LONGEST = 1000  # characters; the rows that record addresses hold 1,200
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
SIGNED = re.compile(r"[?&](x-amz-|awsaccesskeyid=|signature=|sig=|token=)", re.IGNORECASE)
S3_URI = re.compile(r"s3://([^/]+)/(.+)")


def check_address(address: str) -> None:
    """Raises InvalidRequest for what is neither a path nor s3://bucket/key, or holds a secret: addresses are recorded.

    Such a message shows nothing of the address in which the secret may be.
    """
    if SCHEME.match(address) and not is_s3_uri(address):
        host = urlsplit(address).netloc.rpartition("@")[2]
        raise InvalidRequest(f"The address at {host[:80]} is no path and no s3://bucket/key. Download the file first.")
    if is_s3_uri(address) and not BUCKET.fullmatch(address.removeprefix("s3://").partition("/")[0]):
        raise InvalidRequest("After s3:// comes the name of a bucket, without keys: those belong into .env.")
    if is_s3_uri(address) and SIGNED.search(address):
        raise InvalidRequest("The address is signed. Write s3://bucket/key alone: the keys in .env sign the request.")
    if len(address) > LONGEST:
        raise InvalidRequest(f"{address[:40]}… has {len(address):,} characters; an address has at most {LONGEST:,}.")


def split_s3_uri(uri: str) -> tuple[str, str]:
    """Bucket and key. Raises InvalidRequest unless both are there."""
    check_address(uri)
    match = S3_URI.fullmatch(uri)
    if not match or uri.endswith("/"):
        raise InvalidRequest(f"{uri!r} is not the address of an object: write s3://bucket/path/to/file.csv.")
    return match[1], match[2]


def is_s3_uri(source: str) -> bool:
    return source.startswith("s3://")


def absolute_address(source: str) -> str:
    """The same file from the root, with the links by which people go there and without `..`; s3://… as it is."""
    if is_s3_uri(source):
        return source
    found = Path("/")
    for part in (_working_folder() / Path(source).expanduser()).parts[1:]:
        if part != "..":
            found /= part
            continue
        is_link = os.path.islink(found)  # noqa: PTH114 - which says no to names that are too long, and raises nothing
        found = Path(os.path.realpath(found) if is_link else found).parent
    return str(found)


def _working_folder() -> Path:
    """As people entered it: of links the system keeps where they lead, and shells keep in PWD what they are called."""
    said = Path(catalog_settings().read_variable("PWD"))
    is_there = said.is_absolute() and said.is_dir() and said.samefile(os.curdir)
    return said if is_there else Path.cwd()


@dataclass(frozen=True)
class LocalFile:
    """A file on this machine. What was downloaded has been hashed; of any other file `sha256` is empty."""

    path: Path
    sha256: str = ""


@contextmanager
def local_copy(source: str, *, unsigned: bool = False, progress: Progress) -> Iterator[Path]:
    """A path on this machine with the bytes of `source`; what had to be downloaded is removed at the end."""
    with local_file(source, unsigned=unsigned, progress=progress) as file:
        yield file.path


@contextmanager
def local_file(source: str, *, unsigned: bool = False, progress: Progress) -> Iterator[LocalFile]:
    """The same with the SHA-256 of what had to be downloaded."""
    check_address(source)
    if not is_s3_uri(source):
        path = Path(source).expanduser()
        if not os.path.exists(path):  # noqa: PTH110 - which says no to names that are too long, and raises nothing
            raise InvalidRequest(f"There is no file {source}.")
        if not path.is_file():
            raise InvalidRequest(f"{source} is not a file.")
        yield LocalFile(path)
        return
    from catalog.storage.s3_client import connect, download

    bucket, key = split_s3_uri(source)
    with temporary_file() as copy:
        with (
            progress.step("download source", unit="bytes"),
            connect(source, action="fetch", unsigned=unsigned) as client,
        ):
            download(client, bucket, key, copy, on_bytes=progress.advance)
        yield LocalFile(Path(copy.name), file_sha256(copy))


@contextmanager
def spooled(stream: IO[bytes]) -> Iterator[Path]:
    """A file on this machine with all that `stream` gives, removed at the end."""
    with temporary_file() as copy:
        shutil.copyfileobj(stream, copy, CHUNK_BYTES)
        copy.flush()
        yield Path(copy.name)


def check_destination(destination: str, *, source: str = "") -> None:
    """Raises InvalidRequest when a file can't be put there, or would replace `source`, before any work is done."""
    check_address(destination)
    if is_s3_uri(destination):
        _, key = split_s3_uri(destination)
        check_parts_of(key)
        if destination == source:
            raise InvalidRequest(f"{destination} is the input itself. Name another output.")
        return
    target = _target(destination)
    _check_name_length(target)
    if not target.parent.is_dir():
        raise InvalidRequest(f"There is no folder {target.parent}. Make it first.")
    if target.is_dir():
        raise InvalidRequest(f"{destination} is a folder. Name a file.")
    if target.exists() and not target.is_file():
        raise InvalidRequest(f"{destination} is no file. Name a file, or `-` for standard output.")
    if source and target.exists() and _is_same_file(target, source):
        raise InvalidRequest(f"{destination} is the input itself. Name another output.")
    if not os.access(target.parent, os.W_OK):
        raise InvalidRequest(f"The folder {target.parent} can't be written to.")


def _target(destination: str) -> Path:
    """The file that is written: what a link leads to, and not the link."""
    return Path(os.path.realpath(Path(destination).expanduser()))


def _check_name_length(target: Path) -> None:
    longest = os.pathconf(target.parent, "PC_NAME_MAX") if target.parent.is_dir() else 0
    if 0 < longest < len(os.fsencode(target.name)):
        raise InvalidRequest(f"The name {target.name[:40]!r}… is too long: a file's has at most {longest} bytes.")


def _is_same_file(target: Path, source: str) -> bool:
    try:
        return target.samefile(Path(source).expanduser())
    except (OSError, ValueError):  # no file of this machine
        return False


def check_parts_of(key: str) -> None:
    """Raises InvalidRequest for a key to be written that has empty, `.` or `..` parts."""
    try:
        check_key(key)
    except SuspiciousOperation as error:
        raise InvalidRequest(f"{error} Some servers take it for another object: write it without them.") from error


def publish(path: Path, destination: str) -> None:
    """Put the finished file at `destination` in one step: whatever was there stays whole until then."""
    if not is_s3_uri(destination):
        _replace(path, _target(destination))
        return
    from catalog.storage.s3_client import TRANSFER_CONFIG, connect

    bucket, key = split_s3_uri(destination)
    with connect(destination, action="store") as client:
        client.upload_file(str(path), bucket, key, Config=TRANSFER_CONFIG)


def _replace(path: Path, target: Path) -> None:
    with temporary_file(parent=target.parent) as copy:
        with path.open("rb") as source:
            shutil.copyfileobj(source, copy, CHUNK_BYTES)
        copy.flush()
        os.fsync(copy.fileno())
        Path(copy.name).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_umask())
        os.replace(copy.name, target)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
