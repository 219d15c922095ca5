"""Monotonic constraints, categorical features and class weights by the names of columns and classes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from catalog.exceptions import InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.column_params import ColumnParams, check_column_params, set_weights, take_column_params
from catalog.ml.training.estimators import build_pipeline, make_estimator
from catalog.ml.training.label_encoding import encode_labels, label_prefix

FEATURES = [Feature("month", ColumnType.INTEGER), Feature("city", ColumnType.STRING), Feature("age", ColumnType.NUMBER)]
RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "month": RANDOM.integers(1, 13, 400).astype(float),
        "city": pd.Categorical(RANDOM.choice(["Oslo", "Rome"], 400)),
        "age": RANDOM.random(400) * 80,
    }
)
# Odd months are late, and so are the old; with much noise, which only a constraint keeps out.
LATE = (FRAME["month"] % 2 + FRAME["age"] / 80 + RANDOM.normal(0, 0.4, 400)) > 1
LABELS = np.where(LATE, "late", "early").astype(object)
PARAMS = {"monotonic_cst": {"age": 1}, "categorical_features": ["month"]}
QUICK: dict[str, dict[str, Any]] = {
    "hist_gradient_boosting": {"max_iter": 30},
    "sklearn.ensemble:HistGradientBoostingClassifier": {"max_iter": 30},
    "lightgbm:LGBMClassifier": {"n_estimators": 30, "verbose": -1},
    "xgboost:XGBClassifier": {"n_estimators": 30},
}
TREES = {"random_forest": {"n_estimators": 10}, "catboost:CatBoostClassifier": {"iterations": 30, "verbose": False}}


def fitted(estimator: str, params: dict[str, Any]) -> Any:
    kept, by_name = take_column_params(params)
    made = make_estimator(estimator, "classification", kept, random_state=0)
    check_column_params(by_name, made, features=FEATURES, task="classification")
    labels = np.unique(LABELS)
    encoded = encode_labels(made, labels)
    set_weights(encoded, by_name, labels, prefix=label_prefix(encoded))
    options: dict[str, Any] = {"cardinality": {"city": 2}, "n_classes": 2, "random_state": 0}
    return build_pipeline(encoded, estimator, features=FEATURES, by_name=by_name, **options).fit(FRAME, LABELS)


def falls_with_age(estimator: Any) -> bool:
    """Whether somebody's chance to be late ever falls as they grow older."""
    ages = FRAME.head(1).loc[[0] * 200].assign(age=np.linspace(0, 80, 200))
    return bool((np.diff(estimator.predict_proba(ages)[:, 1]) < -1e-9).any())


@pytest.mark.parametrize("estimator", {**QUICK, **TREES})
def test_a_constraint_holds_by_the_name_of_its_column(estimator: str) -> None:
    quick = {**QUICK, **TREES}[estimator]
    assert falls_with_age(fitted(estimator, quick))
    assert not falls_with_age(fitted(estimator, {**quick, "monotonic_cst": {"age": 1}}))


@pytest.mark.filterwarnings("ignore:categorical_feature keyword")
@pytest.mark.parametrize("estimator", QUICK)
def test_numbers_are_categories_where_they_are_named(estimator: str) -> None:
    one_round = {name: 1 if value == 30 else value for name, value in QUICK[estimator].items()}
    stump = (
        {"max_leaf_nodes": 2} if "ist" in estimator else {"num_leaves": 2} if "LGBM" in estimator else {"max_depth": 1}
    )
    without = fitted(estimator, {**one_round, **stump}).predict_proba(FRAME)[:, 1]
    chances = fitted(estimator, {**one_round, **stump, "categorical_features": ["month"]}).predict_proba(FRAME)[:, 1]
    by_month = pd.Series(chances).groupby(FRAME["month"] % 2).mean()
    assert by_month[1.0] - by_month[0.0] > 2 * abs(np.diff(pd.Series(without).groupby(FRAME["month"] % 2).mean())[0])


@pytest.mark.filterwarnings("ignore:categorical_feature keyword")
@pytest.mark.parametrize("estimator", QUICK)
def test_both_go_together(estimator: str) -> None:
    assert not falls_with_age(fitted(estimator, {**QUICK[estimator], **PARAMS}))


@pytest.mark.parametrize("estimator", [*QUICK, *TREES, "logistic_regression"])
def test_a_heavier_class_is_predicted_more_often(estimator: str) -> None:
    quick = {**QUICK, **TREES}.get(estimator, {})
    weighed = {**quick, "class_weight": {"late": 20}}
    counts = [(fitted(estimator, params).predict(FRAME) == "late").sum() for params in (quick, weighed)]
    assert counts[1] > counts[0] + 20


@pytest.mark.parametrize(
    ("estimator", "params", "message"),
    [
        (
            "hist_gradient_boosting",
            {"monotonic_cst": {"aeg": 1}},
            r"monotonic_cst: 'aeg' is no feature\. Did you mean age",
        ),
        ("hist_gradient_boosting", {"monotonic_cst": {"age": 2}}, r"monotonic_cst: 'age' must be -1, 0 or 1, not 2\."),
        ("hist_gradient_boosting", {"monotonic_cst": {"city": 1}}, r"'city' is a category, which has no order"),
        ("hist_gradient_boosting", {"categorical_features": ["mon"]}, r"categorical_features: 'mon' is no feature"),
        ("hist_gradient_boosting", {"class_weight": {"lat": 2}}, r"the target has no class 'lat'\. Did you mean late"),
        ("hist_gradient_boosting", {"class_weight": {"late": 0}}, r"'late' must be a number above zero, not 0\."),
        ("random_forest", {"categorical_features": ["month"]}, r"RandomForestClassifier has no categorical_features"),
        (
            "catboost:CatBoostClassifier",
            {"categorical_features": ["month"]},
            r"CatBoostClassifier has no categorical_fe",
        ),
        ("knn", {"class_weight": {"late": 2}}, r"KNeighborsClassifier has no class_weight"),
    ],
)
def test_what_is_not_there_is_one_line(estimator: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        fitted(estimator, params)


def test_of_more_than_two_classes_xgboost_takes_no_weights() -> None:
    made = make_estimator("xgboost:XGBClassifier", "classification", {}, random_state=0)
    with pytest.raises(InvalidRequest, match=r"XGBClassifier weighs two classes alone, and the target has 3\."):
        set_weights(made, ColumnParams(weights={"1": 2}), np.array([1, 2, 3]))


def test_weights_are_for_classes() -> None:
    made = make_estimator("random_forest", "classification", {}, random_state=0)
    with pytest.raises(InvalidRequest, match="`params` class_weight is for classes, and the task is regression"):
        check_column_params(ColumnParams(weights={"a": 2}), made, features=FEATURES, task="regression")


def test_what_names_no_column_stays_the_estimators() -> None:
    params = {"categorical_features": "from_dtype", "class_weight": "balanced", "monotonic_cst": [0, 1], "max_iter": 5}
    assert take_column_params(params) == (params, ColumnParams())
