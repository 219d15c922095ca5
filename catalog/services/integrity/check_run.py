"""What all checks of one run share."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from catalog.progress import Progress
from catalog.services.integrity.findings import Finding, FindingKind, Repair, Verified
from catalog.services.integrity.inventory import Inventory
from catalog.services.integrity.object_reader import ObjectReader
from catalog.services.persistence.manifests import Stored


@dataclass
class CheckRun:
    """`inventory` is None where the keys may not list. `now` is the time by which things are old or young; `tokenless`
    holds, by row, the keys of objects that carry no upload token."""

    reader: ObjectReader
    inventory: Inventory | None
    now: datetime
    progress: Progress
    deep: bool = False
    verified: Verified = field(default_factory=Verified)
    tokenless: dict[Stored, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: FindingKind, where: str, what: str, to_do: str, repair: Repair | None = None) -> None:
        self.verified.findings.append(Finding(kind, where, what, to_do, repair))

    def belongs(self, keys: Iterable[str]) -> None:
        """These keys are those of rows."""
        if self.inventory:
            self.inventory.strike(keys)

    def uri(self, key: str) -> str:
        return self.reader.storage.uri(key)
