"""How a table is read beside the types of its columns: recorded with a dataset version, so it is read so again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from catalog.ml.tables.conversion.missing import LEGACY_WORDS, MissingWords
from catalog.ml.tables.dialects.dialect import Dialect, DialectRequest


@dataclass(frozen=True)
class ReadOptions:
    """How a table is read.

    `missing` are the words that mean a missing value; `index_columns` only number the rows and are no part of the
    dataset; `partitions` are the columns that the folders around a single file hold, with their values. `dialect` is
    that of a text file; without one it is found by looking at the file, as far as `request` does not say it.
    `is_legacy` is true of versions from before there were options: their names are as the file has them.
    """

    missing: MissingWords = field(default_factory=MissingWords)
    index_columns: tuple[str, ...] = ()
    partitions: Mapping[str, str | None] = field(default_factory=dict)
    is_legacy: bool = False
    dialect: Dialect | None = None
    request: DialectRequest = field(default_factory=DialectRequest)

    def as_json(self) -> dict[str, Any]:
        """Empty for versions from before there were options."""
        if self.is_legacy:
            return {}
        return {
            "missing": self.missing.as_json(),
            "index_columns": list(self.index_columns),
            "partitions": dict(self.partitions),
            "dialect": (self.dialect or Dialect()).as_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        if not values:
            return cls(missing=LEGACY_WORDS, is_legacy=True, dialect=Dialect())
        return cls(
            missing=MissingWords.from_json(values["missing"]),
            index_columns=tuple(values["index_columns"]),
            partitions=dict(values["partitions"]),
            dialect=Dialect.from_json(values.get("dialect", {})),
        )
