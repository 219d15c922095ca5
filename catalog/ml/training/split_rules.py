"""Which rows are held out: a rule that a version records, and that names the same rows whenever it is applied again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    StratifiedKFold,
    TimeSeriesSplit,
    train_test_split,
)

from catalog.exceptions import InvalidData
from catalog.ml.training.split_texts import split_text


class SplitKind(StrEnum):
    """`hash` is what incremental training uses: it never has all rows at hand."""

    RANDOM = "random"
    TIME = "time"
    GROUP = "group"
    HASH = "hash"


@dataclass(frozen=True)
class SplitRule:
    """`test_size` is the part of the rows, from 0 to 1, or how many; `column` is what `time` and `group` go by, and
    `column_type` the type that it is read with."""

    kind: SplitKind = SplitKind.RANDOM
    test_size: float = 0.2
    random_state: int = 0
    column: str = ""
    column_type: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        return cls(**{**values, "kind": SplitKind(values["kind"])})

    def __str__(self) -> str:
        return split_text(self.as_json())


def split_values(column: pa.ChunkedArray) -> np.ndarray:
    """What rows are split by, of shape (n_rows,): times as int64 microseconds or days, numbers, and texts."""
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        integers = pa.int64() if pa.types.is_timestamp(column.type) else pa.int32()
        column = pc.cast(column, integers)
    return np.asarray(column.to_pandas())


def split_positions(
    target: np.ndarray, rule: SplitRule, *, task: str, by: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The positions of training rows and of held-out rows.

    At random each class is held out alike, unless there are several targets. By time the last rows are held out: of
    those that share the moment at the border all are. By group, whole groups are. Raises InvalidData when the rows
    can't be split so.
    """
    rows = np.arange(len(target))
    if rule.kind == SplitKind.RANDOM:
        stratify = target if task == "classification" and target.ndim == 1 else None
        size = rule.test_size if rule.test_size < 1 else int(rule.test_size)
        try:
            train, test = train_test_split(rows, test_size=size, random_state=rule.random_state, stratify=stratify)
        except ValueError as error:
            raise InvalidData(f"The rows can't be split: {error}") from error
        return train, test
    if by is None or pd.isna(by).any():
        raise InvalidData(f"`split` by {rule.column!r}: rows without a value there can't be split. Leave them out.")
    return _by_time(by, rule) if rule.kind == SplitKind.TIME else _by_group(by, rule)


def _by_time(moments: np.ndarray, rule: SplitRule) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(moments, kind="stable")
    border = moments[order[len(order) - max(1, round(len(order) * rule.test_size))]]
    is_late = moments >= border
    if is_late.all():
        raise InvalidData(f"`split` by time: all rows share one moment in {rule.column!r}, or nearly all do.")
    return order[~is_late[order]], order[is_late[order]]


def _by_group(groups: np.ndarray, rule: SplitRule) -> tuple[np.ndarray, np.ndarray]:
    codes, names = pd.factorize(groups)
    if len(names) < 2:
        raise InvalidData(f"`split` by group: {rule.column!r} holds one group, two or more are needed.")
    splitter = GroupShuffleSplit(n_splits=1, test_size=rule.test_size, random_state=rule.random_state)
    try:
        [(train, test)] = splitter.split(codes, groups=codes)
    except ValueError as error:
        raise InvalidData(f"The rows can't be split by the groups of {rule.column!r}: {error}") from error
    return train, test


Folds: TypeAlias = KFold | StratifiedKFold | list[tuple[np.ndarray, np.ndarray]]


def make_folds(task: str, count: int, random_state: int, *, n_targets: int = 1) -> KFold | StratifiedKFold:
    kind = KFold if task == "regression" or n_targets > 1 else StratifiedKFold
    return kind(n_splits=count, shuffle=True, random_state=random_state)


def make_split_folds(rule: SplitRule, by: np.ndarray, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """`count` folds of the training rows by the same rule: whole groups, or by time each later than what it is learned
    from. Raises InvalidData when there are too few groups or moments."""
    if rule.kind == SplitKind.TIME:
        order = np.argsort(by, kind="stable")
        splitter, rows, groups = TimeSeriesSplit(n_splits=count), order, None
    else:
        splitter, rows, groups = GroupKFold(n_splits=count), np.arange(len(by)), pd.factorize(by)[0]
    try:
        return [(rows[train], rows[test]) for train, test in splitter.split(rows, groups=groups)]
    except ValueError as error:
        raise InvalidData(f"`cv` {count} by {rule.column!r}: {error}") from error
