"""All that lies in storage, on disk for as long as it is compared: memory stays flat and no order is relied on."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Self

from catalog.storage.interface import ListedObject


@dataclass(frozen=True)
class LeftObject:
    """An object that belongs to no row that was gone through so far; `modified` is when it was stored."""

    key: str
    modified: datetime


@dataclass(frozen=True)
class LeftFolder:
    path: str
    objects: list[LeftObject]


class Inventory:
    """A context manager around a temporary database, from which what belongs to a row is struck out."""

    def __init__(self) -> None:
        self.database = sqlite3.connect("")
        self.database.execute(
            "CREATE TABLE object (folder TEXT, key TEXT UNIQUE, size INTEGER, modified TEXT, PRIMARY KEY (folder, key))"
            " WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.database.close()

    def fill(self, listing: Iterable[ListedObject]) -> int:
        """How many objects there are."""
        rows = ((_folder(entry.key), entry.key, entry.size_bytes, entry.modified.isoformat()) for entry in listing)
        return self.database.executemany("INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)", rows).rowcount

    def strike(self, keys: Iterable[str]) -> None:
        self.database.executemany("DELETE FROM object WHERE key = ?", ((key,) for key in keys))

    def sizes(self, keys: Iterable[str]) -> dict[str, int]:
        """In bytes, of those of the keys that were listed."""
        keys = list(keys)
        marks = ", ".join("?" * len(keys))
        rows = self.database.execute(f"SELECT key, size FROM object WHERE key IN ({marks})", keys)  # noqa: S608 - question marks only
        return dict(rows.fetchall())

    def batches(self, size: int) -> Iterator[list[str]]:
        """All keys, `size` at a time."""
        last, sql = "", "SELECT key FROM object WHERE key > ? ORDER BY key LIMIT ?"
        while keys := [key for (key,) in self.database.execute(sql, (last, size))]:
            yield keys
            last = keys[-1]

    def left_by_folder(self) -> Iterator[LeftFolder]:
        """Each folder in which something is left."""
        rows = self.database.execute("SELECT folder, key, modified FROM object ORDER BY folder, key")
        for folder, group in groupby(rows, key=lambda row: row[0]):
            yield LeftFolder(folder, [LeftObject(key, datetime.fromisoformat(at)) for _, key, at in group])


def _folder(key: str) -> str:
    return key.rpartition("/")[0]
