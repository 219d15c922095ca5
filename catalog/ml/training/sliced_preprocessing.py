"""Fitting a ColumnTransformer without making its table, and making that table slice by slice into one array.

Its own fit makes the table of each part and then of all together: twice the table at once.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator

from catalog.ml.prediction.row_transformers import WHEN_FITTED_TOO, is_by_row

SLICE_CELLS = 200_000


def fitted_by_parts(columns: Any, frame: pd.DataFrame, target: np.ndarray) -> bool:
    """Fit `columns` as its own `fit` does, and say so; or leave it as it is, when a part of it is not known to work
    row by row or its table is not an array."""
    if not _is_known(columns):
        return False
    parts = [
        (name, step if isinstance(step, str) else clone(step).fit(frame[names], target), names)
        for name, step, names in columns.transformers
    ]
    frozen = [(name, step if isinstance(step, str) else FrozenEstimator(step), names) for name, step, names in parts]
    joined = clone(columns).set_params(transformers=frozen)
    if not isinstance(joined.fit_transform(frame.head(1)), np.ndarray):
        return False
    fitted = [(name, getattr(step, "estimator", step), names) for name, step, names in joined.transformers_]
    vars(columns).update(vars(joined) | {"transformers": columns.transformers, "transformers_": fitted})
    return True


def _is_known(columns: Any) -> bool:
    if type(columns) is not ColumnTransformer or columns.remainder != "drop" or columns.transformer_weights:
        return False
    if hasattr(columns, "_sklearn_output_config"):
        return False
    return all(
        isinstance(names, list)
        and names
        and all(isinstance(name, str) for name in names)
        and is_by_row(step, WHEN_FITTED_TOO)
        for _, step, names in columns.transformers
    )


def transformed(columns: ColumnTransformer, frame: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    """The table of these rows, in this order, of shape (len(rows), n_features_out)."""
    first = columns.transform(frame.iloc[rows[:1]])
    table = np.empty((len(rows), first.shape[1]), first.dtype)
    at_once = max(1, SLICE_CELLS // max(first.shape[1], 1))
    for at in range(0, len(rows), at_once):
        table[at : at + at_once] = columns.transform(frame.iloc[rows[at : at + at_once]])
    return table
