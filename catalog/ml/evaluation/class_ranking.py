"""How well scores rank the rows of a class before others, for rows that count several times or not at all.

Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html#roc-metrics
Rows are sorted once, and not for every draw of a bootstrap.
"""

from collections.abc import Callable
from functools import partial
from itertools import permutations

import numpy as np

Weights = np.ndarray  # of shape (n_rows,): how often, or how much, each row counts
Metric = Callable[[Weights], float]

PAIRED_CLASSES = 10  # of more classes the pairs are too many to be ranked for each draw
ONE_AGAINST_ALL = ("roc_auc_ovr", "roc_auc_ovr_weighted")
ONE_AGAINST_ONE = ("roc_auc_ovo", "roc_auc_ovo_weighted")


class ClassRanking:
    """Rows of one class against the others, by falling score; equal scores are one threshold."""

    def __init__(self, truth: np.ndarray, scores: np.ndarray) -> None:
        self.order = np.argsort(-scores, kind="stable")
        ordered = scores[self.order]
        self.ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
        self.truth = truth[self.order].astype(float)

    def _counts(self, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
        """True and false positives at each threshold."""
        weights = weights[self.order]
        true = np.cumsum(weights * self.truth)[self.ends]
        return true, np.cumsum(weights)[self.ends] - true

    def roc_auc(self, weights: Weights) -> float:
        true, false = self._counts(weights)
        if not (true[-1] and false[-1]):
            return float("nan")
        area = np.trapezoid(np.append(0, true), np.append(0, false))
        return float(area / (true[-1] * false[-1]))

    def average_precision(self, weights: Weights) -> float:
        """The sum of precisions by the recall that each threshold adds."""
        true, false = self._counts(weights)
        if not true[-1]:
            return float("nan")
        predicted = true + false
        precision = np.divide(true, predicted, out=np.zeros_like(true), where=predicted > 0)
        return float(np.dot(np.diff(true, prepend=0), precision) / true[-1])


def multiclass_auc(scorer: str, truth: np.ndarray, classes: np.ndarray, probabilities: np.ndarray) -> Metric:
    """The area under the curve as one of scikit-learn's scorers for several classes has it: one of ONE_AGAINST_ALL or
    ONE_AGAINST_ONE. `probabilities` are of shape (n_rows, n_classes); NaN where a class has no rows that count."""
    is_weighted = scorer.endswith("_weighted")
    codes = np.searchsorted(classes, truth)
    if scorer in ONE_AGAINST_ALL:
        rankings = [ClassRanking(codes == at, probabilities[:, at]) for at in range(len(classes))]
        return partial(_against_all, rankings, codes, is_weighted)
    pairs = {}
    for one, other in permutations(range(len(classes)), 2):
        rows = np.flatnonzero((codes == one) | (codes == other))
        pairs[one, other] = rows, ClassRanking(codes[rows] == one, probabilities[rows, one])
    return partial(_against_each, pairs, codes, is_weighted)


def _against_all(rankings: list[ClassRanking], codes: np.ndarray, is_weighted: bool, weights: Weights) -> float:
    areas = [each.roc_auc(weights) for each in rankings]
    counted = np.bincount(codes, weights=weights, minlength=len(rankings)) if is_weighted else None
    return float(np.average(areas, weights=counted))


def _against_each(
    pairs: dict[tuple[int, int], tuple[np.ndarray, ClassRanking]],
    codes: np.ndarray,
    is_weighted: bool,
    weights: Weights,
) -> float:
    """Of each pair the mean of the two areas; by the part of the rows that the pair has where it is weighted."""
    areas = [ranking.roc_auc(weights[rows]) for rows, ranking in pairs.values()]
    counted = np.bincount(codes, weights=weights)
    shares = [counted[one] + counted[other] for one, other in pairs] if is_weighted else None
    return float(np.average(areas, weights=shares))
