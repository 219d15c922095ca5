"""What the bytes of a pickle say without unpickling it: they are searched for names, and nothing is run.

What is found is a hint for people, which the file may have made up; the truth shows when an approved file is loaded.
"""

import pickle
import re
from collections.abc import Iterator
from typing import IO, Any

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.artifact_formats import ArtifactFormat
from catalog.ml.artifacts.inspection.limits import Limits

CHUNK_BYTES = 1024 * 1024
OVERLAP_BYTES = 512
PICKLE_HEAD = re.compile(rb"\x80[\x02-\x05]")
# A class as protocol 2 and 3 name it, and as 4 and 5 do; joblib writes both.
CLASS = re.compile(rb"c([\w.]{1,200})\n(\w{1,100})\n|\x8c.([\w.]{1,200})\x94\x8c.(\w{1,100})\x94\x93", re.DOTALL)
VERSION = re.compile(rb"_sklearn_version.{0,8}?(\d+\.\d+(?:\.(?:dev)?\d+)*(?:rc\d+)?)", re.DOTALL)
OF_JOBLIB = b"joblib.numpy_pickle"
MOST_NAMES = 200


def read_pickle_claims(file: IO[bytes], compression: str, limits: Limits) -> dict[str, Any]:
    """Format, classes and scikit-learn's version as the bytes name them. Raises InvalidArtifact for no pickle."""
    claims: dict[str, Any] = {"format": ArtifactFormat.JOBLIB if compression else ArtifactFormat.PICKLE}
    classes: list[str] = []
    modules: set[str] = set()
    version, unpacked, rest = "", 0, b""
    for number, chunk in enumerate(_unpacked(file, compression)):
        if number == 0 and not PICKLE_HEAD.match(chunk):
            raise InvalidArtifact("what it holds is no pickle of protocol 2 to 5. Save it again with joblib.dump.")
        unpacked += len(chunk)
        if unpacked > limits.unpacked_bytes:
            raise InvalidArtifact(f"it unpacks to more than {limits.unpacked_bytes:,} bytes (CATALOG_MODEL_BYTES).")
        window = rest + chunk
        if OF_JOBLIB in window:
            claims["format"] = ArtifactFormat.JOBLIB
        if not version and (match := VERSION.search(window)):
            version = match[1].decode()
        named = _classes(window)
        classes += named if len(classes) < MOST_NAMES else []
        modules |= {name.partition(".")[0] for name in named} if len(modules) < MOST_NAMES else set()
        rest = window[-OVERLAP_BYTES:]
    if not rest.endswith(pickle.STOP):
        raise InvalidArtifact("it is incomplete: it does not end as a pickle does.")
    return {
        **claims,
        "sklearn_version": version,
        "unpacked_bytes": unpacked,
        "named": classes,
        "modules": sorted(modules),
    }


def _classes(window: bytes) -> list[str]:
    return [".".join(part.decode() for part in match.groups() if part) for match in CLASS.finditer(window)]


def _unpacked(file: IO[bytes], compression: str) -> Iterator[bytes]:
    """The unpacked bytes in chunks, as joblib would unpack them."""
    import bz2
    import gzip
    import lzma
    import zlib

    from joblib.compressor import BinaryZlibFile

    openers: dict[str, Any] = {
        "": lambda raw: raw,
        "zlib": BinaryZlibFile,
        "gzip": lambda raw: gzip.GzipFile(fileobj=raw, mode="rb"),
        "bz2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
        "lzma": lzma.LZMAFile,
        "lz4": _lz4,
    }
    file.seek(0)
    try:
        content = openers[compression](file)
        while chunk := content.read(CHUNK_BYTES):
            yield chunk
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise InvalidArtifact(f"it can't be unpacked ({type(error).__name__}: {error}).") from error


def _lz4(raw: IO[bytes]) -> Any:
    try:
        from lz4.frame import LZ4FrameFile
    except ImportError as error:
        raise InvalidArtifact("it is compressed with lz4, which is not installed here: pip install lz4.") from error
    return LZ4FrameFile(raw, "rb")
