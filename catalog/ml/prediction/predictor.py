"""What a fitted estimator's own methods give for rows in memory, in less time where that gives the same, bit for bit.

A pipeline transforms its rows once for all that is asked of them. Histogram gradient boosting goes through all of its
rows with one tree after another: it is given as many at a time as a processor's cache holds. docs/performance.md has
the measurements.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

# Numbers in a table of which histogram gradient boosting is given all rows at once.
TREE_CELLS = 400_000


class Predictor:
    """A fitted estimator, asked by the names of its methods."""

    def __init__(self, estimator: Any) -> None:
        self.preprocessing, self.final = None, estimator
        if type(estimator) is Pipeline and len(estimator) > 1:
            self.preprocessing, self.final = estimator[:-1], estimator[-1]
        self.by_trees = _is_histogram_boosting(self.final)

    def ask(self, frame: pd.DataFrame, *methods: str) -> list[np.ndarray]:
        """What each of the methods (`predict`, `predict_proba`, `decision_function`) gives for the rows: arrays of
        shape (len(frame),) or (len(frame), n_classes). Raises what the estimator raises."""
        return self.ask_table(self.transform(frame), *methods)

    def ask_table(self, table: Any, *methods: str) -> list[np.ndarray]:
        """The same for rows that `transform` has transformed, of shape (n_rows, n_columns)."""
        if not (self.by_trees and isinstance(table, np.ndarray)):
            return [_as_array(getattr(self.final, method)(table), method) for method in methods]
        rows = max(1, TREE_CELLS // max(table.shape[1], 1))
        batches = [table[start : start + rows] for start in range(0, max(len(table), 1), rows)]
        return [np.concatenate([getattr(self.final, method)(batch) for batch in batches]) for method in methods]

    def transform(self, frame: pd.DataFrame) -> Any:
        """The table that the last step is given, of len(frame) rows; the frame itself without preprocessing."""
        return frame if self.preprocessing is None else self.preprocessing.transform(frame)


def _as_array(answer: Any, method: str) -> np.ndarray:
    """Predictions in shape (n_rows,): CatBoost gives the labels of more than two classes in shape (n_rows, 1)."""
    array = np.asarray(answer)
    return array.ravel() if method == "predict" and array.shape[1:] == (1,) else array


def _is_histogram_boosting(estimator: Any) -> bool:
    """Whether it is one of the two; they are imported here, since no other estimator needs them."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return type(estimator) in (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
