"""What a training gives, whether it held all rows in memory or read them in batches."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from catalog.ml.evaluation.metrics import HeldOut
from catalog.ml.features import Feature
from catalog.ml.training.splitting import RowCounts


@dataclass(frozen=True)
class Learned:
    """A fitted estimator, and how it did on the held-out rows.

    `features` carry the categories of the training rows, `learnable` names those that had values enough; `baseline` are
    the metrics of a dummy, `folds` those of a cross-validation by metric; `sample` are held-out rows as the estimator
    is given them, of shape (n_rows, n_features), with their targets. `search` is what a search tried, in JSON.
    """

    estimator: Any
    features: tuple[Feature, ...]
    learnable: Collection[str]
    rows: RowCounts
    held_out: HeldOut
    baseline: Mapping[str, float]
    sample: pd.DataFrame
    sample_target: np.ndarray
    folds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    search: dict[str, Any] | None = None
