"""Checks of the target, and the rows that are held out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from catalog.exceptions import InvalidData
from catalog.ml.features import Feature, fix_categories
from catalog.ml.labels import plain_label
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.ml.training.split_rules import SplitRule, split_positions

MINIMUM_ROWS = 10


@dataclass(frozen=True)
class Split:
    """Training rows and held-out rows, as the estimator is given them."""

    train: pd.DataFrame
    test: pd.DataFrame
    train_target: np.ndarray
    test_target: np.ndarray
    train_by: np.ndarray | None = None  # what the training rows are split by into folds
    train_weights: np.ndarray | None = None  # how much each weighs in the fit
    test_weights: np.ndarray | None = None  # and in the metrics

    @property
    def indexed_weights(self) -> pd.Series | None:
        """Of the training rows, by the index of their frame: by it folds find theirs."""
        return None if self.train_weights is None else pd.Series(self.train_weights, index=self.train.index)

    def with_categories(self, features: Sequence[Feature]) -> "Split":
        """The same rows, with the categories that the features carry: a held-out row's other ones are missing."""
        train, test = (fix_categories(frame, features) for frame in (self.train, self.test))
        return replace(self, train=train, test=test)


@dataclass(frozen=True)
class RowCounts:
    """How many rows are learned from, are held out, and were passed over for they have no target."""

    train: int
    test: int
    missing_target: int

    def __add__(self, other: "RowCounts") -> "RowCounts":
        return RowCounts(self.train + other.train, self.test + other.test, self.missing_target + other.missing_target)


def check_targets(target: np.ndarray, *, task: str, names: Sequence[str], test_size: float) -> None:
    """Raises InvalidData unless each target, in columns where there are several, can be learned and measured."""
    if target.ndim == 1:
        check_target(target, task=task, name="".join(names), test_size=test_size)
        return
    check_enough_rows(len(target), ", ".join(names))
    for name, column in zip(names, target.T, strict=True):
        if task == "regression":
            check_finite(column, name)
        else:
            check_classes(np.unique(column), name)


def check_target(target: np.ndarray, *, task: str, name: str, test_size: float) -> None:
    """Raises InvalidData unless the target can be split, learned and measured."""
    check_enough_rows(len(target), name)
    if task in TARGETLESS_TASKS:
        return
    if task == "regression":
        check_finite(target, name)
        return
    labels, counts = np.unique(target, return_counts=True)
    check_classes(labels, name)
    rarest = counts.argmin()
    if counts[rarest] == 1:
        raise InvalidData(
            f"The class {plain_label(labels[rarest])!r} of {name!r} has one row; each needs two, one to train and one "
            "to test. Leave such rows out, or use `task` regression if the target is a number."
        )
    held_out = round(len(target) * test_size)
    if min(held_out, len(target) - held_out) < len(labels):
        raise InvalidData(
            f"Too few rows: of {len(target)}, `test_size` {test_size} holds out {held_out}, "
            f"but {len(labels)} classes must be among both."
        )


def check_enough_rows(rows: int, name: str) -> None:
    if rows < MINIMUM_ROWS:
        have = f"{rows} have a value in {name!r}" if name else f"{rows}"
        raise InvalidData(f"Too few rows: {have}, at least {MINIMUM_ROWS} are needed.")


def check_classes(labels: np.ndarray, name: str) -> None:
    if len(labels) == 1:
        only = plain_label(labels[0])
        raise InvalidData(f"The target {name!r} has one class only, {only!r}: there is nothing to learn.")


def check_finite(target: np.ndarray, name: str) -> None:
    if not np.isfinite(target).all():
        raise InvalidData(f"The target {name!r} holds infinite values. Leave such rows out.")


def split_rows(
    frame: pd.DataFrame,
    target: np.ndarray,
    rule: SplitRule,
    *,
    task: str,
    by: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Split:
    """The rows held out by the rule. `by` are the values of its column, `weights` those of the rows: (n_rows,).

    Raises InvalidData when no row on one of the sides weighs anything.
    """
    train, test = split_positions(target, rule, task=task, by=by)
    train_by = None if by is None else by[train]
    train_weights, test_weights = (None if weights is None else weights[side] for side in (train, test))
    for side, own in {"to train": train_weights, "held out": test_weights}.items():
        if own is not None and not own.any():
            raise InvalidData(f"`sample_weight`: of the rows {side} none weighs anything.")
    sides = (frame.iloc[train], frame.iloc[test], target[train], target[test])
    return Split(*sides, train_by, train_weights, test_weights)


def check_folds(rows: Split, *, task: str, fold_count: int) -> None:
    """Raises InvalidData when the training rows do not suffice for so many folds."""
    if task == "regression" or rows.train_target.ndim > 1:
        most, of = len(rows.train), "rows to train"
    else:
        labels, counts = np.unique(rows.train_target, return_counts=True)
        most, of = counts.min(), f"training rows of the class {plain_label(labels[counts.argmin()])!r}"
    if fold_count > most:
        raise InvalidData(f"`cv` {fold_count} is more than the {most} {of}. Use fewer folds.")
