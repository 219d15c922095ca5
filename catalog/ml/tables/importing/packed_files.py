"""Compressed tables: CSV by bzip2 and Zstandard, and a zip file with one table in it; never more than is plausible."""

import gzip
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from catalog.exceptions import InvalidData, counted
from catalog.ml.tables.file_formats import SUFFIXES, find_format

CHUNK_BYTES = 1024 * 1024
# A file that unpacks to more than both is no table but an attack, or so even that nobody learns from it.
FREE_BYTES, LARGEST_RATIO = 256 * 1024 * 1024, 250
MOST_MEMBERS = 10_000
ENCRYPTED = 0x1


def packed_head(path: Path, name: str, compression: str, size: int) -> bytes:
    """The first bytes of what is packed. Raises InvalidData."""
    with _unpacking(path, name, compression) as stream:
        return bytes(stream.read(size))


def unpack(path: Path, name: str, compression: str, target: Path) -> None:
    """What is packed in the file. Raises InvalidData."""
    with _unpacking(path, name, compression) as stream, target.open("wb") as file:
        for chunk in _bounded(stream.read, path, name):
            file.write(chunk)


def repack(path: Path, name: str, compression: str, target: Path) -> None:
    """The text in the compressed file, compressed with gzip. Raises InvalidData."""
    with _unpacking(path, name, compression) as stream:
        _write_gzip(_bounded(stream.read, path, name), target)


@contextmanager
def _unpacking(path: Path, name: str, compression: str) -> Iterator[pa.NativeFile]:
    try:
        with pa.OSFile(str(path)) as file, pa.CompressedInputStream(file, compression) as stream:
            yield stream
    except (OSError, EOFError, pa.ArrowException) as error:
        raise InvalidData(f"{name} can't be unpacked: {str(error).splitlines()[0][:200]}.") from error


def extract_table(path: Path, name: str, target: Path) -> tuple[Path, str]:
    """The one table in the zip file, written to `target`, and what it is called there. Raises InvalidData."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = _one_table(archive, name)
            with archive.open(member) as stream, target.open("wb") as file:
                for chunk in _bounded(stream.read, path, name):
                    file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise InvalidData(f"{name} can't be unpacked: {str(error)[:200]}.") from error
    return target, member.filename


def pack_text(path: Path, target: Path) -> None:
    """The same file, compressed with gzip."""
    with path.open("rb") as file:
        _write_gzip(iter(lambda: file.read(CHUNK_BYTES), b""), target)


def _write_gzip(chunks: Iterator[bytes], target: Path) -> None:
    """Fast rather than small, and with the same bytes for the same content."""
    raw = target.with_suffix(".tmp")
    with raw.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=1, fileobj=file, mtime=0) as packed:
        for chunk in chunks:
            packed.write(chunk)
    shutil.move(raw, target)


def _bounded(read: Callable[[int], bytes], path: Path, name: str) -> Iterator[bytes]:
    most, count = max(FREE_BYTES, LARGEST_RATIO * path.stat().st_size), 0
    while chunk := read(CHUNK_BYTES):
        count += len(chunk)
        if count > most:
            raise InvalidData(f"{name} unpacks to more than {most:,} bytes. Unpack it yourself if that is meant.")
        yield chunk


def _one_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise InvalidData(f"{name} holds {counted(len(members), 'file')}, expected one table.")
    tables = [member for member in members if _is_table(member)]
    if len(tables) != 1:
        shown = ", ".join(member.filename for member in tables[:5])
        held = f"{len(tables)} tables ({shown})" if tables else f"no file that ends in {', '.join(SUFFIXES)}"
        raise InvalidData(f"{name} holds {held}, expected one table.")
    if tables[0].flag_bits & ENCRYPTED:
        raise InvalidData(f"{name} is protected by a password. Unpack it first.")
    return tables[0]


def _is_table(member: zipfile.ZipInfo) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in member.filename.split("/"))
    return not hidden and find_format(member.filename) is not None
