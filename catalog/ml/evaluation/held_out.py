"""What was predicted of rows whose truth is known: what all metrics, reports and checks are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class HeldOut:
    """True and predicted values of the held-out rows; `scores` are of shape (n_rows, n_classes), or (n_rows,) for a
    decision function of two classes or of outliers, or None when the estimator gives neither; `quantile` is what was
    predicted of a number, if it was not its mean; `space` are the first rows as a clusterer is given them, of shape
    (n_rows, n_outputs); `scorer` is scikit-learn's that measures them besides the catalog's metrics. Of several
    targets truth and predictions are of shape (n_rows, n_targets), and `label_sets` has the labels of each. `weights`
    say how much each row counts in the metrics, of shape (n_rows,); None where all count alike."""

    truth: np.ndarray
    predicted: np.ndarray
    classes: np.ndarray | None = None
    scores: np.ndarray | None = None
    are_probabilities: bool = False
    quantile: float | None = None
    space: np.ndarray | None = None
    task: str = ""
    scorer: str = ""
    label_sets: tuple[np.ndarray, ...] = ()
    weights: np.ndarray | None = None

    @property
    def columns(self) -> list["HeldOut"]:
        """Each of several targets alone, without scores; itself of one."""
        if self.truth.ndim == 1:
            return [self]
        sets: Sequence[np.ndarray | None] = self.label_sets or [None] * self.truth.shape[1]
        pairs = zip(self.truth.T, self.predicted.T, sets, strict=True)
        return [HeldOut(truth, predicted, labels, quantile=self.quantile) for truth, predicted, labels in pairs]

    def take(self, rows: np.ndarray) -> "HeldOut":
        """Only these rows, by their positions."""
        scores, weights = (None if values is None else values[rows] for values in (self.scores, self.weights))
        return replace(self, truth=self.truth[rows], predicted=self.predicted[rows], scores=scores, weights=weights)

    @property
    def counted(self) -> "HeldOut":
        """Without the rows that weigh nothing."""
        return self if self.weights is None or self.weights.all() else self.take(np.flatnonzero(self.weights))

    @property
    def positive_scores(self) -> np.ndarray | None:
        """Scores of the second class of two."""
        if self.scores is None or self.classes is None or len(self.classes) != 2:
            return None
        return self.scores if self.scores.ndim == 1 else self.scores[:, 1]
