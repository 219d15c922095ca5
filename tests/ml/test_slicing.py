from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from catalog.ml.slicing import FEWEST_ROWS, MOST_ROWS, SLICE_CELLS, slice_rows


def levels(count: int) -> pd.DataFrame:
    return pd.DataFrame({"kind": pd.Categorical([f"level {number}" for number in range(count)])})


def one_hot(count: int, *, sparse: bool) -> Any:
    return make_pipeline(OneHotEncoder(sparse_output=sparse), Ridge()).fit(levels(count), np.arange(count))


def test_a_narrow_table_is_scored_in_large_slices() -> None:
    assert slice_rows(one_hot(2, sparse=False), levels(2)) == MOST_ROWS


def test_what_the_preprocessing_makes_decides_and_not_what_it_is_given() -> None:
    assert slice_rows(one_hot(200, sparse=False), levels(200)) == SLICE_CELLS // 200


def test_of_a_sparse_table_only_what_is_held_counts() -> None:
    assert slice_rows(one_hot(200, sparse=True), levels(200)) == MOST_ROWS


def test_many_classes_make_small_slices() -> None:
    frame = pd.DataFrame({"size": np.arange(1000.0)})
    assert slice_rows(DummyClassifier().fit(frame, np.arange(1000)), frame) == SLICE_CELLS // 1000


def test_a_very_wide_table_is_still_scored_many_rows_at_a_time() -> None:
    assert slice_rows(Ridge(), pd.DataFrame(np.zeros((2, 5000)))) == FEWEST_ROWS


def test_rows_that_can_not_be_prepared_are_left_to_the_prediction() -> None:
    refusing = make_pipeline(FunctionTransformer(lambda frame: frame["absent"]), Ridge())
    assert slice_rows(refusing, levels(2)) == MOST_ROWS


@pytest.mark.parametrize("rows", [1, 19, 1000])
def test_the_number_of_rows_that_happen_to_be_there_changes_nothing(rows: int) -> None:
    estimator = one_hot(200, sparse=False)
    assert slice_rows(estimator, levels(200).head(rows)) == SLICE_CELLS // 200
