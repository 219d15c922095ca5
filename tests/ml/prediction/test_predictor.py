"""Whatever is transformed once, or given in batches, a prediction is the estimator's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)

from catalog.ml.prediction import predictor
from catalog.ml.prediction.predictor import Predictor
from tests.factories import flights

NUMBERS = ["month", "dep_time", "dep_delay", "distance"]
TEXTS = ["carrier", "origin", "dest"]
FRAME = flights(6_000)[[*NUMBERS, *TEXTS]].astype(dict.fromkeys(TEXTS, "category"))
FRAME.loc[FRAME.index[::17], "origin"] = np.nan
CODES = {name: FRAME[name].cat.codes.to_numpy().astype(int) for name in TEXTS}
# So that every text counts, and a missing one.
LATE = FRAME["distance"].to_numpy() / 99 + CODES["dest"] % 5 * 30 - CODES["origin"] * 40 + CODES["carrier"] % 3 * 20
CLASSES = np.select([LATE > 60, LATE > 15], ["late", "delayed"], "on time")
SEEN, NEW = FRAME.iloc[:2_000], FRAME.iloc[2_000:]
TREES = {"max_iter": 5, "random_state": 0}

ENCODERS: dict[str, Callable[[], Any]] = {
    "one-hot": lambda: OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    "one-hot, sparse": lambda: OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20),
    "codes": lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    "codes of texts filled in": lambda: make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    ),
    "means": lambda: TargetEncoder(),
}
FINALS: dict[str, Callable[[], Any]] = {
    "boosted regression": lambda: HistGradientBoostingRegressor(**TREES),
    "boosted classes": lambda: HistGradientBoostingClassifier(**TREES),
    "forest": lambda: RandomForestClassifier(n_estimators=5, random_state=0),
    "ridge": lambda: Ridge(),
    "logistic": lambda: LogisticRegression(max_iter=20),
}


def columns(encoder: Any, numbers: Any = None, **options: Any) -> ColumnTransformer:
    filled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()) if numbers is None else numbers
    return make_column_transformer((filled, NUMBERS), (encoder, TEXTS), **options)


def fitted(*steps: Any) -> Any:
    target = LATE if isinstance(steps[-1], HistGradientBoostingRegressor | Ridge) else CLASSES
    return make_pipeline(*steps).fit(SEEN, target[: len(SEEN)])


def require_same(estimator: Any, frame: pd.DataFrame = NEW) -> None:
    methods = [name for name in ("predict", "predict_proba", "decision_function") if hasattr(estimator, name)]
    for method, found in zip(methods, Predictor(estimator).ask(frame, *methods), strict=True):
        expected = getattr(estimator, method)(frame)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


class Given:
    """How many rows every call of a class's method is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type, method: str) -> None:
        self.rows: list[int] = []
        plain = getattr(kind, method)

        def count(transformer: Any, table: Any, *rest: Any, **named: Any) -> Any:
            self.rows.append(len(table))
            return plain(transformer, table, *rest, **named)

        monkeypatch.setattr(kind, method, count)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor, "TREE_CELLS", 20_000)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("final", FINALS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_method_gives_what_the_estimator_gives(encoder: str, final: str) -> None:
    dense = {"sparse_threshold": 0} if final.startswith("boosted") else {}
    require_same(fitted(columns(ENCODERS[encoder](), **dense), FINALS[final]()))


@pytest.mark.parametrize("rows", [1, 2, 333, 4_000])
def test_any_number_of_rows(rows: int) -> None:
    require_same(fitted(columns(ENCODERS["one-hot"]()), FINALS["boosted classes"]()), NEW.head(rows))


def test_rows_are_transformed_once_for_labels_and_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = fitted(columns(ENCODERS["codes"]()), FINALS["forest"]())
    given = Given(monkeypatch, StandardScaler, "transform")
    Predictor(estimator).ask(NEW, "predict", "predict_proba")
    assert given.rows == [len(NEW)]


def test_boosted_trees_are_given_what_a_cache_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = fitted(columns(ENCODERS["codes"]()), FINALS["boosted regression"]())
    given = Given(monkeypatch, HistGradientBoostingRegressor, "predict")
    Predictor(estimator).ask(NEW, "predict")
    assert given.rows == [20_000 // 7, len(NEW) - 20_000 // 7]


def test_boosted_trees_after_several_steps_are_given_such_batches_too(monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = fitted(columns(ENCODERS["codes"]()), MinMaxScaler(), FINALS["boosted regression"]())
    require_same(estimator)
    given = Given(monkeypatch, HistGradientBoostingRegressor, "predict")
    Predictor(estimator).ask(NEW, "predict")
    assert max(given.rows) == 20_000 // 7


class FrequencyEncoder(TransformerMixin, BaseEstimator):
    """How often a text occurs among the rows that it is given: no row by itself says that."""

    def fit(self, frame: pd.DataFrame, target: Any = None) -> "FrequencyEncoder":
        self.n_features_in_ = frame.shape[1]
        return self

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        return np.column_stack([frame[name].map(frame[name].value_counts()).astype(float) for name in frame])


class CountingEncoder(OneHotEncoder):
    """Not known, though it inherits from one that is."""

    def transform(self, frame: pd.DataFrame) -> Any:
        return super().transform(frame) * len(frame)


@pytest.mark.parametrize("encoder", [FrequencyEncoder(), CountingEncoder(sparse_output=False, handle_unknown="ignore")])
def test_preprocessing_that_looks_at_all_rows_is_given_all_rows(encoder: Any) -> None:
    require_same(fitted(columns(encoder), SimpleImputer(), FINALS["ridge"]()))


UNUSUAL: dict[str, Callable[[], Any]] = {
    "columns by position": lambda: make_column_transformer(
        (ENCODERS["one-hot"](), [4, 5, 6]), remainder=SimpleImputer()
    ),
    "a slice of names": lambda: make_column_transformer((ENCODERS["one-hot"](), slice("carrier", "dest"))),
    "one column by its name": lambda: make_column_transformer(
        (FunctionTransformer(lambda values: values.to_frame()), "month"), (ENCODERS["codes"](), TEXTS)
    ),
    "what remains as it is": lambda: make_column_transformer((ENCODERS["one-hot"](), TEXTS), remainder="passthrough"),
    "columns dropped": lambda: make_column_transformer(("drop", NUMBERS), (ENCODERS["one-hot"](), TEXTS)),
    "no columns": lambda: make_column_transformer((StandardScaler(), []), (ENCODERS["one-hot"](), TEXTS)),
    "weights": lambda: ColumnTransformer(
        [("n", StandardScaler(), NUMBERS), ("t", ENCODERS["one-hot"](), TEXTS)], transformer_weights={"t": 3.0}
    ),
    "numbers of other types": lambda: columns(
        OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32), "passthrough"
    ),
    "a sparse part of a dense table": lambda: columns(
        OneHotEncoder(handle_unknown="ignore"), "passthrough", sparse_threshold=0
    ),
    "frames": lambda: columns(ENCODERS["one-hot"]()).set_output(transform="pandas"),
    "frames from the encoder": lambda: columns(ENCODERS["one-hot"]().set_output(transform="pandas")),
}


@pytest.mark.parametrize("final", ["boosted classes", "forest"])
@pytest.mark.parametrize("unusual", UNUSUAL)
def test_columns_prepared_in_unusual_ways(unusual: str, final: str) -> None:
    require_same(fitted(UNUSUAL[unusual](), FINALS[final]()))


def test_frames_everywhere() -> None:
    with sklearn.config_context(transform_output="pandas"):
        require_same(fitted(columns(ENCODERS["one-hot"]()), FINALS["boosted classes"]()))


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (HistGradientBoostingRegressor(categorical_features="from_dtype", **TREES), [*NUMBERS, *TEXTS]),
        (Pipeline([("only", HistGradientBoostingRegressor(**TREES))]), NUMBERS),
        (Pipeline([("no", "passthrough"), ("trees", HistGradientBoostingRegressor(**TREES))]), NUMBERS),
    ],
    ids=["no pipeline", "a pipeline of one step", "a step left out"],
)
def test_an_estimator_that_prepares_nothing(estimator: Any, names: list[str]) -> None:
    require_same(estimator.fit(SEEN[names], LATE[: len(SEEN)]), NEW[names])


def test_the_estimator_is_left_as_it_was() -> None:
    estimator = fitted(columns(ENCODERS["one-hot"]()), FINALS["boosted classes"]())
    before = list(estimator[0].transformers_)
    Predictor(estimator).ask(NEW, "predict")
    assert estimator[0].transformers_ == before


@pytest.mark.parametrize(
    ("frame", "encoder"),
    [
        (NEW.head(0), "one-hot"),
        (NEW.drop(columns="dest"), "one-hot"),
        (NEW.assign(dest=pd.Categorical(["nowhere"] * len(NEW))), "strict"),
        (NEW.assign(month=pd.Categorical(["x"] * len(NEW))), "one-hot"),
    ],
    ids=["no rows", "a column is missing", "a text is not known", "a text for a number"],
)
def test_it_raises_what_the_estimator_raises(frame: pd.DataFrame, encoder: str) -> None:
    made = OneHotEncoder(sparse_output=False) if encoder == "strict" else ENCODERS[encoder]()
    estimator = fitted(columns(made), FINALS["boosted classes"]())
    with pytest.raises(ValueError) as expected:
        estimator.predict(frame)
    with pytest.raises(ValueError) as found:
        Predictor(estimator).ask(frame, "predict")
    assert str(found.value) == str(expected.value)
