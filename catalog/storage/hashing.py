"""Hashing a file while it is written, so that a download is not read a second time for its digest."""

import hashlib
import os
from typing import IO, Any

from catalog.storage.digests import file_sha256


class HashedFile:
    """A new file, open for writing and reading, with its SHA-256 so far.

    A download in parts writes them in any order: what lies beyond a gap is read back once the gap is closed. When a
    part is written twice, as after a connection that broke, the whole file is read at the end.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.hashed = 0
        self.beyond: dict[int, int] = {}
        self.is_rewritten = False

    def write(self, content: bytes) -> int:
        at = self.file.tell()
        written = self.file.write(content)
        if at == self.hashed:
            self.digest.update(content)
            self.hashed += written
            self._pass_gap()
        elif at < self.hashed or at in self.beyond:
            self.is_rewritten = True
        else:
            self.beyond[at] = at + written
        return written

    def _pass_gap(self) -> None:
        here = self.file.tell()
        while self.hashed in self.beyond:
            end = self.beyond.pop(self.hashed)
            self.file.seek(self.hashed)
            self.digest.update(self.file.read(end - self.hashed))
            self.hashed = end
        self.file.seek(here)

    def sha256(self) -> str:
        """The digest of the whole file."""
        self.file.flush()
        is_whole = not self.beyond and self.hashed == self.file.seek(0, os.SEEK_END)
        return self.digest.hexdigest() if is_whole and not self.is_rewritten else file_sha256(self.file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
