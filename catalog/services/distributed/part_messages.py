"""What is sent to the workers of a cluster: plain values, no secrets. The scheduler unpickles them without Django."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from catalog.storage.keys import part_name


@dataclass(frozen=True)
class Part:
    """A file, or neighbouring row groups of one with the `ranges` of bytes that hold them; `number` is from 0."""

    number: int
    uri: str
    size_bytes: int
    etag: str
    sha256: str = ""
    unsigned: bool = False
    row_groups: tuple[int, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        """As people call it."""
        if not self.row_groups:
            return self.uri
        first, last = self.row_groups[0], self.row_groups[-1]
        return f"{self.uri}, row group{f's {first} to {last}' if last > first else f' {first}'}"

    @property
    def read_bytes(self) -> int:
        """How many bytes a worker fetches for it."""
        return sum(end - first for first, end in self.ranges) or self.size_bytes

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        ranges = tuple((first, end) for first, end in values["ranges"])
        return cls(**{**values, "row_groups": tuple(values["row_groups"]), "ranges": ranges})


@dataclass(frozen=True)
class PartResult:
    """What came of a part: rows, bytes and SHA-256 of what was stored, unseen categories and extra columns.

    `dialect` is how a new file of text was found to be written, with an `example` of its encoding; `doubts` is what
    people should look at, also of the worker's libraries. `failure` says why it can't be predicted now, whoever tries;
    the rest is then empty. It is hopeless when that lies in what the file holds, which is recorded.
    """

    rows: int = 0
    bytes: int = 0
    sha256: str = ""
    unseen: Mapping[str, int] = field(default_factory=dict)
    extra: Sequence[str] = ()
    dialect: Mapping[str, Any] = field(default_factory=dict)
    example: str = ""
    doubts: Sequence[str] = ()
    failure: str = ""
    is_hopeless: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the part's row keeps it."""
        return {name: value for name, value in asdict(self).items() if name not in {"failure", "is_hopeless"}}


@dataclass(frozen=True)
class PartTask:
    """What is the same for all parts. `output` is a folder's address; empty for the catalog's own storage, in which
    `prefix` is the receipt's folder. `version` holds fields of the model version, `libraries` what a worker must run.
    `dataset` is the reference of the version that is predicted, with its read options; None for files that are none,
    which are read by `learned`, the read options of the training data, and the `dialect` that was said.
    """

    version: Mapping[str, Any]
    dataset: tuple[str, Mapping[str, Any]] | None
    learned: Mapping[str, Any] | None
    dialect: Mapping[str, Any]
    output: str
    prefix: str
    upload_token: str
    file_format: str
    id_columns: Sequence[str]
    with_probabilities: bool
    allow_version_mismatch: bool
    libraries: Mapping[str, str]

    def key(self, number: int) -> str:
        """Under which the result of the part is stored."""
        return f"{self.prefix}{part_name(number, self.file_format)}"
