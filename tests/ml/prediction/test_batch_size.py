from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from catalog.ml.prediction.batch_size import FEWEST_ROWS, MOST_ROWS, PARTED_CELLS, SLICE_CELLS, slice_rows
from catalog.ml.prediction.predictor import Predictor


def rows_of(estimator: Any, frame: pd.DataFrame) -> int:
    return slice_rows(Predictor(estimator), frame)


def levels(count: int) -> pd.DataFrame:
    return pd.DataFrame({"kind": pd.Categorical([f"level {number}" for number in range(count)])})


def one_hot(count: int, *, sparse: bool) -> Any:
    return make_pipeline(OneHotEncoder(sparse_output=sparse), Ridge()).fit(levels(count), np.arange(count))


def test_a_narrow_table_is_scored_in_large_slices() -> None:
    assert rows_of(one_hot(2, sparse=False), levels(2)) == MOST_ROWS


def test_what_the_preprocessing_makes_decides_and_not_what_it_is_given() -> None:
    assert rows_of(one_hot(200, sparse=False), levels(200)) == SLICE_CELLS // 200


def test_of_a_sparse_table_only_what_is_held_counts() -> None:
    assert rows_of(one_hot(200, sparse=True), levels(200)) == MOST_ROWS


def test_many_classes_make_small_slices() -> None:
    frame = pd.DataFrame({"size": np.arange(1000.0)})
    assert rows_of(DummyClassifier().fit(frame, np.arange(1000)), frame) == SLICE_CELLS // 1000


def test_a_very_wide_table_is_still_scored_many_rows_at_a_time() -> None:
    assert rows_of(Ridge(), pd.DataFrame(np.zeros((2, 5000)))) == FEWEST_ROWS


def test_rows_that_can_not_be_prepared_are_left_to_the_prediction() -> None:
    refusing = make_pipeline(FunctionTransformer(lambda frame: frame["absent"]), Ridge())
    assert rows_of(refusing, levels(2)) == MOST_ROWS


@pytest.mark.parametrize("rows", [1, 19, 1000])
def test_the_number_of_rows_that_happen_to_be_there_changes_nothing(rows: int) -> None:
    estimator = one_hot(200, sparse=False)
    assert rows_of(estimator, levels(200).head(rows)) == SLICE_CELLS // 200


def test_boosting_that_puts_few_rows_side_by_side_is_given_more_of_them() -> None:
    frame = levels(2_000).assign(size=1.0, other=1.0, third=1.0)
    encoder = OneHotEncoder(sparse_output=False)
    columns = make_column_transformer((encoder, ["kind"]), ("passthrough", ["size", "other", "third"]))
    estimator = make_pipeline(columns, HistGradientBoostingRegressor(max_iter=1)).fit(frame, np.arange(2_000))
    width = estimator[0].transform(frame.head(1)).shape[1]
    assert rows_of(estimator, frame) == MOST_ROWS < PARTED_CELLS // 4
    assert rows_of(make_pipeline(columns, Ridge()).fit(frame, np.arange(2_000)), frame) == SLICE_CELLS // width


def test_many_classes_make_small_slices_of_boosting_too() -> None:
    frame = pd.DataFrame({"size": np.arange(1000.0) // 10})
    columns = make_column_transformer(("passthrough", ["size"]))
    estimator = make_pipeline(columns, HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=2))
    assert rows_of(estimator.fit(frame, frame["size"]), frame) == SLICE_CELLS // 100 < MOST_ROWS
