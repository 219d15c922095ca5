"""What verify_catalog and rebuild_catalog find, and what is certain enough to be repaired."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from django.db.models import Model

ABANDONED_AFTER = timedelta(hours=6)  # clocks of machines may differ, and large objects take their time
GIVEN_UP_AFTER = timedelta(days=7)  # of a run in parts, which may go on until then
UNTOUCHED_FOR = timedelta(days=1)  # nothing younger is removed, nor called an orphan: its write may be going on


class FindingKind(StrEnum):
    OBJECT_MISSING = "object missing"
    OBJECT_CHANGED = "object changed"
    METADATA_MISSING = "metadata missing"
    MANIFEST_MISSING = "manifest missing"
    MANIFEST_ALTERED = "manifest altered"
    MANIFEST_UNSIGNED = "manifest unsigned"
    MANIFEST_DIFFERS = "manifest differs"
    MANIFEST_WAITING = "manifest waiting"
    ABANDONED = "abandoned write"
    ALIAS = "alias"
    SEARCH = "search"
    ORPHAN = "orphan"
    UNFINISHED_UPLOAD = "unfinished upload"
    NOT_IN_DATABASE = "not in the database"
    NOT_REPRODUCED = "not reproduced"
    NOT_RESTORED = "not restored"
    CONFLICT = "conflict"


class RepairAction(StrEnum):
    """In the order in which they are done: what others depend on comes first, removals last."""

    STORE_WAITING = "store the waiting manifest"
    MARK_FAILED = "mark as FAILED"
    STORE_MANIFEST = "store the manifest"
    REPLACE_MANIFEST = "replace the manifest"
    PUBLISH = "publish"
    INDEX = "make anew the rows of search of"
    WRITE_METADATA = "write the metadata"
    REMOVE = "remove"
    ABORT_UPLOAD = "abort the upload of"


@dataclass(frozen=True)
class RowKey:
    """Which row, whatever its fields are by now."""

    model: type[Model]
    pk: Any  # a number, or a UUID of receipts

    @classmethod
    def of(cls, row: Model) -> Self:
        return cls(type(row), row.pk)


@dataclass(frozen=True)
class Repair:
    """`row` is what the repair starts from, None where it removes an object; `token` is that of the object, or the id
    of the upload."""

    action: RepairAction
    where: str
    key: str = ""
    row: RowKey | None = None
    token: str = ""

    def __str__(self) -> str:
        return f"{self.action} {self.where}"


@dataclass(frozen=True)
class Finding:
    """`where` is a reference or an address; `repair` is None where a person has to decide."""

    kind: FindingKind
    where: str
    what: str
    to_do: str
    repair: Repair | None = None


@dataclass
class Verified:
    """`checked` counts what was looked at, in words; `notes` say what could not be."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)

    @property
    def repairs(self) -> list[Finding]:
        """The findings that can be repaired, in the order of doing it."""
        order = list(RepairAction)
        return sorted(
            (finding for finding in self.findings if finding.repair),
            key=lambda finding: order.index(finding.repair.action) if finding.repair else 0,
        )
