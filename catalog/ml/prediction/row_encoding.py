"""Rows of a request as arrays, for cells that need no conversion: numbers as they are, texts by the categories learned.

Whatever is not so plain is converted by the signature, which is the one place that knows how; so are all errors told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from catalog.exceptions import InvalidData
from catalog.ml.features import Feature
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType

# Cells of these types, and None, mean what they are; beyond these numbers integers are converted by the signature.
PLAIN_CELLS: dict[ColumnType, frozenset[type]] = {
    ColumnType.INTEGER: frozenset({int, float, type(None)}),
    ColumnType.NUMBER: frozenset({int, float, type(None)}),
    ColumnType.BOOLEAN: frozenset({bool, type(None)}),
}
LARGEST = 2.0**53
MISSING = -1


class PlainRowEncoder:
    """Gives for each feature an array of shape (n_rows,): float64, or of a category its position among those learned,
    with MISSING for a missing value and for one that was not learned."""

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.codes = {
            feature.name: {None: MISSING, **{text: code for code, text in enumerate(feature.categories or ())}}
            for feature in signature.features
            if feature.is_category
        }

    @staticmethod
    def can_encode(signature: Signature) -> bool:
        """Whether all categories that were learned are recorded."""
        return signature.fixes_categories and all(
            feature.categories is not None for feature in signature.features if feature.is_category
        )

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
        """Raises InvalidData as `Signature.convert` does."""
        try:
            return {feature.name: self._column(rows, feature) for feature in self.signature.features}
        except (KeyError, InvalidData):
            self.signature.convert(rows)  # which tells of what is wrong first
            raise

    def _column(self, rows: Sequence[Mapping[str, Any]], feature: Feature) -> np.ndarray:
        name = feature.name
        cells = [row[name] for row in rows]
        if feature.is_category:
            try:
                return np.array([self.codes[name][cell] for cell in cells], dtype=np.intp)
            except (KeyError, TypeError):  # another text, or no text at all
                return self._converted(rows, feature)
        if set(map(type, cells)) <= PLAIN_CELLS.get(feature.type, frozenset()):
            try:
                numbers = np.array(cells, dtype=np.float64)
            except OverflowError:
                return self._converted(rows, feature)
            if not (np.abs(numbers) > LARGEST).any():
                return numbers
        return self._converted(rows, feature)

    def _converted(self, rows: Sequence[Mapping[str, Any]], feature: Feature) -> np.ndarray:
        column = replace(self.signature, features=(feature,)).convert(rows).frame[feature.name]
        return np.asarray(column.cat.codes if feature.is_category else column)
