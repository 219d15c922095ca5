"""Rows of a request are predicted to the same bit as the same rows in a frame, by every estimator of the table."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestRegressor

from catalog.exceptions import CatalogError, InvalidData
from catalog.ml.features import Feature, fix_categories, with_categories
from catalog.ml.prediction import column_plan, forest_vote
from catalog.ml.prediction.row_encoding import PlainRowEncoder
from catalog.ml.prediction.row_predictor import RowPredictor
from catalog.ml.rows import convert_rows
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType
from tests.ml.training.test_estimators import CLASSES, COMBINATIONS, FEATURES, FRAME, NUMBERS, made

LEARNED = with_categories(FEATURES, FRAME)
SIGNATURE = Signature(LEARNED, "y", ColumnType.NUMBER, "regression")


@cache
def requested() -> list[dict[str, Any]]:
    """Rows as a request has them: texts, numbers, times as text, nulls, a category that nobody knows, a field more."""
    table = FRAME.head(120).astype({"carrier": object, "tailnum": object})
    table["time_hour"] = pd.to_datetime(table["time_hour"], unit="D", utc=True).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows: list[dict[str, Any]] = [
        {name: None if pd.isna(cell) else cell for name, cell in row.items()} for row in table.to_dict("records")
    ]
    rows[3]["carrier"], rows[4]["tailnum"], rows[5]["carrier"] = "nobody's", "", "NA"
    rows[6]["distance"], rows[7]["dep_delay"] = "41", 2**60 + 1
    return [{**row, "more": 1} for row in rows]


def fitted(name: str, task: str) -> Any:
    return made(name, task).fit(fix_categories(FRAME, LEARNED), CLASSES if task == "classification" else NUMBERS)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_every_estimator_answers_rows_as_it_answers_their_frame(name: str, task: str) -> None:
    estimator, predictor = fitted(name, task), RowPredictor(fitted(name, task), SIGNATURE)
    methods = [method for method in ("predict", "predict_proba") if hasattr(estimator, method)]
    assert predictor.plan is not None
    for rows in (requested()[:1], requested()):
        expected = [getattr(estimator, method)(convert_rows(rows, SIGNATURE)) for method in methods]
        for found, exact in zip(predictor.ask(rows, *methods), expected, strict=True):
            np.testing.assert_array_equal(found, exact)


@pytest.mark.parametrize("name", ["random_forest", "extra_trees"])
def test_a_forest_is_asked_by_its_trees_where_that_is_the_same_and_by_itself_elsewhere(name: str) -> None:
    predictor = RowPredictor(fitted(name, "classification"), SIGNATURE)
    predictor.prepare()
    assert predictor.forest is not None
    assert not predictor.forest.takes(np.full((1, 2), 1e39))
    assert not predictor.forest.takes(np.zeros((forest_vote.MOST_ROWS + 1, 2)))
    assert RowPredictor(fitted("decision_tree", "classification"), SIGNATURE).forest is None


@pytest.mark.parametrize("name", ["hist_gradient_boosting", "decision_tree", "ridge", "naive_bayes"])
def test_the_table_of_a_plan_is_that_of_the_transformer_to_the_bit(name: str) -> None:
    task = "classification" if name == "naive_bayes" else "regression"
    predictor = RowPredictor(fitted(name, task), SIGNATURE)
    assert predictor.plan is not None
    found = predictor.plan.transform(predictor.encoder.encode(requested()))
    expected = predictor.predictor.transform(convert_rows(requested(), SIGNATURE))
    assert (
        (found != expected).sum() == 0 if hasattr(found, "tocsr") else np.array_equal(found, expected, equal_nan=True)
    )


def test_a_forest_that_answers_otherwise_than_its_trees_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RandomForestRegressor, "predict", lambda forest, table: np.zeros(len(table)))
    predictor = RowPredictor(fitted("random_forest", "regression"), SIGNATURE)
    assert predictor.forest is None
    assert set(predictor.ask(requested(), "predict")[0]) == {0.0}


def test_a_plan_that_gives_another_table_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_plan, "_widths", lambda encoder, features, width: [width - 1, 1])
    predictor = RowPredictor(fitted("ridge", "regression"), SIGNATURE)
    assert predictor.plan is None
    expected = predictor.predictor.ask(convert_rows(requested(), SIGNATURE), "predict")[0]
    np.testing.assert_array_equal(predictor.ask(requested(), "predict")[0], expected)


def test_what_has_no_plan_is_answered_all_the_same() -> None:
    old = Signature(LEARNED, "y", ColumnType.NUMBER, "regression", fixes_categories=False)
    many = Signature((*LEARNED[:1], Feature("tailnum", ColumnType.STRING), *LEARNED[2:]), "y", ColumnType.NUMBER, "x")
    for signature in (old, many):
        assert RowPredictor(fitted("decision_tree", "regression"), signature).plan is None
    frame = pd.DataFrame(requested())
    predictor = RowPredictor(fitted("decision_tree", "regression"), SIGNATURE)
    np.testing.assert_array_equal(predictor.ask(frame, "predict")[0], predictor.ask(requested(), "predict")[0])


KINDS = [ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.BOOLEAN, ColumnType.DATE, ColumnType.STRING]
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(),
    st.sampled_from(["a", "b", " a", "NA", "", "1", "1.5", "true"]),
    st.sampled_from(["2026-01-31", 0, 1, 2**53, 2**53 + 1, 2**63, -(2**70), [1], {}]),
)  # fmt: skip


def as_frame(encoded: Mapping[str, np.ndarray], signature: Signature) -> pd.DataFrame:
    columns = {
        feature.name: pd.Categorical.from_codes(encoded[feature.name], dtype=feature.dtype)
        if feature.is_category
        else encoded[feature.name]
        for feature in signature.features
    }
    return pd.DataFrame(columns)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_all_kinds_mean_what_the_signature_says_or_are_refused_in_its_words(
    kind: ColumnType, cells: list[Any]
) -> None:
    categories = ("a", "b") if kind is ColumnType.STRING else None
    signature = Signature((Feature("x", kind, categories),), "y", ColumnType.NUMBER, "regression")
    rows = [{"x": cell} for cell in cells]
    expected = outcome(lambda: convert_rows(rows, signature))
    found = outcome(lambda: as_frame(PlainRowEncoder(signature).encode(rows), signature))
    if isinstance(expected, pd.DataFrame):
        assert isinstance(found, pd.DataFrame)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    else:
        assert found == expected


def outcome(convert: Callable[[], pd.DataFrame]) -> pd.DataFrame | str:
    """The frame, or what is wrong."""
    try:
        return convert()
    except CatalogError as error:
        return f"{type(error).__name__}: {error}"


def test_a_field_that_is_missing_is_named_with_its_row() -> None:
    with pytest.raises(InvalidData, match="rows: row 2 has no 'dep_delay'"):
        PlainRowEncoder(SIGNATURE).encode([requested()[0], {"carrier": None, "tailnum": None, "time_hour": None}])
