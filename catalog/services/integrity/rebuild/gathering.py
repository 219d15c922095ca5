"""The manifests of a bucket, read once, checked, and kept on disk for as long as the database is rebuilt from them."""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from catalog.exceptions import AccessDenied, CatalogError, InvalidData
from catalog.progress import Progress
from catalog.services.integrity.findings import Finding, Kind
from catalog.services.integrity.inventory import Inventory
from catalog.services.integrity.object_reading import Reader
from catalog.services.integrity.rebuild.admission import check_admissible
from catalog.services.integrity.row_batches import BATCH
from catalog.services.integrity.verify.alias_checks import AliasMove
from catalog.storage.keys import FAILED, Place, place_of

TABLES = """
CREATE TABLE manifest (
    kind TEXT, name TEXT, number INTEGER, receipt TEXT, is_failure INTEGER, made TEXT, content BLOB,
    PRIMARY KEY (kind, name, number, receipt, is_failure)
);
CREATE TABLE event (
    id INTEGER PRIMARY KEY, owner TEXT, name TEXT, number INTEGER, verb TEXT, alias TEXT, to_value TEXT, at TEXT,
    changes TEXT, content BLOB
);
CREATE UNIQUE INDEX of_receipt ON manifest (receipt, is_failure) WHERE receipt != '';
CREATE INDEX of_row ON event (owner, name, number);
CREATE TABLE accepted (kind TEXT, content BLOB);
CREATE INDEX of_kind ON accepted (kind);
"""
ADVICE = "Restore it from the bucket's earlier versions or a backup, then run rebuild_catalog again"
EVENT_COLUMNS = ("id", "object_type", "object_name", "version_number", "verb", "alias", "to_value", "at")


@dataclass(frozen=True)
class Told:
    """What the bucket says of one row, brought up to date by the events: `values` are a manifest's members."""

    place: Place
    values: dict[str, Any]


class Gathered:
    """A context manager around a temporary database. Its rows come in the order in which they were made."""

    def __init__(self) -> None:
        self.objects = Inventory()
        self.database = sqlite3.connect("")
        self.database.executescript(TABLES)
        self.findings: list[Finding] = []
        self.unreadable: set[tuple[str, str, int | None]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.database.close()
        self.objects.database.close()

    def add(self, place: Place, values: Mapping[str, Any]) -> bool:
        """False when there was one of the same row already, or of the same receipt elsewhere. Raises InvalidData."""
        try:
            content = _packed(values)
            if place.kind == "event":
                row = (*(values[name] for name in EVENT_COLUMNS), json.dumps(dict(values["changes"])), content)
                sql = "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            else:
                of_row = (place.kind, place.name, place.number or 0, place.receipt, place.file == FAILED)
                row = (*of_row, values["created_at"], content)
                sql = "INSERT OR IGNORE INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?)"
            return self.database.execute(sql, row).rowcount == 1
        except (KeyError, TypeError, ValueError, OverflowError, sqlite3.Error) as error:
            raise InvalidData(f"it does not hold what such a manifest holds ({error})") from error

    def told(self, kind: str, *, of_versions: bool = True) -> Iterator[Told]:
        """What there is of one kind, or of its parents: a failure in place of what it is the failure of."""
        rows = self.database.execute(
            "SELECT name, number, receipt FROM manifest WHERE kind = ? AND (number > 0) = ?"
            " GROUP BY name, number, receipt ORDER BY MIN(made), name, number",
            (kind, of_versions),
        )
        for name, number, receipt in rows:
            place = Place(kind, kind, name, number or None, receipt, None, "")
            values = self._of_row(place)
            for changes in self.changes(kind, name, place.number):
                values |= changes
            yield Told(place, values)

    def _of_row(self, place: Place) -> dict[str, Any]:
        """The manifest; or that of the failure when both are of the same write, as that was made later."""
        sql = "SELECT is_failure, content FROM manifest WHERE kind = ? AND name = ? AND number = ? AND receipt = ?"
        rows = self.database.execute(sql, (place.kind, place.name, place.number or 0, place.receipt))
        found = {bool(is_failure): _unpacked(content) for is_failure, content in rows}
        stored, failed = found.get(False), found.get(True)
        if stored and failed:
            return failed if failed.get("upload_token") == stored.get("upload_token") else stored
        return stored or failed or {}

    def accept(self, kind: str, values: Mapping[str, Any]) -> None:
        """To be added to the database."""
        self.database.execute("INSERT INTO accepted VALUES (?, ?)", (kind, _packed(values)))

    def accepted(self, kind: str) -> Iterator[dict[str, Any]]:
        """In the order of accepting."""
        for (content,) in self.database.execute("SELECT content FROM accepted WHERE kind = ? ORDER BY rowid", (kind,)):
            yield _unpacked(content)

    def changes(self, owner: str, name: str, number: int | None) -> list[dict[str, Any]]:
        """What the events of the row say that changed, in the order of happening."""
        sql = "SELECT changes FROM event WHERE owner = ? AND name = ? AND number IS ? AND changes != '{}' ORDER BY id"
        return [json.loads(changes) for (changes,) in self.database.execute(sql, (owner, name, number))]

    def verbs(self, owner: str, name: str, number: int | None) -> set[str]:
        sql = "SELECT verb FROM event WHERE owner = ? AND name = ? AND number IS ?"
        return {verb for (verb,) in self.database.execute(sql, (owner, name, number))}

    def events(self) -> Iterator[dict[str, Any]]:
        """By id."""
        for (content,) in self.database.execute("SELECT content FROM event ORDER BY id"):
            yield _unpacked(content)

    def numbered_events(self) -> Iterator[tuple[str, str, int]]:
        """Kind, name and number of each version that an event is about."""
        sql = "SELECT DISTINCT owner, name, number FROM event WHERE number IS NOT NULL ORDER BY owner, name, number"
        return iter(self.database.execute(sql))

    def highest_numbers(self) -> dict[tuple[str, str], int]:
        """By kind and name, the highest number that any manifest or event knows."""
        sql = (
            "SELECT kind, name, MAX(number) FROM (SELECT kind, name, number FROM manifest WHERE receipt = ''"
            " UNION ALL SELECT owner, name, number FROM event WHERE number IS NOT NULL) GROUP BY kind, name"
        )
        return {(kind, name): number for kind, name, number in self.database.execute(sql)}

    def alias_moves(self) -> dict[tuple[str, str], AliasMove]:
        """By model and alias, where the newest event leaves it."""
        sql = (
            "SELECT name, alias, MAX(id), to_value, at FROM event WHERE owner = 'model' AND alias != ''"
            " GROUP BY name, alias"
        )
        return {(name, alias): AliasMove(*move) for name, alias, *move in self.database.execute(sql)}


def _packed(values: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(values).encode(), 1)


def _unpacked(content: bytes) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(zlib.decompress(content))
    return values


def gather(into: Gathered, reader: Reader, progress: Progress) -> int:
    """Read all manifests; what is wrong with them becomes findings. Returns how many objects there are.

    Raises AccessDenied where the keys may not list, StorageError when the storage can't be read.
    """
    try:
        with progress.step("list"):
            count = into.objects.fill(reader.storage.walk(""))
    except AccessDenied as error:
        raise AccessDenied(
            "A rebuild has to list the bucket, and these keys may not: allow s3:ListBucket for it. "
            "`manage.py check_storage` shows what is permitted."
        ) from error
    with progress.step("read manifests", total=count, unit="objects"):
        for keys in into.objects.batches(BATCH):
            places = {key: place for key in keys if (place := place_of(key)) and place.is_manifest}
            for key, found in reader.manifests(places).items():
                if problem := found.problem or _not_taken(into, places[key], found.values or {}):
                    kind = Kind.MANIFEST_UNSIGNED if found.is_unsigned else Kind.MANIFEST_ALTERED
                    _add_unreadable(into, places[key], kind, f"{reader.storage.uri(key)}: {problem}")
            progress.advance(len(keys))
    return count


def _not_taken(into: Gathered, place: Place, values: Mapping[str, Any]) -> str:
    """Take the manifest in; or why not."""
    try:
        check_admissible(place, values)
        return "" if into.add(place, values) else "another manifest tells of the same"
    except CatalogError as error:
        return str(error)


def _add_unreadable(into: Gathered, place: Place, kind: Kind, problem: str) -> None:
    into.findings.append(Finding(kind, place.reference, problem, ADVICE))
    into.unreadable.add((place.kind, place.name, place.number))
