from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from catalog.exceptions import InvalidRequest
from catalog.ml.features import Feature, to_frame
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimators import ESTIMATORS, build_pipeline, make_estimator
from catalog.ml.training.examples import count_categories, estimator_errors, select_learnable
from catalog.ml.training.own_pipeline import call_pipeline
from tests.factories import flights

FEATURES = [
    Feature("carrier", ColumnType.STRING),
    Feature("tailnum", ColumnType.STRING),
    Feature("time_hour", ColumnType.TIMESTAMP_UTC),
    Feature("dep_delay", ColumnType.NUMBER),
    Feature("distance", ColumnType.INTEGER),
]
QUICK: dict[str, dict[str, Any]] = {
    "random_forest": {"n_estimators": 5},
    "extra_trees": {"n_estimators": 5},
    "hist_gradient_boosting": {"max_iter": 5},
    "mlp": {"hidden_layer_sizes": [4], "max_iter": 20},
}
COMBINATIONS = [(name, task) for name, entry in ESTIMATORS.items() for task in entry.classes]


def table() -> pa.Table:
    """1,000 flights with gaps in every column, and more than 255 aeroplanes."""
    frame = flights(1000)
    found = pa.Table.from_pandas(frame.assign(time_hour=pd.to_datetime(frame["time_hour"])), preserve_index=False)
    gaps = pa.array(np.arange(1000) % 11 == 0)
    columns = [pa.compute.if_else(gaps, None, found.column(f.name).cast(f.read_type)) for f in FEATURES]
    return pa.table(columns, names=[feature.name for feature in FEATURES])


FRAME = to_frame(table(), FEATURES)
CARDINALITY = {name: FRAME[name].nunique() for name in ("carrier", "tailnum")}
CLASSES = np.array([["early", "late"][row % 3 % 2] for row in range(1000)], dtype=object)
NUMBERS = np.arange(1000) % 7 * 1.5


def made(name: str, task: str, params: dict[str, Any] | None = None, features: list[Feature] | None = None) -> Any:
    n_classes = {"classification": 2, "regression": 0}.get(task)
    given = params if params is not None else QUICK.get(name, {})
    return build_pipeline(
        make_estimator(name, task, given, random_state=0),
        name,
        features=features or FEATURES,
        cardinality=CARDINALITY,
        n_classes=n_classes,
        random_state=0,
    )


def fitted(estimator: Any, task: str, frame: pd.DataFrame = FRAME) -> Any:
    with estimator_errors("it", []):
        return estimator.fit(frame, CLASSES if task == "classification" else NUMBERS)


def unseen() -> pd.DataFrame:
    """Rows of categories that training did not have, and a row of nulls alone."""
    rows = {"carrier": ["ZZ", None, "UA"], "tailnum": ["N0", None, None]}
    numbers = {"dep_delay": [1.0, None, -1e6], "distance": [1.0, None, -1e6]}
    types = {feature.name: feature.read_type for feature in FEATURES}
    columns = {name: pa.array(values).cast(types[name]) for name, values in {**rows, **numbers}.items()}
    columns["time_hour"] = pa.array([0, None, 10**15], types["time_hour"])
    return to_frame(pa.table(columns), FEATURES)


def test_the_table_has_more_aeroplanes_than_histogram_bins() -> None:
    assert CARDINALITY["tailnum"] > 255
    assert FRAME.isna().any().all()


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_every_entry_trains_on_a_mixed_table_and_predicts_unseen_rows(name: str, task: str) -> None:
    estimator = fitted(made(name, task), task)
    predicted = estimator.predict(unseen())
    assert len(predicted) == 3
    if task == "classification":
        assert set(predicted) <= {"early", "late"}
    else:
        assert np.isfinite(predicted).all()


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_every_entry_trains_when_a_column_has_no_value_in_the_training_rows(name: str, task: str) -> None:
    frame = FRAME.assign(dep_delay=np.nan, carrier=pd.Categorical([None] * 1000))
    estimator = fitted(made(name, task, features=select_learnable(frame, FEATURES)), task, frame)
    assert len(estimator.predict(FRAME.head(20))) == 20


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_every_entry_takes_the_random_state(name: str, task: str) -> None:
    last = made(name, task)[-1]
    if "random_state" in last.get_params():
        assert last.random_state == 0


def test_categories_are_counted_for_texts_alone() -> None:
    assert count_categories(FRAME, FEATURES) == CARDINALITY


def test_a_given_random_state_wins() -> None:
    assert made("random_forest", "classification", {"random_state": 7})[-1].random_state == 7


def test_histogram_trees_take_categories_natively_and_encode_the_many() -> None:
    estimator = fitted(made("hist_gradient_boosting", "classification"), "classification")
    assert list(estimator[-1].is_categorical_) == [True, False, False, False, False]


def test_an_artifact_holds_only_scikit_learns_classes() -> None:
    estimator = made("logistic_regression", "classification")
    assert isinstance(estimator, Pipeline)
    assert {type(value).__module__.split(".")[0] for value in estimator.get_params().values()} <= {
        "sklearn", "builtins", "numpy"
    }  # fmt: skip


def test_parameters_are_set_over_the_tables_defaults() -> None:
    assert made("logistic_regression", "classification", {"C": 0.5})[-1].get_params()["C"] == 0.5
    assert made("logistic_regression", "classification", {})[-1].max_iter == 1000


def test_an_unknown_parameter_names_the_near_ones() -> None:
    with pytest.raises(
        InvalidRequest, match=r"^RandomForestClassifier has no parameter 'n_estimator'. Did you mean n_esti"
    ):
        make_estimator("random_forest", "classification", {"n_estimator": 3}, random_state=0)


def test_an_unknown_estimator_names_the_near_ones() -> None:
    with pytest.raises(
        InvalidRequest, match=r"^`estimator` 'ridgee' is not in the table. Did you mean ridge\? Or write"
    ):
        make_estimator("ridgee", "regression", {}, random_state=0)


def test_any_importable_class_is_an_estimator() -> None:
    estimator = fitted(
        made("sklearn.linear_model:LogisticRegression", "classification", {"max_iter": 500}), "classification"
    )
    assert isinstance(estimator[-1], LogisticRegression)
    assert len(estimator.predict(unseen())) == 3


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("sklearn.nothing:Tree", r"^`estimator` sklearn.nothing:Tree: can't import 'Tree' from 'sklearn.nothing' "),
        ("sklearn.tree:Nothing", r"^`estimator` sklearn.tree:Nothing: can't import 'Nothing' from 'sklearn.tree' "),
        ("sklearn.tree:", r"^`estimator` sklearn.tree:: can't import 'sklearn.tree:' "),
        (":Tree", r"^`estimator` :Tree: can't import 'Tree' from ''"),
        ("builtins:dict", r"^`estimator` builtins:dict is not a scikit-learn estimator class with fit, predict and "),
        ("sklearn.tree:export_text", r"^`estimator` sklearn.tree:export_text is not a scikit-learn estimator class"),
        ("sklearn.preprocessing:StandardScaler", r"is not a scikit-learn estimator class"),
        ("sklearn.ensemble:VotingClassifier", r"^VotingClassifier can't be made without arguments "),
    ],
)
def test_what_is_no_estimator_class_is_refused(path: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        make_estimator(path, "classification", {}, random_state=0)


def boosting() -> Pipeline:
    """A whole estimator, as a user's own module gives it."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return Pipeline([("only", HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype"))])


def not_an_estimator() -> dict[str, int]:
    return {}


def test_a_pipeline_is_used_as_it_is() -> None:
    estimator = call_pipeline(f"{__name__}:boosting", {"only__max_iter": 2}, task="classification").estimator
    assert [name for name, _ in estimator.steps] == ["only"]
    assert estimator[-1].max_iter == 2


def test_a_pipeline_is_fitted_on_the_frame_of_categories_and_numbers() -> None:
    estimator = fitted(
        call_pipeline(f"{__name__}:boosting", {}, task="classification").estimator,
        "classification",
        FRAME.drop(columns="tailnum"),
    )
    assert estimator[-1].is_categorical_.tolist() == [True, False, False, False]


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("not_an_estimator", {}, "returned dict, expected a scikit-learn estimator."),
        ("FRAME", {}, "is not callable."),
        ("boosting", {"only__max_itr": 2}, "has no parameter 'only__max_itr'. Did you mean only__max_iter"),
        ("missing", {}, "can't import 'missing'"),
    ],
)
def test_a_callable_that_gives_no_estimator_is_refused(name: str, params: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        call_pipeline(f"{__name__}:{name}", params, task="classification")
    assert message in str(caught.value)


def test_a_parameter_of_the_search_is_checked_too() -> None:
    with pytest.raises(InvalidRequest, match=r"^Ridge has no parameter 'alfa'\. Did you mean alpha"):
        make_estimator("ridge", "regression", {}, random_state=0, search_space={"alfa": 1})


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_a_value_that_is_refused_is_said_before_data_are_seen(name: str, task: str) -> None:
    known = made(name, task)[-1].get_params()
    named = (
        "max_depth",
        "alpha",
        "C",
        "strategy",
        "n_neighbors",
        "var_smoothing",
        "max_iter",
        "fit_intercept",
        "n_estimators",
    )
    chosen = next(candidate for candidate in named if candidate in known)
    with pytest.raises(InvalidRequest, match=f"^{name}: The '{chosen}' parameter of .* must be "):
        make_estimator(name, task, {chosen: "no such value"}, random_state=0)
