"""What an estimator is given: which columns, of which types, and how each becomes a pandas column.

Numbers, integers and booleans become float64; dates and timestamps become days since 1970-01-01 (float64; timestamps
with fractions, in UTC); texts become a pandas category. The same conversions apply in training and in prediction, and
are written in the signature, so that the stored artifact needs nothing of this project.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.tables.casting import CATEGORY_TYPE
from catalog.ml.tables.schema import ARROW_TYPES, ColumnType

MICROSECONDS_A_DAY = 86_400_000_000
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
    """An input column. `categories` are those seen in training; None where there are too many to record."""

    name: str
    type: ColumnType
    categories: tuple[str, ...] | None = None

    @property
    def is_category(self) -> bool:
        return self.type is ColumnType.STRING

    @property
    def read_type(self) -> pa.DataType:
        """The Arrow type that the column is read with: integers are read as numbers, so 3 and 3.0 are one value, and
        texts as categories, each of which becomes a Python text once and not in every cell."""
        if self.is_category:
            return CATEGORY_TYPE
        return pa.float64() if self.type.is_numeric else ARROW_TYPES[self.type]


@dataclass(frozen=True)
class Signature:
    """What an estimator is given and what it gives.

    Parameters
    ----------
    features : tuple of Feature
        The input columns, in the order in which the estimator is given them.
    target : str
        The column that is predicted.
    target_type : ColumnType
        The type that the target has in the dataset.
    task : {"classification", "regression"}
    classes : tuple, optional
        The labels, sorted as in the estimator's `classes_`; None for regression.
    """

    features: tuple[Feature, ...]
    target: str
    target_type: ColumnType
    task: str
    classes: tuple[Any, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "inputs": [
                {
                    "name": feature.name,
                    "type": feature.type,
                    "passed_as": CONVERSIONS[feature.type],
                    "categories": None if feature.categories is None else list(feature.categories),
                }
                for feature in self.features
            ],
            "output": {
                "name": self.target,
                "type": self.target_type,
                "classes": None if self.classes is None else list(self.classes),
            },
            "task": self.task,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        output = values["output"]
        return cls(
            features=tuple(
                Feature(
                    column["name"],
                    ColumnType(column["type"]),
                    None if column["categories"] is None else tuple(column["categories"]),
                )
                for column in values["inputs"]
            ),
            target=output["name"],
            target_type=ColumnType(output["type"]),
            task=values["task"],
            classes=None if output["classes"] is None else tuple(output["classes"]),
        )


def to_frame(table: pa.Table, features: Iterable[Feature]) -> pd.DataFrame:
    """The estimator's input, of shape (table.num_rows, n_features); columns were read with `Feature.read_type`."""
    columns = {feature.name: _convert(table.column(feature.name), feature) for feature in features}
    return pd.DataFrame(columns, copy=False)


def _convert(values: pa.ChunkedArray, feature: Feature) -> Any:
    if feature.is_category:
        return _compact(values.combine_chunks()).to_pandas()
    if feature.type is ColumnType.DATE:
        values = pc.cast(values, pa.int32())
    elif feature.type in {ColumnType.TIMESTAMP, ColumnType.TIMESTAMP_UTC}:
        days = pc.cast(pc.cast(values, pa.int64()), pa.float64(), safe=False)
        values = pc.divide(days, float(MICROSECONDS_A_DAY))
    return pc.cast(values, pa.float64()).to_numpy()


def _compact(values: pa.Array) -> pa.DictionaryArray:
    """As categories, without the many of a file that don't occur in these rows: pandas would take all of them over."""
    if pa.types.is_dictionary(values.type):
        if len(values.dictionary) <= len(values):
            return values
        values = values.dictionary_decode()
    return values.dictionary_encode()


def with_categories(features: Sequence[Feature], frame: pd.DataFrame) -> tuple[Feature, ...]:
    """The features with the categories that occur in `frame`, which the estimator was fitted on."""
    return tuple(
        Feature(feature.name, feature.type, _categories(frame[feature.name]) if feature.is_category else None)
        for feature in features
    )


def _categories(values: pd.Series) -> tuple[str, ...] | None:
    categories = values.dropna().unique()
    return tuple(sorted(map(str, categories))) if len(categories) <= RECORDED_CATEGORIES else None


def target_values(values: pa.ChunkedArray, task: str) -> Any:
    """The target without nulls: float64 for regression, else labels as text, bool, int64 or float64."""
    if task == "regression":
        return pc.cast(values, pa.float64(), safe=False).to_numpy()
    if pa.types.is_string(values.type):
        return np.asarray(values.to_pylist(), dtype=object)
    return values.to_numpy()
