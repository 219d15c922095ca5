"""Whether files name the machine that they were made on: also within what is compressed in them."""

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

ZLIB, ZIP, SQLITE = b"\x78", b"PK\x03\x04", b"SQLite format 3\x00"


def traces_of(folder: Path, paths: Sequence[str], host: str) -> list[str]:
    """Where any of the paths or addresses stands, or the host's name as a word of its own in a text."""
    word = re.compile(rf"\b{re.escape(host)}\b".encode())
    traces = []
    for file in (path for path in folder.rglob("*") if path.is_file()):
        for content in _contents(file):
            traces += [f"{file.relative_to(folder)}: {path}" for path in paths if path.encode() in content]
            if _is_text(content) and (match := word.search(content)):
                traces.append(f"{file.relative_to(folder)}: {content[max(match.start() - 60, 0) : match.end()]!r}")
    return traces


def _contents(file: Path) -> Iterator[bytes]:
    """The file's bytes, and those that are compressed in it; of a database its text."""
    content = file.read_bytes()
    yield content
    if content.startswith(SQLITE):
        with closing(sqlite3.connect(file)) as connection:
            yield "\n".join(connection.iterdump()).encode()
    elif content.startswith(ZLIB):
        yield zlib.decompress(content)
    elif content.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(content)) as members:
            yield from (members.read(name) for name in members.namelist())


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content
