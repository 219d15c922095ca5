"""What a fitted ColumnTransformer makes of its columns, without the checks of a DataFrame that it repeats at each call.

An encoder of categories is asked once for what it makes of each category, and a row then looks that up. All else is
asked as always. A plan is used only where it was seen to give the same table, bit for bit, as the transformer itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder

from catalog.ml.features import Feature

Columns = Mapping[str, np.ndarray]
# A table that becomes sparse is made dense first: of no more numbers than this.
SPARSE_CELLS = 1_200_000
NUMBERS = (-1e6, -1.5, 0.0, 1.0, 2.75, 1e6, np.nan)


@dataclass(frozen=True)
class ColumnPlan:
    """`blocks` give the columns of the table from left to right, each of shape (n_rows, n_columns). `probe` is a table
    of all categories, and of numbers of all kinds."""

    blocks: Sequence[Callable[[Columns], np.ndarray]]
    width: int
    is_sparse: bool
    probe: Any

    @classmethod
    def make(cls, preprocessing: Any, features: Sequence[Feature]) -> Self | None:
        """The plan; None for a transformer that is not known to treat each column by itself, or is unlike its plan."""
        transformer: Any = preprocessing[0] if type(preprocessing) is Pipeline and len(preprocessing) == 1 else None
        if type(transformer) is not ColumnTransformer or not features:
            return None
        by_name = {feature.name: feature for feature in features}
        blocks = [_block(step, names, by_name) for _, step, names in transformer.transformers_ if len(names)]
        known = [block for block in blocks if block is not None]
        if len(known) < len(blocks):
            return None
        columns = _probe(features)
        expected = transformer.transform(_frame(columns, features))
        plan = cls(known, expected.shape[1], sparse.issparse(expected), expected)
        return plan if _is_same(plan.transform(columns), expected) else None

    def takes(self, rows: int) -> bool:
        return not self.is_sparse or rows * self.width <= SPARSE_CELLS

    def transform(self, columns: Columns) -> Any:
        """The table, of shape (n_rows, n_columns), from what PlainRowEncoder gives."""
        table = np.hstack([block(columns) for block in self.blocks])
        return sparse.csr_matrix(table) if self.is_sparse else table


def _block(step: Any, names: Any, features: Mapping[str, Feature]) -> Callable[[Columns], np.ndarray] | None:
    if not all(isinstance(name, str) and name in features for name in names):
        return None
    kinds = {features[name].is_category for name in names}
    if kinds == {True} and type(step) in (OrdinalEncoder, OneHotEncoder, TargetEncoder):
        return _make_lookup(step, [features[name] for name in names])
    if kinds == {False} and type(step) is FunctionTransformer and step.func is None:
        return lambda columns: np.column_stack([columns[name] for name in names])
    if kinds == {False} and type(step) is Pipeline:
        return lambda columns: np.asarray(step.transform(pd.DataFrame({name: columns[name] for name in names})))
    return None


def _make_lookup(encoder: Any, features: Sequence[Feature]) -> Callable[[Columns], np.ndarray] | None:
    """Looks up what the encoder makes of each category; the last row is what it makes of a missing one."""
    rows = max(len(feature.categories or ()) for feature in features) + 1
    codes = {
        feature.name: np.where(np.arange(rows) < len(feature.categories or ()), np.arange(rows), -1)
        for feature in features
    }
    encoded = encoder.transform(_frame(codes, features))
    dense = encoded.toarray() if sparse.issparse(encoded) else np.asarray(encoded)
    widths = _widths(encoder, len(features), dense.shape[1])
    if sum(widths) != dense.shape[1]:
        return None
    tables = {}
    for feature, table in zip(features, np.split(dense, np.cumsum(widths)[:-1], axis=1), strict=True):
        tables[feature.name] = table[[*range(len(feature.categories or ())), rows - 1]]
    return lambda columns: np.hstack([table[columns[name]] for name, table in tables.items()])


def _widths(encoder: Any, features: int, width: int) -> list[int]:
    """How many columns each feature becomes."""
    if type(encoder) is not OneHotEncoder:
        return [width // features] * features
    rare = encoder.infrequent_categories_ if hasattr(encoder, "infrequent_categories_") else [None] * features
    return [
        len(known) if few is None else len(known) - len(few) + 1
        for known, few in zip(encoder.categories_, rare, strict=True)
    ]


def _probe(features: Sequence[Feature]) -> dict[str, np.ndarray]:
    """Rows in which each feature takes all of its categories, or numbers of all kinds, and none."""
    most = max(len(feature.categories or NUMBERS) for feature in features) + 1
    at = np.arange(most)
    return {
        feature.name: np.where(at < len(feature.categories or ()), at, -1)
        if feature.is_category
        else np.resize(np.asarray(NUMBERS), most)
        for feature in features
    }


def _frame(columns: Columns, features: Sequence[Feature]) -> pd.DataFrame:
    """As `Signature.convert` gives it."""
    return pd.DataFrame(
        {
            feature.name: pd.Categorical.from_codes(columns[feature.name], dtype=feature.dtype)
            if feature.is_category
            else columns[feature.name]
            for feature in features
        }
    )


def _is_same(found: Any, expected: Any) -> bool:
    if sparse.issparse(expected):
        expected = expected.tocsr()
        parts = [(found.indptr, expected.indptr), (found.indices, expected.indices), (found.data, expected.data)]
        return all(np.array_equal(ours, theirs, equal_nan=True) for ours, theirs in parts)
    expected = np.asarray(expected)
    return found.dtype == expected.dtype and np.array_equal(found, expected, equal_nan=True)
