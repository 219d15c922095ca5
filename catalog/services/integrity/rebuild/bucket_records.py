"""What a bucket tells of, on disk for as long as the database is rebuilt from it: memory stays flat."""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Self

from catalog.exceptions import InvalidData
from catalog.models import AuditEvent
from catalog.services.integrity.findings import Finding
from catalog.services.integrity.inventory import Inventory
from catalog.services.integrity.rebuild.record_kinds import FIELDS, VERSION_OF, BucketRecord, RecordKind, kind_of
from catalog.services.persistence.publishing import AliasKey, AliasMove
from catalog.storage.keys import FAILED, Place

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
EVENT_COLUMNS = ("id", "object_type", "object_name", "version_number", "verb", "alias", "to_value", "at")


class BucketRecords:
    """A context manager around a temporary database. Its records come in the order in which they were made.

    `objects` are all that was listed; `unreadable` are the references, by kind, of which no manifest could be read.
    """

    def __init__(self) -> None:
        self.objects = Inventory()
        self.database = sqlite3.connect("")
        self.database.executescript(TABLES)
        self.findings: list[Finding] = []
        self.unreadable: dict[RecordKind, set[str]] = {kind: set() for kind in RecordKind}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.database.close()
        self.objects.database.close()

    def add(self, place: Place, values: Mapping[str, Any]) -> bool:
        """False when there was one of the same row already, or of the same receipt elsewhere. Raises InvalidData."""
        try:
            return self._add_event(values) if place.kind == "event" else self._add_manifest(place, values)
        except (KeyError, TypeError, ValueError, OverflowError, sqlite3.Error) as error:
            raise InvalidData(f"it does not hold what such a manifest holds ({error})") from error

    def _add_event(self, values: Mapping[str, Any]) -> bool:
        columns = [values[name] for name in EVENT_COLUMNS]
        row = (*columns, json.dumps(dict(values["changes"])), _pack(values))
        sql = "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        return self.database.execute(sql, row).rowcount == 1

    def _add_manifest(self, place: Place, values: Mapping[str, Any]) -> bool:
        key = (kind_of(place), place.name, place.number or 0, place.receipt, place.file == FAILED)
        row = (*key, values["created_at"], _pack(values))
        return self.database.execute("INSERT OR IGNORE INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount == 1

    def records(self, kind: RecordKind) -> Iterator[BucketRecord]:
        """All of one kind: a failure in place of what it is the failure of."""
        rows = self.database.execute(
            "SELECT name, number, receipt FROM manifest WHERE kind = ?"
            " GROUP BY name, number, receipt ORDER BY MIN(made), name, number",
            (kind,),
        )
        for name, number, receipt in rows:
            values = self._manifest(kind, name, number, receipt)
            if kind not in {RecordKind.RECEIPT, RecordKind.EVALUATION}:
                for changes in self.changes(kind, name, number or None):
                    values |= changes
            yield BucketRecord(kind, name, number or None, receipt, values)

    def _manifest(self, kind: RecordKind, name: str, number: int, receipt: str) -> dict[str, Any]:
        """The manifest; or that of the failure when both are of the same write, as that was made later."""
        sql = "SELECT is_failure, content FROM manifest WHERE kind = ? AND name = ? AND number = ? AND receipt = ?"
        rows = self.database.execute(sql, (kind, name, number, receipt))
        contents = {bool(is_failure): _unpack(content) for is_failure, content in rows}
        stored, failed = contents.get(False), contents.get(True)
        if stored and failed:
            return failed if failed.get("upload_token") == stored.get("upload_token") else stored
        return stored or failed or {}

    def accept(self, kind: RecordKind, values: Mapping[str, Any]) -> None:
        """To be added to the database."""
        self.database.execute("INSERT INTO accepted VALUES (?, ?)", (kind, _pack(values)))

    def accepted(self, kind: RecordKind) -> Iterator[dict[str, Any]]:
        """In the order of accepting."""
        for (content,) in self.database.execute("SELECT content FROM accepted WHERE kind = ? ORDER BY rowid", (kind,)):
            yield _unpack(content)

    def changes(self, kind: RecordKind, name: str, number: int | None) -> list[dict[str, Any]]:
        """What the events of the row say that changed, in the order of happening."""
        sql = "SELECT changes FROM event WHERE owner = ? AND name = ? AND number IS ? AND changes != '{}' ORDER BY id"
        rows = self.database.execute(sql, (FIELDS[kind].owner, name, number))
        return [json.loads(changes) for (changes,) in rows]

    def verbs(self, kind: RecordKind, name: str, number: int | None) -> set[str]:
        sql = "SELECT verb FROM event WHERE owner = ? AND name = ? AND number IS ?"
        return {verb for (verb,) in self.database.execute(sql, (FIELDS[kind].owner, name, number))}

    def events(self) -> Iterator[dict[str, Any]]:
        """By id."""
        for (content,) in self.database.execute("SELECT content FROM event ORDER BY id"):
            yield _unpack(content)

    def versions_of_events(self) -> Iterator[tuple[RecordKind, str, int]]:
        """Kind, name and number of each version that an event is about."""
        sql = "SELECT DISTINCT owner, name, number FROM event WHERE number IS NOT NULL ORDER BY owner, name, number"
        for owner, name, number in self.database.execute(sql):
            if owner in VERSION_OF:
                yield VERSION_OF[owner], name, number

    def highest_numbers(self, kind: RecordKind) -> dict[str, int]:
        """By name, the highest number of a version that any manifest or event knows; `kind` is that of versions."""
        sql = (
            "SELECT name, MAX(number) FROM (SELECT name, number FROM manifest WHERE kind = ?"
            " UNION ALL SELECT name, number FROM event WHERE owner = ? AND number IS NOT NULL) GROUP BY name"
        )
        return dict(self.database.execute(sql, (kind, FIELDS[kind].owner)).fetchall())

    def alias_moves(self) -> dict[AliasKey, AliasMove]:
        """By alias, where the newest event leaves it."""
        sql = (
            "SELECT name, alias, MAX(id), to_value, at FROM event WHERE owner = ? AND alias != '' GROUP BY name, alias"
        )
        rows = self.database.execute(sql, (AuditEvent.ObjectType.MODEL,))
        return {AliasKey(name, alias): AliasMove(*move) for name, alias, *move in rows}


def _pack(values: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(values).encode(), 1)


def _unpack(content: bytes) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(zlib.decompress(content))
    return values
