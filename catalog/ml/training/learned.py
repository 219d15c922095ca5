"""What a training gives, whether it held all rows in memory or read them in batches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from catalog.ml.evaluation.checks.fired_checks import FiredCheck
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.features import Feature
from catalog.ml.training.splitting import RowCounts

# Of training rows so many are measured too, at most, and so many cells of them.
TRAINING_ROWS, TRAINING_CELLS = 10_000, 2_000_000


@dataclass(frozen=True)
class TrainingSample:
    """Rows that were learned from, of shape (n_rows, n_features), their targets, and what is predicted of them."""

    frame: pd.DataFrame
    target: np.ndarray
    predicted: HeldOut


def count_training_rows(columns: int) -> int:
    """How many rows a sample of them has."""
    return min(TRAINING_ROWS, TRAINING_CELLS // max(columns, 1) + 1)


@dataclass(frozen=True)
class Learned:
    """A fitted estimator, and how it did on the held-out rows.

    `features` carry the categories of the training rows, `learnable` names those that had values enough; `baseline` is
    what a dummy predicts of the same rows, `folds` are the metrics of a cross-validation; `sample` are held-out rows as
    the estimator is given them, of shape (n_rows, n_features), with their targets and weights. `training` are some of
    the rows that it learned from; `search` is what a search tried, in JSON; `checks` are those that take all rows.
    """

    estimator: Any
    features: tuple[Feature, ...]
    learnable: Collection[str]
    rows: RowCounts
    held_out: HeldOut
    baseline: HeldOut | None
    sample: pd.DataFrame
    sample_target: np.ndarray
    sample_weights: np.ndarray | None = None
    training: TrainingSample | None = None
    folds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    search: dict[str, Any] | None = None
    checks: Sequence[FiredCheck] = ()
