"""What a pipeline learns does not depend on who parts the rows for histogram gradient boosting."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from catalog.ml.training import fitting
from catalog.ml.training.sliced_preprocessing import fitted_by_parts, transformed
from tests.factories import flights

NUMBERS = ["month", "dep_time", "dep_delay", "distance"]
TEXTS = ["carrier", "origin", "dest"]
FRAME = flights(15_000)
LATE = FRAME["dep_delay"].fillna(0).to_numpy()
CLASSES = np.select([LATE > 60, LATE > 15], ["late", "delayed"], "on time")
BINARY = LATE > 15
QUICK = {"max_iter": 4, "random_state": 3}


def one_hot(boosting: Any) -> Any:
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(make_column_transformer(("passthrough", NUMBERS), (encoder, TEXTS)), boosting)


def regressor(**params: Any) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(**(QUICK | params))


def classifier(**params: Any) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(**(QUICK | params))


def parted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each time that histogram gradient boosting is fitted, whether it was given rows set aside."""
    given: list[bool] = []
    for kind in (HistGradientBoostingRegressor, HistGradientBoostingClassifier):

        def fit(self: Any, *rows: Any, plain: Callable[..., Any] = kind.fit, **aside: Any) -> Any:
            given.append("X_val" in aside)
            return plain(self, *rows, **aside)

        monkeypatch.setattr(kind, "fit", fit)
    return given


def require_same(estimator: Any, frame: pd.DataFrame, target: np.ndarray) -> None:
    plain = clone(estimator).fit(frame, target)
    ours = fitting.fit(estimator, frame, target)
    assert ours is estimator
    np.testing.assert_array_equal(ours.predict(frame), plain.predict(frame))
    if hasattr(plain, "predict_proba"):
        np.testing.assert_array_equal(ours.predict_proba(frame), plain.predict_proba(frame))
        np.testing.assert_array_equal(ours.classes_, plain.classes_)
    for name in ("n_iter_", "train_score_", "validation_score_"):
        if hasattr(plain[-1], name):
            np.testing.assert_array_equal(getattr(ours[-1], name), getattr(plain[-1], name))
    np.testing.assert_array_equal(ours.feature_names_in_, plain.feature_names_in_)
    np.testing.assert_array_equal(ours[:-1].get_feature_names_out(), plain[:-1].get_feature_names_out())
    if isinstance(plain[0], ColumnTransformer):
        require_same_columns(ours[0], plain[0])


def require_same_columns(ours: ColumnTransformer, plain: ColumnTransformer) -> None:
    assert vars(ours).keys() == vars(plain).keys()
    assert ours.output_indices_ == plain.output_indices_
    assert repr(ours.transformers) == repr(plain.transformers)
    assert [repr(part) for part in ours.transformers_] == [repr(part) for part in plain.transformers_]


@pytest.mark.parametrize(
    ("boosting", "target"),
    [
        (regressor(), LATE),
        (regressor(max_features=0.5, max_bins=17), LATE),
        (regressor(scoring="neg_mean_absolute_error", validation_fraction=0.3), LATE),
        (regressor(validation_fraction=500, n_iter_no_change=2), LATE),
        (regressor(loss="poisson", early_stopping=True), np.clip(LATE, 0, None)),
        (classifier(), CLASSES),
        (classifier(scoring="accuracy"), BINARY),
    ],
)
def test_a_pipeline_that_is_given_rows_set_aside_learns_the_same(
    boosting: Any, target: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = parted(monkeypatch)
    require_same(one_hot(boosting), FRAME, target)
    assert given == [False, True]


@pytest.mark.parametrize("rows", [40, 10_000, 10_001, 11_111, 11_112, 11_113])
@pytest.mark.parametrize("stopping", ["auto", True, False])
def test_as_many_rows_as_it_takes_to_stop_early(rows: int, stopping: Any) -> None:
    """Both with and without rows set aside: 11,111 rows leave 9,999 of which the boosting would not set any aside."""
    require_same(one_hot(regressor(early_stopping=stopping)), FRAME[:rows], LATE[:rows])


NATIVE = make_pipeline(
    make_column_transformer((OrdinalEncoder(), TEXTS), remainder="drop").set_output(transform="pandas"),
    classifier(categorical_features=[0, 1, 2]),
)
DTYPES = make_pipeline(
    make_column_transformer(("passthrough", TEXTS), verbose_feature_names_out=False).set_output(transform="pandas"),
    regressor(),
)


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (one_hot(classifier(class_weight="balanced")), CLASSES),
        (one_hot(regressor(warm_start=True)), LATE),
        (one_hot(regressor(validation_fraction=None, early_stopping=True)), LATE),
        (one_hot(regressor(early_stopping=False)), LATE),
        (NATIVE, CLASSES),
        (DTYPES, LATE),
        (make_pipeline(regressor()), LATE),
        (one_hot(DummyClassifier()), BINARY),
    ],
)
def test_what_would_learn_something_else_is_left_to_itself(
    estimator: Any, target: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = parted(monkeypatch)
    frame = FRAME.astype(dict.fromkeys(TEXTS, "category")) if estimator is DTYPES else FRAME
    if len(estimator) == 1:
        frame = FRAME[NUMBERS]
    require_same(estimator, frame, target)
    assert not any(given)


NUMBERED = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
CODES = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
TWO_NUMBERS, TWO_TEXTS = ["dep_time", "dep_delay"], ["carrier", "dest"]
CENTRED = FunctionTransformer(lambda rows: rows - rows.mean(), feature_names_out="one-to-one")
ON_LATE = TargetEncoder(target_type="continuous", cv=KFold(3))


@pytest.mark.parametrize(
    ("parts", "options", "by_parts"),
    [
        ([(NUMBERED, TWO_NUMBERS), (CODES, TWO_TEXTS)], {}, True),
        ([(RobustScaler(), ["distance"]), (MinMaxScaler(), ["month"]), ("drop", ["origin"])], {}, True),
        ([("passthrough", TWO_NUMBERS), (OneHotEncoder(min_frequency=50, sparse_output=False), TWO_TEXTS)], {}, True),
        ([(MaxAbsScaler(), TWO_NUMBERS), (OneHotEncoder(), TWO_TEXTS)], {"sparse_threshold": 0}, True),
        ([(StandardScaler(), TWO_NUMBERS), (ON_LATE, TWO_TEXTS)], {}, False),
        ([(CENTRED, TWO_NUMBERS)], {}, False),
        ([(StandardScaler(), ["distance"]), ("drop", TEXTS)], {"remainder": "passthrough"}, False),
        ([(StandardScaler(), TWO_NUMBERS), (CODES, TWO_TEXTS)], {"transformer_weights": {"standardscaler": 2}}, False),
        ([(StandardScaler(), []), (CODES, TWO_TEXTS)], {}, False),
        ([(StandardScaler(), slice(1, 3)), (CODES, TWO_TEXTS)], {}, False),
    ],
)
def test_columns_are_prepared_the_same(
    parts: list[Any], options: dict[str, Any], by_parts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In slices where each row is known to be prepared by itself, as a whole where it may not be."""
    given, tables = parted(monkeypatch), []
    monkeypatch.setattr(fitting, "transformed", lambda *rows: tables.append(rows) or transformed(*rows))
    columns = make_column_transformer(*parts).set_params(**options)
    require_same(make_pipeline(columns, regressor()), FRAME[[*NUMBERS, *TEXTS]], LATE)
    assert (given, len(tables)) == ([False, True], 2 if by_parts else 0)


def test_a_generator_of_random_numbers_is_asked_as_often_as_ever() -> None:
    plain, ours = (one_hot(regressor(random_state=np.random.RandomState(5))) for _ in range(2))
    plain.fit(FRAME, LATE)
    fitting.fit(ours, FRAME, LATE)
    np.testing.assert_array_equal(ours.predict(FRAME), plain.predict(FRAME))
    assert ours[-1].random_state.randint(1_000_000) == plain[-1].random_state.randint(1_000_000)


def test_a_class_of_one_row_is_refused_as_ever() -> None:
    alone = np.where(np.arange(len(FRAME)) == 7, "only", BINARY.astype(str))
    for fit in (lambda estimator, *rows: estimator.fit(*rows), fitting.fit):
        with pytest.raises(ValueError, match="The least populated class"):
            fit(one_hot(classifier()), FRAME, alone)


def held_by(work: Callable[..., Any], *given: Any) -> int:
    """The most bytes that the work holds."""
    tracemalloc.start()
    work(*given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_the_table_is_not_held_beside_its_parts() -> None:
    plain = held_by(one_hot(regressor(max_iter=1)).fit, FRAME, LATE)
    table = one_hot(regressor())[:-1].fit_transform(FRAME).nbytes
    assert held_by(fitting.fit, one_hot(regressor(max_iter=1)), FRAME, LATE) < plain - 0.9 * table


def test_no_table_is_made_to_fit_the_columns() -> None:
    columns = one_hot(regressor())[0]
    table = clone(columns).fit_transform(FRAME).nbytes
    assert held_by(clone(columns).fit, FRAME) > 1.9 * table
    assert held_by(fitted_by_parts, columns, FRAME, LATE) < table / 2
    assert held_by(transformed, columns, FRAME, np.arange(len(FRAME))) < 1.3 * table
