"""What a fitted estimator's own methods give for rows in memory, in less time where that gives the same, bit for bit.

A pipeline prepares its rows once for all that is asked of them, and equal rows of texts once. Histogram gradient
boosting goes through all of its rows with one tree after another: it is given as many at a time as a processor's cache
holds, and only these are put side by side. docs/performance.md has the measurements.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from catalog.ml.prediction.distinct_rows import PartedTable, looking_up, parted
from catalog.ml.prediction.row_transformers import is_histogram_boosting

# Numbers in a table of which histogram gradient boosting is given all rows at once.
TREE_CELLS = 400_000


class Predictor:
    """A fitted estimator, asked by the names of its methods."""

    def __init__(self, estimator: Any) -> None:
        self.preparing, self.final = None, estimator
        if type(estimator) is Pipeline and len(estimator) > 1:
            self.preparing = Pipeline([(name, looking_up(step)) for name, step in estimator.steps[:-1]])
            self.final = estimator.steps[-1][1]
        self.by_trees = is_histogram_boosting(self.final)

    def ask(self, frame: pd.DataFrame, *methods: str) -> list[np.ndarray]:
        """What each of the methods (`predict`, `predict_proba`, `decision_function`) gives for the rows: arrays of
        shape (len(frame),) or (len(frame), n_classes). Raises what the estimator raises."""
        table = self.prepared(frame)
        if not (self.by_trees and isinstance(table, np.ndarray | PartedTable)):
            return [np.asarray(getattr(self.final, method)(table)) for method in methods]
        rows = max(1, TREE_CELLS // max(table.shape[1], 1))
        parts = [self._asked(table[at : at + rows], methods) for at in range(0, max(len(frame), 1), rows)]
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _asked(self, table: np.ndarray, methods: tuple[str, ...]) -> list[np.ndarray]:
        return [getattr(self.final, method)(table) for method in methods]

    def prepared(self, frame: pd.DataFrame) -> Any:
        """The table that the last step is given, whole or in parts."""
        if self.preparing is None:
            return frame
        if self.by_trees and len(self.preparing) == 1:
            table = parted(self.preparing[0], frame)
            if table is not None:
                return table
        return self.preparing.transform(frame)
