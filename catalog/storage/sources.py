"""Files that others own and the catalog only reads: listed with size and ETag, and refused when they changed since."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from catalog.exceptions import InvalidRequest, ObjectMissing, SourceChanged
from catalog.progress import Progress
from catalog.storage.addresses import absolute_address, check_address, is_s3_uri, local_copy, split_s3_uri
from catalog.storage.interface import CHUNK_BYTES, OnBytes
from catalog.temporary_files import temporary_folder

WILDCARDS = re.compile(r"[*?]")
ASKED_AT_ONCE = 8


@dataclass(frozen=True)
class SourceFile:
    """`uri` is s3://bucket/key or a path. `etag` stands for the content: the server's, or a path's time of change."""

    uri: str
    size_bytes: int
    etag: str


def names_many(address: str) -> bool:
    """Whether the address is a folder or a pattern, and not that of one file."""
    if not address:
        return False
    if not is_s3_uri(address) and os.path.exists(path := Path(address).expanduser()):  # noqa: PTH110 - raises nothing
        return path.is_dir()
    return bool(address.endswith("/") or WILDCARDS.search(address))


def list_files(address: str, suffixes: Sequence[str], *, unsigned: bool = False) -> list[SourceFile]:
    """The files of a folder, with those of the folders in it, or those that a pattern names, sorted by address.

    In a pattern no wildcard stands for a slash. In a folder files count that end in one of `suffixes`, or where none
    does, those without any ending, as Athena names them; none that, as Spark and Hive agree, begin with `_` or a dot.
    Raises InvalidRequest when there are none, StorageError.
    """
    check_address(address)
    folder, pattern = _split(address)
    listed = _list_s3(folder, unsigned) if is_s3_uri(address) else _list_local(folder)
    if pattern:
        files = [file for file in listed if _matches(file.uri.removeprefix(folder), pattern)]
    else:
        shown = [file for file in listed if not _is_hidden(file.uri.removeprefix(folder))]
        files = [file for file in shown if file.uri.lower().endswith(tuple(suffixes))]
        files = files or [file for file in shown if not has_ending(file.uri)]
    if not files:
        raise InvalidRequest(f"There is no file at {address} that ends in {', '.join(suffixes)}.")
    return sorted(files, key=lambda file: file.uri)


def _split(address: str) -> tuple[str, str]:
    """The folder, with a slash at its end, and the pattern below it, which is empty when the folder itself is meant."""
    if not is_s3_uri(address):
        address = absolute_address(address) + ("/" if address.endswith("/") else "")
    if wildcard := WILDCARDS.search(address):
        folder, slash, _ = address[: wildcard.start()].rpartition("/")
        return folder + slash, address[len(folder + slash) :]
    return address.rstrip("/") + "/", ""


def _matches(name: str, pattern: str) -> bool:
    names, patterns = name.split("/"), pattern.replace("[", "[[]").split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in name.split("/"))


def has_ending(uri: str) -> bool:
    """Whether the file's name says what is in the file; else its first bytes do."""
    return "." in uri.rpartition("/")[2]


def _list_s3(folder: str, unsigned: bool) -> list[SourceFile]:
    from catalog.storage.s3_client import connect

    bucket, _, prefix = folder.removeprefix("s3://").partition("/")
    with connect(folder, action="list", unsigned=unsigned) as client:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            SourceFile(f"s3://{bucket}/{entry['Key']}", entry["Size"], entry["ETag"].strip('"'))
            for page in pages
            for entry in page.get("Contents", [])
            if not entry["Key"].endswith("/")
        ]


def _list_local(folder: str) -> list[SourceFile]:
    if not Path(folder).is_dir():
        raise InvalidRequest(f"There is no folder {folder}")
    return [stat_file(str(path)) for path in _walk(folder)]


def _walk(folder: str) -> Iterator[Path]:
    """The files in the folder and those below, also those to which links lead; each folder once."""
    top, seen, waiting = Path(os.path.realpath(folder)), set[str](), [folder]
    while waiting:
        for place, below, names in os.walk(waiting.pop()):
            real = os.path.realpath(place)
            if real in seen or (seen and top.is_relative_to(real)):
                below.clear()
                continue
            seen.add(real)
            waiting += [str(link) for name in below if (link := Path(place, name)).is_symlink()]
            yield from (path for name in names if (path := Path(place, name)).is_file())


def stat_file(uri: str, *, unsigned: bool = False) -> SourceFile:
    """The file as it is now. Raises InvalidRequest or StorageError when it is not there."""
    if not is_s3_uri(uri):
        path = Path(absolute_address(uri))
        if not path.is_file():
            raise InvalidRequest(f"There is no file {uri}.")
        status = path.stat()
        return SourceFile(str(path), status.st_size, f"{status.st_mtime_ns:x}-{status.st_size:x}")
    from catalog.storage.s3_client import connect

    bucket, key = split_s3_uri(uri)
    with connect(uri, action="find", unsigned=unsigned) as client:
        head = client.head_object(Bucket=bucket, Key=key)
    return SourceFile(uri, head["ContentLength"], head["ETag"].strip('"'))


def check_unchanged(file: SourceFile, *, unsigned: bool = False) -> None:
    """Raises SourceChanged, or StorageError when it can't be asked for."""
    try:
        present = stat_file(file.uri, unsigned=unsigned)
    except (InvalidRequest, ObjectMissing) as error:
        raise SourceChanged(f"{file.uri} is no longer there: {error}") from error
    if (present.size_bytes, present.etag) != (file.size_bytes, file.etag):
        raise SourceChanged(
            f"{file.uri} changed since it was recorded: it has {present.size_bytes:,} bytes and the ETag "
            f"{present.etag}, expected {file.size_bytes:,} and {file.etag}. "
            "Bring that back, or begin anew with the new one."
        )


def check_all_unchanged(files: Sequence[SourceFile], *, unsigned: bool = False) -> None:
    """As check_unchanged(), several at once."""
    with ThreadPoolExecutor(ASKED_AT_ONCE) as threads:
        list(threads.map(lambda file: check_unchanged(file, unsigned=unsigned), files))


def fetch_file(file: SourceFile, target: IO[bytes], *, unsigned: bool, on_bytes: OnBytes) -> None:
    """Write the object's bytes into the open file; whether they are the recorded ones is for the caller to see."""
    from catalog.storage.s3_client import connect, download

    bucket, key = split_s3_uri(file.uri)
    with connect(file.uri, action="fetch", unsigned=unsigned) as client:
        download(client, bucket, key, target, on_bytes=on_bytes)


@contextmanager
def unchanged_copy(file: SourceFile, *, unsigned: bool = False, progress: Progress) -> Iterator[Path]:
    """A path on this machine with the recorded bytes. Raises SourceChanged also when they change meanwhile."""
    check_unchanged(file, unsigned=unsigned)
    with local_copy(file.uri, unsigned=unsigned, progress=progress) as path:
        if is_s3_uri(file.uri):
            check_unchanged(file, unsigned=unsigned)
        yield path
    if not is_s3_uri(file.uri):
        check_unchanged(file)


def read_head(file: SourceFile, size_bytes: int, *, unsigned: bool = False) -> bytes:
    """The first bytes of the file. Raises SourceChanged, StorageError."""
    with sparse_copy(file, [(0, min(size_bytes, file.size_bytes))], unsigned=unsigned) as path, path.open("rb") as head:
        return head.read(size_bytes)


@contextmanager
def sparse_copy(file: SourceFile, ranges: Sequence[tuple[int, int]], *, unsigned: bool = False) -> Iterator[Path]:
    """A path to a file of the same length that holds the bytes of these ranges (first, one past the last) alone.

    A file of this machine is given as it is. Raises SourceChanged, StorageError.
    """
    if not is_s3_uri(file.uri):
        check_unchanged(file)
        yield Path(file.uri)
        check_unchanged(file)
        return
    with temporary_folder() as folder:
        path = folder / "source"
        _download_ranges(file, ranges, path, unsigned)
        check_unchanged(file, unsigned=unsigned)
        yield path


def _download_ranges(file: SourceFile, ranges: Sequence[tuple[int, int]], path: Path, unsigned: bool) -> None:
    from catalog.storage.s3_client import connect

    bucket, key = split_s3_uri(file.uri)
    with path.open("wb") as target, connect(file.uri, action="fetch", unsigned=unsigned) as client:
        target.truncate(file.size_bytes)
        for first, end in ranges:
            answer = client.get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{end - 1}")
            target.seek(first)
            with closing(answer["Body"]) as body:
                for chunk in body.iter_chunks(CHUNK_BYTES):
                    target.write(chunk)
