"""What an estimator is given: which columns, of which types, and how each becomes a pandas column.

Numbers, integers and booleans become float64; dates and timestamps become days since 1970-01-01 (float64; timestamps
with fractions, in UTC); texts become a pandas category, free text stays text. The same conversions apply in training
and in prediction, and are written in the signature, so that the stored artifact needs nothing of this project.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.conversion.casting import CATEGORY_TYPE
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType

MICROSECONDS_A_DAY = 86_400_000_000
# A feature with more is given as texts: there would be more categories to keep than is worth it.
RECORDED_CATEGORIES = 20_000
CONVERSIONS = {
    ColumnType.INTEGER: "float64",
    ColumnType.NUMBER: "float64",
    ColumnType.BOOLEAN: "float64, true as 1",
    ColumnType.DATE: "float64, days since 1970-01-01",
    ColumnType.TIMESTAMP: "float64, days since 1970-01-01 with fractions",
    ColumnType.TIMESTAMP_UTC: "float64, days since 1970-01-01 in UTC with fractions",
    ColumnType.STRING: "category",
}


@dataclass(frozen=True)
class Feature:
    """An input column. `categories` are those seen in training, sorted; None where there are too many to record.

    `is_text` is free text, whose words are learned from: it has no categories, and what is missing is empty.
    """

    name: str
    type: ColumnType
    categories: tuple[str, ...] | None = None
    is_text: bool = False

    @property
    def is_category(self) -> bool:
        return self.type is ColumnType.STRING and not self.is_text

    @property
    def read_type(self) -> pa.DataType:
        """The Arrow type that the column is read with: integers are read as numbers, so 3 and 3.0 are one value, and
        texts as categories, each of which becomes a Python text once and not in every cell."""
        if self.type is ColumnType.STRING:
            return CATEGORY_TYPE
        return pa.float64() if self.type.is_numeric else ARROW_TYPES[self.type]

    @cached_property
    def known_categories(self) -> pa.StringArray:
        return pa.array(self.categories or (), pa.string())

    @cached_property
    def dtype(self) -> pd.CategoricalDtype:
        return pd.CategoricalDtype(list(self.categories or ()))


def to_frame(table: pa.Table, features: Iterable[Feature]) -> pd.DataFrame:
    """A frame of the features with the categories of these rows: for training, before it is known which are learned."""
    return pd.DataFrame(
        {feature.name: _column_at_hand(table.column(feature.name), feature) for feature in features}, copy=False
    )


def _column_at_hand(values: pa.ChunkedArray, feature: Feature) -> Any:
    if feature.is_text:
        return as_texts(values.combine_chunks())
    if feature.is_category:
        return categories_at_hand(values.combine_chunks())
    return as_numbers(values, feature.type)


def as_texts(values: pa.Array) -> pd.Series:
    """Python's texts; what is missing is empty, for vectorizers take nothing else."""
    return categories_at_hand(values).astype(object).fillna("")


def as_numbers(values: pa.ChunkedArray, kind: ColumnType) -> np.ndarray:
    """float64 of shape (len(values),), with NaN for nulls."""
    if kind is ColumnType.DATE:
        values = pc.cast(values, pa.int32())
    elif kind in {ColumnType.TIMESTAMP, ColumnType.TIMESTAMP_UTC}:
        days = pc.cast(pc.cast(values, pa.int64()), pa.float64(), safe=False)
        values = pc.divide(days, float(MICROSECONDS_A_DAY))
    return np.asarray(pc.cast(values, pa.float64()).to_numpy())


def categories_at_hand(values: pa.Array) -> pd.Series:
    """As categories, without the many of a file that don't occur in these rows: pandas would take all of them over."""
    if pa.types.is_dictionary(values.type):
        if len(values.dictionary) <= len(values):
            return pd.Series(values.to_pandas())
        values = values.dictionary_decode()
    return pd.Series(values.dictionary_encode().to_pandas())


def with_categories(features: Sequence[Feature], frame: pd.DataFrame) -> tuple[Feature, ...]:
    """The features with the categories that occur in `frame`, which the estimator is fitted on."""
    return tuple(
        replace(feature, categories=_categories(frame[feature.name]) if feature.is_category else None)
        for feature in features
    )


def _categories(values: pd.Series) -> tuple[str, ...] | None:
    categories = values.dropna().unique()
    return tuple(sorted(map(str, categories))) if len(categories) <= RECORDED_CATEGORIES else None


def fix_categories(frame: pd.DataFrame, features: Sequence[Feature]) -> pd.DataFrame:
    """The frame, of shape (n_rows, n_features), with the categories that the features carry: others are missing."""
    fixed = {
        feature.name: frame[feature.name].astype(object)
        if feature.categories is None
        else frame[feature.name].cat.set_categories(feature.dtype.categories)
        for feature in features
        if feature.is_category
    }
    return frame.assign(**fixed) if fixed else frame


def find_infinity(frame: pd.DataFrame) -> tuple[str, int] | None:
    """The first column that holds infinity, and the position of the first row in which it does."""
    for name in frame.columns:
        if frame[name].dtype.kind == "f" and (infinite := np.isinf(frame[name].to_numpy())).any():
            return name, int(infinite.argmax())
    return None
