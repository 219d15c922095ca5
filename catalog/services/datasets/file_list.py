"""The list that stands for a table of many files: its digest pins every byte of them, though they lie elsewhere."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any, Self

from catalog.exceptions import InvalidData
from catalog.storage.sources import SourceFile

FORMAT = 1


@dataclass(frozen=True)
class ListedFile:
    uri: str
    size_bytes: int
    etag: str
    sha256: str

    @property
    def source(self) -> SourceFile:
        return SourceFile(self.uri, self.size_bytes, self.etag)


@dataclass(frozen=True)
class FileList:
    """`unsigned` files are public and read without credentials."""

    files: Sequence[ListedFile]
    unsigned: bool

    @property
    def sources(self) -> list[SourceFile]:
        return [file.source for file in self.files]

    @property
    def total_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    def as_bytes(self) -> bytes:
        """The same for the same files."""
        values = {"format": FORMAT, "unsigned": self.unsigned, "files": [asdict(file) for file in self.files]}
        return json.dumps(values, indent=1, ensure_ascii=False).encode()

    @classmethod
    def read(cls, stream: IO[bytes]) -> Self:
        """Raises InvalidData for what is no such list."""
        try:
            values: Mapping[str, Any] = json.load(stream)
            return cls([ListedFile(**file) for file in values["files"]], values["unsigned"])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidData(f"The list of the dataset's files is none ({type(error).__name__}).") from error
