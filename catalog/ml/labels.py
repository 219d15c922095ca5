"""The target's values, and class labels as plain Python values and as text."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def plain_label(label: Any) -> Any:
    """The label as str, bool, int or float, which JSON has."""
    return label.item() if isinstance(label, np.generic) else label


def label_text(label: Any) -> str:
    """The label as it is written in column names and in reports: as in the predictions of a CSV file, so true and not
    True, and 1 for 1.0."""
    plain = plain_label(label)
    return str(pa.scalar(plain).cast(pa.string()).as_py()) if isinstance(plain, bool | float) else str(plain)


def target_values(values: pa.ChunkedArray, task: str) -> Any:
    """The target without nulls: float64 for regression, else labels as text, bool, int64 or float64."""
    if task == "regression":
        return pc.cast(values, pa.float64(), safe=False).to_numpy()
    if pa.types.is_string(values.type):
        return np.asarray(values.to_pylist(), dtype=object)
    return values.to_numpy()
