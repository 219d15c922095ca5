"""Inputs and output of a model version, and the only place where rows become the frame that its estimator is given.

Whatever they come from, a file, a query, a frame or a request, the same row becomes the same values: each is converted
to the learned type by `tables.conversion.casting`, and a category column carries the categories of the training in
their order, so no row's meaning depends on its neighbours.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalog.ml.features import CONVERSIONS, Feature, as_numbers, as_texts, categories_at_hand
from catalog.ml.tables.conversion.casting import cast_column
from catalog.ml.tables.conversion.cell_errors import Origin
from catalog.ml.tables.conversion.frames import as_arrow, cast_cells
from catalog.ml.tables.conversion.missing import MissingWords, words_of_signature
from catalog.ml.tables.schema import ColumnType


@dataclass(frozen=True)
class Converted:
    """Rows as the estimator is given them, of shape (n_rows, n_features), and per text feature the cells whose category
    was not seen in training: they are missing in the frame."""

    frame: pd.DataFrame
    unseen_categories: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Output:
    """A column that is predicted: the type that it is read as, and its labels, sorted; None for regression."""

    name: str
    type: ColumnType
    classes: tuple[Any, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": self.type,
            "classes": None if self.classes is None else list(self.classes),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        classes = None if values["classes"] is None else tuple(values["classes"])
        return cls(values["name"], ColumnType(values["type"]), classes)


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
        The type that the target is read as: whole numbers that are labels are integers.
    task : {"classification", "regression"}
    classes : tuple, optional
        The labels, sorted as in the estimator's `classes_`; None for regression.
    missing : MissingWords
        The texts that mean a missing value, wherever the rows come from.
    fixes_categories : bool, default=True
        Whether the frame carries the training's categories. In versions of before it carried those of the rows at hand.
    others : tuple of Output, default=()
        The further columns that are predicted, where there are several targets.
    """

    features: tuple[Feature, ...]
    target: str
    target_type: ColumnType
    task: str
    classes: tuple[Any, ...] | None = None
    missing: MissingWords = field(default_factory=MissingWords)
    fixes_categories: bool = True
    others: tuple[Output, ...] = ()

    @property
    def outputs(self) -> tuple[Output, ...]:
        """All columns that are predicted, in the order in which the estimator gives them."""
        return (Output(self.target, self.target_type, self.classes), *self.others)

    @property
    def prediction_names(self) -> list[str]:
        """What the columns of predictions are called: `prediction`, or `prediction_<target>` of several."""
        return [f"prediction_{output.name}" for output in self.outputs] if self.others else ["prediction"]

    @property
    def read_types(self) -> dict[str, pa.DataType]:
        """The Arrow type that each feature is read with, by its name."""
        return {feature.name: feature.read_type for feature in self.features}

    def convert(self, rows: Any, *, source: str = "rows") -> Converted:
        """The rows as the estimator is given them.

        Parameters
        ----------
        rows : DataFrame of pandas or Polars, table or batch of pyarrow, list of dict, or dict
            With a column or key for every feature; others are ignored. A value means what it means in a file.
        source : str
            What messages call the rows.

        Returns
        -------
        Converted
            The frame, of shape (n_rows, n_features), and how many categories were unseen, by feature.

        Raises
        ------
        InvalidData
            For a column that is missing or holds what does not fit the learned type: naming column, row and value.
        """
        columns = as_arrow(rows, [feature.name for feature in self.features], source)
        missing = self.missing.outside_csv()
        typed = {}
        for name, kind in self.read_types.items():
            values, origin = columns[name], Origin(source, name)
            cast = cast_cells if isinstance(values, list) else cast_column
            typed[name] = cast(values, kind, origin=origin, missing=missing)
        return self.to_frame(pa.table(typed))

    def to_frame(self, table: pa.Table) -> Converted:
        """The estimator's input, of shape (table.num_rows, n_features); columns were read with `read_types`."""
        unseen: Counter[str] = Counter()
        columns = {feature.name: self._column(table.column(feature.name), feature, unseen) for feature in self.features}
        return Converted(pd.DataFrame(columns, copy=False), unseen)

    def _column(self, values: pa.ChunkedArray, feature: Feature, unseen: Counter[str]) -> Any:
        if feature.is_text:
            return as_texts(values.combine_chunks())
        if not feature.is_category:
            return as_numbers(values, feature.type)
        texts = values.combine_chunks()
        if feature.categories is None:
            column = categories_at_hand(texts)
            return column.astype(object) if self.fixes_categories else column
        codes = pc.index_in(texts.dictionary, value_set=feature.known_categories).take(texts.indices)
        count = codes.null_count - texts.null_count
        if count:
            unseen[feature.name] = count
        if not self.fixes_categories:
            return categories_at_hand(texts)
        return pd.Series(pd.Categorical.from_codes(pc.fill_null(codes, -1).to_numpy(), dtype=feature.dtype))

    def restore_frame(self, inputs: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
        """The frame out of values as its columns had them: numbers and texts, with None where they are missing."""
        columns = {feature.name: self._restored(inputs[feature.name], feature) for feature in self.features}
        return pd.DataFrame(columns)

    def _restored(self, values: Sequence[Any], feature: Feature) -> Any:
        if feature.is_text:
            return pd.Series(values, dtype=object)
        if not feature.is_category:
            return np.asarray(values, dtype=float)
        if feature.categories is None and self.fixes_categories:
            return pd.Series(values, dtype=object).where(lambda column: column.notna(), np.nan)
        return pd.Categorical(values, dtype=feature.dtype if self.fixes_categories else None)

    def as_json(self) -> dict[str, Any]:
        return {
            "inputs": [self._input_as_json(feature) for feature in self.features],
            "output": self.outputs[0].as_json(),
            **({"other_outputs": [output.as_json() for output in self.others]} if self.others else {}),
            "task": self.task,
            "missing": self.missing.as_json(),
            "fixes_categories": self.fixes_categories,
        }

    def _input_as_json(self, feature: Feature) -> dict[str, Any]:
        is_many = feature.is_category and feature.categories is None and self.fixes_categories
        return {
            "name": feature.name,
            "type": feature.type,
            "passed_as": "text" if feature.is_text else "object" if is_many else CONVERSIONS[feature.type],
            "categories": None if feature.categories is None else list(feature.categories),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Of what as_json() gave, also before words and categories were recorded: these are read as they were."""
        output = Output.from_json(values["output"])
        return cls(
            features=tuple(
                Feature(
                    column["name"],
                    ColumnType(column["type"]),
                    None if column["categories"] is None else tuple(column["categories"]),
                    column.get("passed_as") == "text",
                )
                for column in values["inputs"]
            ),
            target=output.name,
            target_type=output.type,
            task=values["task"],
            classes=output.classes,
            missing=words_of_signature(values),
            fixes_categories=values.get("fixes_categories", False),
            others=tuple(Output.from_json(other) for other in values.get("other_outputs", [])),
        )
