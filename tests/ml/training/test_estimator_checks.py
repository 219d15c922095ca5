from typing import Any

import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.cluster import KMeans
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from catalog.exceptions import InvalidRequest
from catalog.ml.training.estimator_checks import accepts, check_params, check_task, check_values, may_predict


@pytest.mark.parametrize(
    ("estimator", "params"),
    [
        (CatBoostClassifier(), {"iterations": 5, "random_seed": 3, "max_depth": 2}),
        (LGBMClassifier(), {"verbose": -1, "n_estimators": 3}),
        (XGBClassifier(), {"max_depth": 2, "grow_policy": "lossguide"}),
        (LogisticRegression(), {"C": 0.1}),
        (make_pipeline(StandardScaler(), CatBoostClassifier()), {"catboostclassifier__iterations": 5}),
        (make_pipeline(StandardScaler(), LGBMClassifier()), {"lgbmclassifier__verbose": -1}),
    ],
)
def test_what_an_estimator_takes_is_accepted(estimator: Any, params: dict[str, Any]) -> None:
    check_params(estimator, params, "it")
    estimator.set_params(**params)


@pytest.mark.parametrize(
    ("estimator", "name", "near"),
    [
        (CatBoostClassifier(), "iteration", "iterations"),
        (LogisticRegression(), "max_itr", "max_iter"),
        (make_pipeline(StandardScaler(), CatBoostClassifier()), "catboostclassifier__iteration", ""),
        (make_pipeline(StandardScaler(), LogisticRegression()), "logisticregression__kwargs", ""),
        (LogisticRegression(), "estimator__C", ""),
    ],
)
def test_what_an_estimator_does_not_take_is_refused(estimator: Any, name: str, near: str) -> None:
    with pytest.raises(InvalidRequest, match=f"^it has no parameter '{name}'.*{near}"):
        check_params(estimator, {name: 1}, "it")


class Keywords:
    """Takes some keywords beyond those that it names."""

    def __init__(self, **more: Any) -> None:
        self.more = more

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return dict(self.more)

    def set_params(self, **params: Any) -> Any:
        if set(params) - {"colour"}:
            raise ValueError("no such thing")
        self.more |= params
        return self


def test_further_keywords_are_tried() -> None:
    assert [accepts(Keywords(), name, 1) for name in ("colour", "flavour")] == [True, False]


@pytest.mark.parametrize("kind", [CatBoostRegressor, LGBMRegressor, XGBRegressor, Ridge])
def test_a_regressor_is_not_for_classes(kind: Any) -> None:
    check_task(kind(), "it", "regression")
    with pytest.raises(InvalidRequest) as caught:
        check_task(kind(), "it", "classification")
    assert str(caught.value) == (
        "it is a regressor, and the task is classification. Give a classifier, or say `task` regression."
    )


@pytest.mark.parametrize("kind", [CatBoostClassifier, LGBMClassifier, XGBClassifier, LogisticRegression])
def test_a_classifier_is_not_for_numbers(kind: Any) -> None:
    check_task(make_pipeline(kind()), "it", "classification")
    with pytest.raises(InvalidRequest, match="it is a classifier, and the task is regression"):
        check_task(make_pipeline(kind()), "it", "regression")


def test_what_says_nothing_of_its_task_may_do_either() -> None:
    for task in ("classification", "regression"):
        check_task(Keywords(), "it", task)


def test_what_can_only_tell_when_it_is_fitted_may_predict() -> None:
    stacking = StackingClassifier([("ridge", Ridge())])
    assert not hasattr(stacking, "predict")
    assert [may_predict(each) for each in (stacking, KMeans(), StandardScaler())] == [True, True, False]


class Own(Ridge):
    """A class of one's own, whose fit may take for ever."""

    def fit(self, *given: Any) -> Any:
        pytest.fail("fitted")


@pytest.mark.parametrize("estimator", [Own(), make_pipeline(StandardScaler(), Own()), LGBMRegressor(), XGBRegressor()])
def test_no_fit_but_scikit_learns_is_called_to_check_values(estimator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (LGBMRegressor, XGBRegressor):
        monkeypatch.setattr(kind, "fit", Own.fit)
    check_values(estimator, "it")
