"""All parameters of an estimator as a version records them."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from catalog.ml.training.all_parameters import MOST_CHARACTERS, as_json, record_parameters


def test_each_parameter_has_its_value_and_the_default_that_it_differs_from() -> None:
    recorded = record_parameters(make_pipeline(StandardScaler(), LogisticRegression(C=2.0)))
    assert recorded["logisticregression__C"] == {"value": 2.0, "default": 1.0}
    assert recorded["logisticregression__max_iter"] == {"value": 100}
    assert recorded["standardscaler"] == {"value": "sklearn.preprocessing._data.StandardScaler"}


def test_a_default_that_equals_nothing_is_a_default() -> None:
    assert "default" not in record_parameters(SimpleImputer())["missing_values"]


def test_parts_of_parts_are_among_them() -> None:
    voting = VotingClassifier([("one", make_pipeline(LogisticRegression(C=3.0)))])
    assert record_parameters(voting)["one__logisticregression__C"]["default"] == 1.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), 0.5),
        (np.nan, "nan"),
        (np.array([1, 2]), [1, 2]),
        ((1, None), [1, None]),
        ({1: "a"}, {"1": "a"}),
        (np.mean, "numpy.mean"),
        (float, "builtins.float"),
        ("x" * 300, "x" * 200 + "…"),
        ("a\0b", "a�b"),
        ([0.0] * 2_000, "list of 2000"),
        (np.zeros((90, 90)), "ndarray of (90, 90)"),
        ([("a", StandardScaler())], [["a", "sklearn.preprocessing._data.StandardScaler"]]),
        (object(), "<object object>"),
    ],
)
def test_values_are_json_whatever_they_are(value: Any, expected: Any) -> None:
    assert as_json(value) == expected
    json.dumps(as_json(value), allow_nan=False)


def test_of_thousands_of_columns_no_list_is_kept() -> None:
    columns = [f"column_{number}" for number in range(5_000)]
    wide = ColumnTransformer([("numbers", FunctionTransformer(), columns)])
    assert len(json.dumps(record_parameters(wide)["transformers"])) < MOST_CHARACTERS
