from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from catalog.ml.prediction.batch_size import BATCH_CELLS, FEWEST_ROWS, MOST_ROWS, batch_rows
from catalog.ml.prediction.predictor import Predictor


def rows_of(estimator: Any, frame: pd.DataFrame) -> int:
    return batch_rows(Predictor(estimator), frame)


def kinds(count: int) -> pd.DataFrame:
    return pd.DataFrame({"kind": pd.Categorical([f"kind {number}" for number in range(count)])})


def one_hot(count: int, *, sparse: bool) -> Any:
    return make_pipeline(OneHotEncoder(sparse_output=sparse), Ridge()).fit(kinds(count), np.arange(count))


def test_a_narrow_table_is_scored_in_large_batches() -> None:
    assert rows_of(one_hot(2, sparse=False), kinds(2)) == MOST_ROWS


def test_the_width_after_preprocessing_decides() -> None:
    assert rows_of(one_hot(200, sparse=False), kinds(200)) == BATCH_CELLS // 200


def test_of_a_sparse_table_only_what_is_not_zero_counts() -> None:
    assert rows_of(one_hot(200, sparse=True), kinds(200)) == MOST_ROWS


def test_many_classes_make_small_batches() -> None:
    frame = pd.DataFrame({"size": np.arange(1000.0)})
    assert rows_of(DummyClassifier().fit(frame, np.arange(1000)), frame) == BATCH_CELLS // 1000


def test_a_very_wide_table_is_still_scored_many_rows_at_a_time() -> None:
    assert rows_of(Ridge(), pd.DataFrame(np.zeros((2, 5000)))) == FEWEST_ROWS


def test_rows_that_can_not_be_prepared_are_left_to_the_prediction() -> None:
    refusing = make_pipeline(FunctionTransformer(lambda frame: frame["absent"]), Ridge())
    assert rows_of(refusing, kinds(2)) == MOST_ROWS


@pytest.mark.parametrize("rows", [1, 19, 1000])
def test_the_number_of_rows_at_hand_changes_nothing(rows: int) -> None:
    estimator = one_hot(200, sparse=False)
    assert rows_of(estimator, kinds(200).head(rows)) == BATCH_CELLS // 200


def test_many_classes_make_small_batches_of_boosting_too() -> None:
    frame = pd.DataFrame({"size": np.arange(1000.0) // 10})
    columns = make_column_transformer(("passthrough", ["size"]))
    estimator = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=2))
    assert rows_of(estimator.fit(frame, frame["size"]), frame) == BATCH_CELLS // 100 < MOST_ROWS
