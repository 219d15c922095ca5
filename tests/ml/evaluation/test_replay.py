"""A row has one answer, whoever stands beside it: an estimator that gives it another is refused when it is trained."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from catalog.exceptions import TrainingFailed
from catalog.ml.evaluation.replay import check_reproduced
from catalog.ml.evaluation.report import sample_predictions
from catalog.ml.features import Feature
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType

CITIES = ("Lima", "Oslo", "Rome")
SIGNATURE = Signature(
    (Feature("city", ColumnType.STRING, CITIES), Feature("km", ColumnType.NUMBER)), "y", ColumnType.NUMBER, "regression"
)
ROWS = {"city": ["Rome", "Lima", None, "Oslo", "Lima"], "km": [3.0, 1.5, 2.0, None, 7.0]}


class Estimator:
    def __init__(self, answer: Callable[[pd.DataFrame], np.ndarray]) -> None:
        self.answer = answer

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.answer(frame)


def check(answer: Callable[[pd.DataFrame], np.ndarray]) -> None:
    estimator, frame = Estimator(answer), SIGNATURE.restore_frame(ROWS)
    check_reproduced(estimator, SIGNATURE, sample_predictions(estimator, frame))


def test_codes_of_the_learned_categories_are_the_same_alone() -> None:
    check(lambda frame: frame["city"].cat.codes.to_numpy() + frame["km"].fillna(0).to_numpy())


WAYS = {
    "codes of the rows at hand": lambda frame: frame["city"].astype(str).astype("category").cat.codes.to_numpy(),
    "ranks": lambda frame: frame["km"].rank().fillna(0).to_numpy(),
    "a mean of all": lambda frame: (frame["km"] - frame["km"].mean()).fillna(0).to_numpy(),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_looks_at_the_rows_beside_it_is_refused(way: str) -> None:
    with pytest.raises(TrainingFailed, match=r"gives one row two answers: row 1 of its sample .* and alone as "):
        check(WAYS[way])


def test_what_answers_otherwise_each_time_is_refused() -> None:
    random = np.random.default_rng(0)
    with pytest.raises(TrainingFailed, match="and among the others again as"):
        check(lambda frame: random.normal(size=len(frame)))


def test_what_takes_no_row_alone_is_refused_in_one_line() -> None:
    def answer(frame: pd.DataFrame) -> np.ndarray:
        if len(frame) < 2:
            raise ValueError("too few rows\nfor this")
        return np.zeros(len(frame))

    with pytest.raises(TrainingFailed, match=r"^The estimator refuses a row that is alone: ValueError: too few rows$"):
        check(answer)
