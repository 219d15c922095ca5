"""Which words mean a missing value: one list for every door, recorded with a dataset version and in a signature."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.profiling.statistics import ValueCounts

# README.md lists them for users.
DEFAULT_WORDS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "n/a", "#N/A", "<NA>")


@dataclass(frozen=True)
class MissingWords:
    """The texts that mean a missing value; `by_column` has other ones for some columns.

    A cell is compared without the white space around it, so the empty word stands for a blank cell. With `is_legacy`,
    as before there was a choice, cells are compared as they are written, and only those of CSV files.
    """

    words: tuple[str, ...] = DEFAULT_WORDS
    by_column: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_legacy: bool = False

    def of(self, column: str) -> tuple[str, ...]:
        return self.by_column.get(column, self.words)

    def without(self, columns: Iterable[str]) -> "MissingWords":
        """The same, but that no text means a missing value in these columns."""
        return replace(self, by_column={**self.by_column, **dict.fromkeys(columns, ())})

    def outside_csv(self) -> "MissingWords":
        """Those that hold for what is no CSV file."""
        return NO_WORDS if self.is_legacy else self

    def is_missing(self, texts: pa.StringArray, column: str) -> pa.BooleanArray:
        """Whether each of the texts means a missing value in that column; of shape (len(texts),)."""
        compared = texts if self.is_legacy else pc.utf8_trim_whitespace(texts)
        return pc.is_in(compared, value_set=pa.array(self.of(column), pa.string()))

    def to_nulls(self, texts: pa.Array, column: str) -> pa.Array:
        """Nulls in place of the texts that mean a missing value; of categories, the others keep their order."""
        if not self.of(column):
            return texts
        if not pa.types.is_dictionary(texts.type):
            missing = self.is_missing(texts, column)
            return pc.if_else(missing, pa.scalar(None, texts.type), texts) if pc.any(missing).as_py() else texts
        missing = self.is_missing(texts.dictionary, column)
        if not pc.any(missing).as_py():
            return texts
        kept = pc.invert(missing)
        renumbered = pc.subtract(pc.cumulative_sum(pc.cast(kept, pa.int32())), pa.scalar(1, pa.int32()))
        codes = pc.if_else(kept, renumbered, pa.scalar(None, pa.int32())).take(texts.indices)
        return pa.DictionaryArray.from_arrays(codes, texts.dictionary.filter(kept))

    def split(self, counts: ValueCounts, column: str) -> tuple[ValueCounts, Counter[str]]:
        """The counted texts without those that mean a missing value, and how often each of these occurs; blank cells
        are as the empty word."""
        missing = self.is_missing(counts.values, column)
        if not pc.any(missing).as_py():
            return counts, Counter()
        mask = missing.to_numpy(zero_copy_only=False)
        words: Counter[str] = Counter()
        for word, count in zip(counts.values.filter(missing).to_pylist(), counts.counts[mask].tolist(), strict=True):
            words[word.strip()] += count
        kept = ValueCounts(counts.values.filter(pc.invert(missing)), counts.counts[~mask], counts.nulls + words.total())
        return kept, words

    def as_json(self) -> dict[str, Any]:
        """Empty for the words of before."""
        if self.is_legacy:
            return {}
        by_column = {name: list(words) for name, words in self.by_column.items()}
        return {"words": list(self.words), "by_column": by_column}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        if not values:
            return cls(is_legacy=True)
        return cls(tuple(values["words"]), {name: tuple(words) for name, words in values["by_column"].items()})


LEGACY_WORDS = MissingWords(is_legacy=True)
NO_WORDS = MissingWords(words=(), is_legacy=True)


def words_of_signature(values: Mapping[str, Any]) -> MissingWords:
    """Those of a signature as it is recorded; of before they were, those that were read by."""
    return MissingWords.from_json(values["missing"]) if "missing" in values else LEGACY_WORDS
