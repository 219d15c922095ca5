"""The target's values and the weights of rows, and class labels as plain Python values and as text."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.exceptions import InvalidData


def plain_label(label: Any) -> Any:
    """The label as str, bool, int or float, which JSON has."""
    return label.item() if isinstance(label, np.generic) else label


def label_text(label: Any) -> str:
    """The label as it is written in column names and in reports: as in the predictions of a CSV file, so true and not
    True, and 1 for 1.0."""
    plain = plain_label(label)
    return str(pa.scalar(plain).cast(pa.string()).as_py()) if isinstance(plain, bool | float) else str(plain)


def plain_prediction(value: Any) -> Any:
    """The prediction of a row: a label or number, or a list of them where there are several targets."""
    return value.tolist() if isinstance(value, np.ndarray) else plain_label(value)


def read_targets(rows: pa.Table, names: Sequence[str], task: str) -> tuple[np.ndarray, np.ndarray]:
    """Of which rows all targets are known, of shape (rows.num_rows,), and the targets of these: of shape (n_known,), or
    (n_known, n_targets) of several."""
    known = reduce(pc.and_, (pc.is_valid(rows.column(name)) for name in names))
    columns = [np.asarray(target_values(rows.column(name).filter(known), task)) for name in names]
    return known.to_numpy(), columns[0] if len(columns) == 1 else np.column_stack(columns)


def target_values(values: pa.ChunkedArray, task: str) -> Any:
    """The target without nulls: float64 for regression, else labels as text, bool, int64 or float64."""
    if task == "regression":
        return pc.cast(values, pa.float64(), safe=False).to_numpy()
    if pa.types.is_string(values.type):
        return np.asarray(values.to_pylist(), dtype=object)
    return values.to_numpy()


def check_weights(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """The weights of rows in a column of numbers, float64 of shape (n_rows,). Raises InvalidData for what is none."""
    weights = np.asarray(column.to_numpy(), dtype=float)
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.any():
        raise InvalidData(f"`sample_weight`: {name!r} must hold a number of 0 or more in each row that has a target.")
    return weights
