"""How many rows an estimator is given at a time.

One call on a whole table makes intermediate tables that no cache of a processor holds, and takes memory by the rows;
calls on few rows pay for the checks that every call makes. docs/performance.md has the measurements.
"""

import warnings
from typing import Any

import pandas as pd

from catalog.ml.prediction.predictor import Predictor

# Numbers in the widest table that a batch becomes: of the order of what a processor's cache holds.
BATCH_CELLS = 1_200_000
FEWEST_ROWS, MOST_ROWS = 500, 50_000
SAMPLE_ROWS = 20


def batch_rows(predictor: Predictor, frame: pd.DataFrame) -> int:
    """The rows of a batch, from how wide the table is that the estimator is given: its columns once transformed, or its
    classes.

    `frame` is some of its input. The same for the same estimator on every machine, so that a prediction repeated is the
    same prediction: a batch of another size may change the last bit of what BLAS adds up.
    """
    frame = frame.head(SAMPLE_ROWS)
    columns = _width(_transform(predictor, frame), frame)
    classes = len(getattr(predictor.final, "classes_", ()))
    return max(FEWEST_ROWS, min(MOST_ROWS, BATCH_CELLS // max(columns, classes, 1)))


def _transform(predictor: Predictor, frame: pd.DataFrame) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return predictor.transform(frame)
    except Exception:  # whatever is wrong with these rows, predicting them says it better
        return frame


def _width(table: Any, frame: pd.DataFrame) -> int:
    """Columns of the table; of a sparse one, those that hold something."""
    if hasattr(table, "nnz"):
        return max(int(frame.shape[1]), int(table.nnz) // len(frame))
    return int(table.shape[1]) if len(table.shape) > 1 else 1
