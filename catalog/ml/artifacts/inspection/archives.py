"""Whether a zip file is safe to unpack into memory: how many members, how many bytes. Nothing is unpacked here."""

import zipfile
import zlib
from collections import Counter
from typing import IO

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.inspection.limits import Limits

SCHEMA = "schema.json"
ENCRYPTED = 0x1
ZIP_HEAD = b"PK\x03\x04"


def check_archive(file: IO[bytes], limits: Limits) -> dict[str, int]:
    """Members and unpacked bytes of the skops file. Raises InvalidArtifact.

    A member never unpacks to more than its header says (zipfile stops there), so the headers' sum is a bound.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(members, limits)
            unpacked = sum(member.file_size for member in members)
            _check_size(unpacked, limits)
            inner = sum(_inner_bytes(archive, member) for member in members)
            _check_size(unpacked + inner, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, OSError) as error:
        raise InvalidArtifact(f"it is no intact zip file ({error}). Save it again with skops.io.dump.") from error
    return {"members": len(members), "unpacked_bytes": unpacked}


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = Counter(member.filename for member in members)
    if SCHEMA not in names:
        raise InvalidArtifact(f"it is a zip file, but has no {SCHEMA} as skops files have.")
    if len(members) > limits.members:
        raise InvalidArtifact(f"it has {len(members):,} members, and at most {limits.members:,} are allowed.")
    if max(names.values()) > 1:
        raise InvalidArtifact("it has two members of the same name.")
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise InvalidArtifact("it is encrypted.")
    schema = next(member for member in members if member.filename == SCHEMA)
    if schema.file_size > limits.schema_bytes:
        raise InvalidArtifact(f"its {SCHEMA} has {schema.file_size:,} bytes: at most {limits.schema_bytes:,} are read.")


def _check_size(unpacked: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise InvalidArtifact(
            f"it unpacks to {unpacked:,} bytes; at most {limits.unpacked_bytes:,} are allowed (CATALOG_MODEL_BYTES)."
        )


def _inner_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Of a member that is a zip file itself, as a sparse matrix is: its unpacked bytes."""
    with archive.open(member) as content:
        if content.read(len(ZIP_HEAD)) != ZIP_HEAD:
            return 0
        content.seek(0)
        with zipfile.ZipFile(content) as inner:
            return sum(info.file_size for info in inner.infolist())
