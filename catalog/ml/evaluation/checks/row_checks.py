"""Checks of the rows that are learned from and held out: leaks, identifiers, rows on both sides, and times."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from catalog.ml.evaluation.checks.fired_checks import CheckCode, FiredCheck
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.split_rules import SplitKind, SplitRule

FEWEST_ROWS = 50
LEAK_ROWS, LEAK_FOLDS, LEAK_LEAF = 2_000, 3, 3
TRIED_ALONE = 5  # the most important features
NEARLY_ALL, BEYOND_DOUBT, NEXT = 0.9, 0.99, 0.5  # of all that could be predicted; the next feature, of the best
SHARED, BEYOND_COINCIDENCE, COMPARED_ROWS = 0.05, 10, 10_000
ALIKE_IN_TIME, FEWEST_MOMENTS = 0.3, 20
TIMES = {ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.TIMESTAMP_UTC}
MOSTLY_DISTINCT, MOST_GAPS = 0.9, 2


def check_leak(
    frame: pd.DataFrame, target: np.ndarray, ranked: Sequence[str], *, task: str, target_name: str
) -> Iterator[FiredCheck]:
    """`ranked` are the most important features first. Each is tried alone, by a small tree on folds of these rows: it
    is suspicious when it says nearly all and the others alone say far less, or when it says all.

    `frame` is of shape (n_rows, n_features), a random part of the rows is used.
    """
    if frame.shape[1] < 2 or len(frame) < FEWEST_ROWS:
        return
    chosen = np.random.default_rng(0).permutation(len(frame))[:LEAK_ROWS]
    frame, target = frame.iloc[chosen], target[chosen]
    gains = {name: _gain_alone(frame[name], target, task) for name in ranked[:TRIED_ALONE]}
    best, after, *_ = [*sorted(gains.items(), key=lambda item: -item[1]), ("", 0.0), ("", 0.0)]
    name, gain = best
    if gain >= BEYOND_DOUBT or (gain >= NEARLY_ALL and after[1] < NEXT * gain):
        yield FiredCheck(
            CheckCode.LEAK,
            f"{name!r} alone tells {gain:.0%} of {target_name!r}. It may hold what is to be predicted, or be known "
            "only afterwards: leave it out if it is.",
        )


def _gain_alone(values: pd.Series, target: np.ndarray, task: str) -> float:
    """How much of the target the column predicts, from 0 to 1: r2, or balanced accuracy above that of chance."""
    # Ranks, for a tree takes no infinity.
    numbers = (
        (values if values.dtype.kind == "f" else pd.Series(pd.factorize(values)[0])).rank(method="dense").to_numpy()
    )
    if task == "regression":
        tree: Any = DecisionTreeRegressor(min_samples_leaf=LEAK_LEAF, random_state=0)
        folds: Any = KFold(LEAK_FOLDS, shuffle=True, random_state=0)
        return float(r2_score(target, cross_val_predict(tree, numbers.reshape(-1, 1), target, cv=folds)))
    labels, codes = np.unique(target, return_inverse=True)
    if np.bincount(codes).min() < LEAK_FOLDS:
        return 0.0
    tree = DecisionTreeClassifier(min_samples_leaf=LEAK_LEAF, random_state=0)
    folds = StratifiedKFold(LEAK_FOLDS, shuffle=True, random_state=0)
    predicted = cross_val_predict(tree, numbers.reshape(-1, 1), codes, cv=folds)
    by_chance = 1 / len(labels)
    return float((balanced_accuracy_score(codes, predicted) - by_chance) / (1 - by_chance))


def check_identifier(name: str, profile: Mapping[str, Any]) -> Iterator[FiredCheck]:
    """Of the most important feature, by the profile of its column: whole numbers without gaps, or texts, of which each
    row has its own."""
    filled = profile["count"] - profile["nulls"]
    if filled < FEWEST_ROWS or profile["distinct"] < MOSTLY_DISTINCT * filled:
        return
    is_whole = profile["type"] == "integer" or (profile["type"] == "number" and profile.get("whole"))
    is_counted = (
        is_whole
        and None not in (profile["min"], profile["max"])
        and profile["max"] - profile["min"] < MOST_GAPS * filled
    )
    if is_counted or profile["type"] == "string":
        yield FiredCheck(
            CheckCode.IDENTIFIER,
            f"{name!r}, the most important feature, looks like an identifier or an index: nearly every row has a value "
            "of its own. New rows have others: leave it out.",
        )


def check_shared_rows(
    training: pd.DataFrame, training_target: np.ndarray, held_out: pd.DataFrame, held_out_target: np.ndarray
) -> Iterator[FiredCheck]:
    """How many held-out rows equal a training row, in all features and targets: more than in a table of columns that
    know nothing of each other would by coincidence. Targets are of shape (n_rows,) or (n_rows, n_targets)."""
    if len(held_out) < FEWEST_ROWS:
        return
    known = _hashes(training, training_target)
    chosen = np.random.default_rng(0).permutation(len(held_out))[:COMPARED_ROWS]
    shared = float(np.isin(_hashes(held_out.iloc[chosen], held_out_target[chosen]), known).mean())
    if shared >= SHARED and shared > BEYOND_COINCIDENCE * _coincidence(held_out.iloc[chosen], len(training)):
        yield FiredCheck(
            CheckCode.SHARED_ROWS,
            f"{shared:.0%} of the held-out rows are equal to rows that it learned from: its metrics are those of rows "
            "that it knows. Leave the duplicates out, or split by groups.",
        )


def _hashes(frame: pd.DataFrame, target: np.ndarray) -> np.ndarray:
    """uint64 of shape (n_rows,)."""
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    targets = pd.util.hash_pandas_object(pd.DataFrame(target), index=False).to_numpy()
    return np.asarray(rows ^ pd.util.hash_array(targets))


def _coincidence(frame: pd.DataFrame, rows: int) -> float:
    """The part of the rows that would have an equal one among `rows` others, if the columns were independent."""
    equal = 1.0
    for name in frame.columns:
        equal *= float((frame[name].value_counts(normalize=True, dropna=False) ** 2).sum())
    return min(1.0, equal * rows)


def check_times(
    frame: pd.DataFrame,
    target: np.ndarray,
    features: Sequence[Feature],
    rule: SplitRule,
    *,
    task: str,
    target_name: str,
) -> Iterator[FiredCheck]:
    """Fires when rows are not held out by time, and rows that are neighbours in time have targets that are alike."""
    names = [feature.name for feature in features if feature.type in TIMES and feature.name in frame]
    if rule.kind == SplitKind.TIME or len(frame) < FEWEST_ROWS:
        return
    likeness = {name: _likeness_in_time(frame[name].to_numpy(), target, task) for name in names}
    name = max(likeness, key=lambda name: likeness[name], default="")
    if name and likeness[name] >= ALIKE_IN_TIME:
        yield FiredCheck(
            CheckCode.TIMES_OVERLAP,
            f"Training rows lie after held-out rows in {name!r}, and {target_name!r} is like that of the rows next to "
            f"it in time (correlation {likeness[name]:.2f}): it was measured on what it half knew. Hold out the last "
            f"rows: split by time:{name}.",
        )


def _likeness_in_time(moments: np.ndarray, target: np.ndarray, task: str) -> float:
    """The correlation of each target with the next one in time; of classes how much more often they agree than by
    chance. Rows of one moment are in random order."""
    known = np.flatnonzero(~np.isnan(moments))
    if len(np.unique(moments[known])) < FEWEST_MOMENTS:
        return 0.0
    ties = np.random.default_rng(0).permutation(len(known))
    ordered = target[known[np.lexsort((ties, moments[known]))]]
    if task == "regression":
        ranks = pd.Series(ordered).rank().to_numpy()
        return float(np.corrcoef(ranks[:-1], ranks[1:])[0, 1]) if np.ptp(ranks) else 0.0
    codes = np.unique(ordered, return_inverse=True)[1]
    by_chance = float((np.bincount(codes) / len(codes)) @ (np.bincount(codes) / len(codes)))
    return float((np.mean(codes[:-1] == codes[1:]) - by_chance) / (1 - by_chance)) if by_chance < 1 else 0.0
