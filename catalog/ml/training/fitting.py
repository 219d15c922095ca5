"""Fitting an estimator: as its own `fit` does it, in less memory where that gives the same."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state

from catalog.ml.prediction.row_transformers import is_histogram_boosting
from catalog.ml.training.sliced_preprocessing import fitted_by_parts, transformed

STOPS_EARLY_ABOVE = 10_000  # rows, with early_stopping="auto"


def fit(estimator: Any, frame: pd.DataFrame, target: np.ndarray) -> Any:
    """`estimator.fit(frame, target)`, bit for bit. Returns the estimator; raises what it raises.

    Histogram gradient boosting sets rows aside that tell it when to stop: it copies its table in two parts, while its
    caller holds the whole. At the end of a pipeline it is given the parts here, and nobody holds the whole.
    """
    pa.default_memory_pool().release_unused()  # Arrow keeps what the rows were read into
    if not _may_be_given_parts(estimator) or not _stops_early(estimator[-1], len(target)):
        return estimator.fit(frame, target)
    rows, aside = _rows_aside(estimator[-1], target)
    if not _stops_early(estimator[-1], len(rows)):  # which it asks again of the rows that it is given
        return estimator.fit(frame, target)
    parts = _parts(estimator[:-1], frame, target, rows, aside)
    if parts is None:
        return estimator.fit(frame, target)
    estimator[-1].fit(parts[0], target[rows], X_val=parts[1], y_val=target[aside])
    return estimator


def _may_be_given_parts(estimator: Any) -> bool:
    """Not where more than the rows would have to be parted: weights of classes, categories found in all rows.

    A generator of random numbers would be asked twice, and what a pipeline remembers or routes is its own business.
    """
    if type(estimator) is not Pipeline or len(estimator) == 1 or estimator.memory or estimator.transform_input:
        return False
    boosting = estimator[-1]
    if not is_histogram_boosting(boosting):
        return False
    categories = boosting.categorical_features
    return (
        bool(boosting.early_stopping)
        and boosting.validation_fraction is not None
        and not boosting.warm_start
        and isinstance(boosting.random_state, int)
        and getattr(boosting, "class_weight", None) is None
        and (categories is None or (isinstance(categories, str) and categories == "from_dtype"))
    )


def _parts(
    preprocessing: Pipeline, frame: pd.DataFrame, target: np.ndarray, rows: np.ndarray, aside: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """The tables that the fitted preprocessing makes of the two parts; None when they have types of their own."""
    columns = preprocessing[0]
    if len(preprocessing) == 1 and fitted_by_parts(columns, frame, target):
        return transformed(columns, frame, rows), transformed(columns, frame, aside)
    table = preprocessing.fit_transform(frame, target)
    return (table[rows], table[aside]) if isinstance(table, np.ndarray) else None


def _stops_early(boosting: Any, rows: int) -> bool:
    return boosting.early_stopping is True or rows > STOPS_EARLY_ABOVE


def _rows_aside(boosting: Any, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows to learn from and those to set aside, as `boosting` would choose them."""
    seed = check_random_state(boosting.random_state).randint(np.iinfo(np.uint32).max, dtype="u8")
    rows, aside = train_test_split(
        np.arange(len(target)),
        test_size=boosting.validation_fraction,
        stratify=target if is_classifier(boosting) else None,
        random_state=seed,
    )
    return rows, aside
