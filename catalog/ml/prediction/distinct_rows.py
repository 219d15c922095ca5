"""Preparing equal rows of texts once: of 9,000 flights some 300 differ in airline, origin and destination."""

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from scipy import sparse
from sklearn.compose import ColumnTransformer

from catalog.ml.prediction.row_transformers import is_by_row

MOST_COMBINATIONS = 2**62


class DistinctRows:
    """A fitted transformer that makes each row from one row, and is given equal rows of levels once."""

    def __init__(self, transformer: Any) -> None:
        self.transformer = transformer

    def transform(self, frame: Any) -> Any:
        """The transformer's own table of the rows."""
        made, places = self.looked_up(frame)
        return made if places is None else made[places]

    def looked_up(self, frame: Any) -> tuple[Any, np.ndarray | None]:
        """A table of fewer rows, and for each row of `frame` its place in it; or, where few rows are equal, or columns
        hold anything but levels, the table of all rows and None."""
        codes = _combined_codes(frame)
        if codes is not None:
            _, first, places = np.unique(codes, return_index=True, return_inverse=True)
            if 2 * len(first) <= len(codes):
                made = self.transformer.transform(frame.iloc[first])
                if isinstance(made, np.ndarray) or (sparse.issparse(made) and made.format == "csr"):
                    return made, places
        return self.transformer.transform(frame), None


def _combined_codes(frame: Any) -> np.ndarray | None:
    """A number for each row, the same for equal rows; None when a column holds anything but levels, or when they
    combine in more ways than there are numbers."""
    if not isinstance(frame, pd.DataFrame) or not frame.shape[1]:
        return None
    if not all(isinstance(dtype, pd.CategoricalDtype) for dtype in frame.dtypes):
        return None
    columns = [frame.iloc[:, position].cat for position in range(frame.shape[1])]
    if math.prod(len(column.categories) + 1 for column in columns) > MOST_COMBINATIONS:
        return None
    codes = np.zeros(len(frame), np.int64)
    for column in columns:
        codes = codes * (len(column.categories) + 1) + column.codes.to_numpy()
    return codes


def looking_up(step: Any) -> Any:
    """The fitted step of a pipeline; of a ColumnTransformer, a copy that prepares equal rows of texts once."""
    if not _makes_plain_tables(step):
        return step
    quick = copy.copy(step)
    quick.transformers_ = [
        (name, each if isinstance(each, str) or not is_by_row(each) else DistinctRows(each), names)
        for name, each, names in step.transformers_
    ]
    return quick


def _makes_plain_tables(step: Any) -> bool:
    return (
        type(step) is ColumnTransformer
        and not hasattr(step, "_sklearn_output_config")
        and sklearn.get_config()["transform_output"] == "default"
    )


@dataclass(frozen=True)
class PartedTable:
    """A table as its columns were prepared: for each part its rows, or fewer of them and their places."""

    parts: list[tuple[np.ndarray, np.ndarray | None]]
    n_rows: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_rows, sum(made.shape[1] for made, _ in self.parts)

    def __getitem__(self, rows: slice) -> np.ndarray:
        """The rows side by side, as an array of float64 of its own."""
        start, stop, _ = rows.indices(self.n_rows)
        table = np.empty((stop - start, self.shape[1]))
        at = 0
        for made, places in self.parts:
            table[:, at : at + made.shape[1]] = made[start:stop] if places is None else made[places[start:stop]]
            at += made.shape[1]
        return table


def parted(columns: Any, frame: pd.DataFrame) -> PartedTable | None:
    """What a copy that looking_up() made would stack side by side; None where it makes anything but an array of
    numbers, or finds its columns otherwise than by a list of their names."""
    if not _makes_plain_tables(columns) or columns.transformer_weights:
        return None
    used = [(step, names) for _, step, names in columns.transformers_ if not isinstance(step, str)]
    known = set(frame.columns)
    if not used or not all(isinstance(names, list) and names and known.issuperset(names) for _, names in used):
        return None
    parts = [_part(step, frame[names]) for step, names in used]
    if not all(made.ndim == 2 for made, _ in parts):
        return None
    return PartedTable(parts, len(frame))


def _part(step: Any, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
    made, places = step.looked_up(frame) if isinstance(step, DistinctRows) else (step.transform(frame), None)
    return made.toarray() if sparse.issparse(made) else np.asarray(made), places
