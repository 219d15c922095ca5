import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from catalog.ml import features as module
from catalog.ml.features import CONVERSIONS, Feature, to_frame, with_categories
from catalog.ml.labels import target_values
from catalog.ml.signature import Signature
from catalog.ml.tables.conversion.missing import LEGACY_WORDS
from catalog.ml.tables.schema import ColumnType


def converted(values: list[Any], kind: ColumnType) -> pd.Series:
    feature = Feature("a", kind)
    return to_frame(pa.table({"a": pa.array(values, feature.read_type)}), [feature])["a"]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (ColumnType.INTEGER, [1, None, -3], [1.0, np.nan, -3.0]),
        (ColumnType.NUMBER, [1.5, None], [1.5, np.nan]),
        (ColumnType.BOOLEAN, [True, None, False], [1.0, np.nan, 0.0]),
        (ColumnType.DATE, [date(1970, 1, 2), None, date(1969, 12, 31)], [1.0, np.nan, -1.0]),
        (ColumnType.TIMESTAMP, [datetime(1970, 1, 1, 12), None], [0.5, np.nan]),  # noqa: DTZ001 - without a zone on purpose
        (ColumnType.TIMESTAMP_UTC, [datetime(1970, 1, 2, 6, tzinfo=UTC), None], [1.25, np.nan]),
    ],
)
def test_all_but_text_becomes_float64(kind: ColumnType, values: list[Any], expected: list[float]) -> None:
    found = converted(values, kind)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


def test_text_becomes_a_category() -> None:
    found = converted(["b", None, "a", "b"], ColumnType.STRING)
    assert isinstance(found.dtype, pd.CategoricalDtype)
    assert found.astype(object).where(found.notna(), None).tolist() == ["b", None, "a", "b"]


def test_columns_come_in_the_order_of_the_features() -> None:
    features = [Feature("b", ColumnType.NUMBER), Feature("a", ColumnType.NUMBER)]
    assert list(to_frame(pa.table({"a": [1.0], "b": [2.0]}), features).columns) == ["b", "a"]


def test_every_supported_type_has_a_conversion_in_words() -> None:
    assert set(CONVERSIONS) == set(ColumnType) - {ColumnType.UNSUPPORTED}


@pytest.mark.parametrize("classes", [None, ("no", "yes"), (False, True), (0, 1, 2), (0.5, 1.5)])
def test_a_signature_survives_json(classes: Any) -> None:
    features = (
        Feature("a", ColumnType.STRING, ("x", "ü")),
        Feature("b", ColumnType.DATE),
        Feature("c", ColumnType.STRING),
    )
    signature = Signature(features, "t", ColumnType.STRING, "classification", classes)
    assert Signature.from_json(json.loads(json.dumps(signature.as_json()))) == signature


def test_a_signature_says_what_each_input_is_passed_as() -> None:
    signature = Signature((Feature("when", ColumnType.DATE),), "t", ColumnType.NUMBER, "regression")
    assert signature.as_json()["inputs"][0]["passed_as"] == "float64, days since 1970-01-01"


def test_categories_are_the_levels_that_occur() -> None:
    frame = to_frame(pa.table({"a": ["b", None, "a", "b"]}), [Feature("a", ColumnType.STRING)])
    [feature] = with_categories([Feature("a", ColumnType.STRING)], frame.iloc[2:])
    assert feature.categories == ("a", "b")


def test_too_many_categories_are_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECORDED_CATEGORIES", 2)
    frame = to_frame(pa.table({"a": ["a", "b", "c"]}), [Feature("a", ColumnType.STRING)])
    assert with_categories([Feature("a", ColumnType.STRING)], frame)[0].categories is None


@pytest.mark.parametrize(
    ("values", "task", "expected"),
    [
        (pa.array([1, 2]), "regression", np.array([1.0, 2.0])),
        (pa.array([1, 2]), "classification", np.array([1, 2])),
        (pa.array([True, False]), "classification", np.array([True, False])),
        (pa.array(["a", "b"]), "classification", np.array(["a", "b"], dtype=object)),
    ],
)
def test_the_target_is_an_array_of_the_type_that_scikit_learn_expects(
    values: pa.Array, task: str, expected: np.ndarray
) -> None:
    found = target_values(pa.chunked_array([values]), task)
    assert (found.dtype, found.tolist()) == (expected.dtype, expected.tolist())


def test_a_signature_of_before_reads_as_it_did() -> None:
    """Words only in CSV files and as they are written; categories those of the rows at hand."""
    feature = Feature("city", ColumnType.STRING, ("a", "b"))
    values = Signature((feature,), "y", ColumnType.NUMBER, "regression").as_json()
    del values["missing"], values["fixes_categories"]
    before = Signature.from_json(values)
    frame = before.convert([{"city": "None"}, {"city": "b"}]).frame
    assert (before.missing, list(frame["city"])) == (LEGACY_WORDS, ["None", "b"])


def test_categories_are_those_of_the_training_whatever_the_rows() -> None:
    feature = Feature("city", ColumnType.STRING, ("a", "b", "c"))
    signature = Signature((feature,), "y", ColumnType.NUMBER, "regression")
    converted = signature.convert([{"city": "c"}, {"city": "new"}, {"city": None}])
    assert converted.frame["city"].cat.codes.tolist() == [2, -1, -1]
    assert signature.convert({"city": "c"}).frame["city"].cat.codes.tolist() == [2]
    assert converted.unseen_categories == {"city": 1}
