"""How many rows an estimator is given at a time.

One call on a whole table makes intermediate tables that no cache of a processor holds, and takes memory by the rows;
calls on few rows pay for the checks that every call makes. docs/performance.md has the measurements.
"""

import warnings
from typing import Any

import pandas as pd

# Numbers in the widest table that a slice becomes: of the order of what a processor's cache holds.
SLICE_CELLS = 1_200_000
FEWEST_ROWS, MOST_ROWS = 500, 50_000
TRIED_ROWS = 20


def slice_rows(estimator: Any, frame: pd.DataFrame) -> int:
    """The rows of a slice, from how wide the estimator makes the table: its columns once prepared, or its classes.

    `frame` is some of its input. The same for the same estimator on every machine, so that a prediction repeated is the
    same prediction: a slice of another size may change the last bit of what BLAS adds up.
    """
    width = max(_width(estimator, frame.head(TRIED_ROWS)), len(getattr(estimator, "classes_", ())))
    return max(FEWEST_ROWS, min(MOST_ROWS, SLICE_CELLS // max(width, 1)))


def _width(estimator: Any, frame: pd.DataFrame) -> int:
    """Columns that the last step of a pipeline is given; of a sparse table, those that hold something."""
    steps = getattr(estimator, "steps", None)
    if not steps or len(steps) < 2:
        return int(frame.shape[1])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            prepared = estimator[:-1].transform(frame)
    except Exception:  # whatever is wrong with these rows, predicting them says it better
        return int(frame.shape[1])
    if hasattr(prepared, "nnz"):
        return max(int(frame.shape[1]), int(prepared.nnz) // len(frame))
    return int(prepared.shape[1]) if prepared.ndim > 1 else 1
