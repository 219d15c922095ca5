"""How a table is read beside the types of its columns: recorded with a dataset version, so it is read so again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from catalog.ml.tables.conversion.missing import LEGACY_WORDS, MissingWords


@dataclass(frozen=True)
class ReadOptions:
    """How a table is read.

    `missing` are the words that mean a missing value; `index_columns` only number the rows and are no part of the
    dataset; `partitions` are the columns that the folders around a single file hold, with their values. `is_legacy` is
    true of versions from before there were options: their names are as the file has them.
    """

    missing: MissingWords = field(default_factory=MissingWords)
    index_columns: tuple[str, ...] = ()
    partitions: Mapping[str, str | None] = field(default_factory=dict)
    is_legacy: bool = False

    def as_json(self) -> dict[str, Any]:
        """Empty for versions from before there were options."""
        if self.is_legacy:
            return {}
        return {
            "missing": self.missing.as_json(),
            "index_columns": list(self.index_columns),
            "partitions": dict(self.partitions),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        if not values:
            return cls(missing=LEGACY_WORDS, is_legacy=True)
        return cls(
            missing=MissingWords.from_json(values["missing"]),
            index_columns=tuple(values["index_columns"]),
            partitions=dict(values["partitions"]),
        )
