"""A fitted estimator asked for rows of whatever kind: those of a request in less time, and to the same bit."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from catalog.ml.prediction.column_plan import ColumnPlan
from catalog.ml.prediction.forest_vote import ForestVote
from catalog.ml.prediction.predictor import Predictor
from catalog.ml.prediction.row_encoding import PlainRowEncoder
from catalog.ml.rows import convert_rows
from catalog.ml.signature import Signature


class RowPredictor:
    """Whether a shorter way leads to the same table is found out when rows are first asked for, or by `prepare`: it
    takes some milliseconds."""

    def __init__(self, estimator: Any, signature: Signature) -> None:
        self.predictor, self.signature = Predictor(estimator), signature

    @cached_property
    def plan(self) -> ColumnPlan | None:
        if not PlainRowEncoder.can_encode(self.signature):
            return None
        try:
            return ColumnPlan.make(self.predictor.preprocessing, self.signature.features)
        except Exception:  # an estimator that refuses what a plan is tried on is asked as always
            return None

    @cached_property
    def forest(self) -> ForestVote | None:
        return ForestVote.make(self.predictor.final, self.plan.probe) if self.plan is not None else None

    @cached_property
    def encoder(self) -> PlainRowEncoder:
        return PlainRowEncoder(self.signature)

    def prepare(self) -> None:
        """So that the first rows do not wait for it."""
        if self.plan is not None:
            _ = self.encoder, self.forest

    def ask(self, rows: object, *methods: str) -> list[np.ndarray]:
        """What each method gives: arrays of shape (n_rows,) or (n_rows, n_classes). Raises InvalidRequest, InvalidData,
        and what the estimator raises."""
        plain: Any = [rows] if isinstance(rows, Mapping) else rows
        if not _are_objects(plain) or self.plan is None or not self.plan.takes(len(plain)):
            return self.predictor.ask(convert_rows(rows, self.signature), *methods)
        table = self.plan.transform(self.encoder.encode(plain))
        if self.forest is not None and self.forest.takes(table):
            return [self.forest.ask(table, method) for method in methods]
        return self.predictor.ask_table(table, *methods)


class RowPredictors:
    """Those asked for last, `most` of them: what was found out about an estimator holds for all who ask it. Safe to use
    from several threads."""

    def __init__(self, most: int) -> None:
        self.most, self.lock = most, threading.Lock()
        self.predictors: OrderedDict[tuple[str, int], RowPredictor] = OrderedDict()

    def get(self, reference: str, estimator: Any, signature: Signature) -> RowPredictor:
        key = (reference, id(estimator))  # the predictor keeps the estimator, so that no other gets its id
        with self.lock:
            predictor = self.predictors.setdefault(key, RowPredictor(estimator, signature))
            self.predictors.move_to_end(key)
            while len(self.predictors) > self.most:
                self.predictors.popitem(last=False)
            return predictor


def _are_objects(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, Mapping) for row in rows)
