"""A text without the lines that are no part of its table, and in UTF-8, as a file that no folder holds."""

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from catalog.ml.tables.dialects.dialect import Dialect
from catalog.ml.tables.dialects.text_encodings import UTF_8, decoded_chunks, is_one_byte

LONGEST_LINE = 16 * 1024 * 1024


class TextCopy:
    """The copy is gone when nobody holds this any more, or when the process ends in whichever way."""

    def __init__(self, chunks: Iterable[bytes], dialect: Dialect) -> None:
        with tempfile.TemporaryFile(buffering=0) as file:
            for chunk in _kept(chunks, dialect):
                file.write(chunk)
            self._descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._descriptor)

    @property
    def path(self) -> Path:
        """To be opened once at a time, and read from its beginning."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return Path(f"/dev/fd/{self._descriptor}")


def needs_copy(dialect: Dialect) -> bool:
    """Whether Arrow can't find rows and cells in the file as it is."""
    return bool(dialect.skips_lines) or not (dialect.encoding == UTF_8 or is_one_byte(dialect.encoding))


def _kept(chunks: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    """Raises UnicodeDecodeError."""
    if dialect.encoding != UTF_8 and not is_one_byte(dialect.encoding):
        chunks = decoded_chunks(chunks, dialect.encoding)
    if not dialect.skips_lines:
        yield from chunks
        return
    yield from _without_footer(_lines(chunks, dialect), dialect.skip_footer)


def _lines(chunks: Iterable[bytes], dialect: Dialect) -> Iterator[list[bytes]]:
    """The lines below the first `skip_rows` that are no comments, some at a time, with their ends."""
    comment, left, rest = dialect.comment.encode(), dialect.skip_rows, b""
    for chunk in chunks:
        block = rest + chunk
        end = block.rfind(b"\n") + 1
        if not end and len(block) < LONGEST_LINE:
            rest = block
            continue
        end = end or len(block)
        lines, rest = block[:end].splitlines(keepends=True), block[end:]
        left, lines = max(left - len(lines), 0), lines[left:]
        yield [line for line in lines if not line.startswith(comment)] if comment else lines
    lines = rest.splitlines(keepends=True)[left:]
    yield [line for line in lines if not line.startswith(comment)] if comment else lines


def _without_footer(blocks: Iterable[list[bytes]], footer: int) -> Iterator[bytes]:
    """The lines without the last `footer` that are not blank."""
    held: list[bytes] = []
    for lines in blocks:
        held += lines
        at, blanks = len(held), footer
        while blanks and at:
            at -= 1
            blanks -= bool(held[at].strip())
        yield b"".join(held[:at])
        held = held[at:]
    if not footer:
        yield b"".join(held)
