"""Parameters on their way from a request to the estimator, and what is said of them."""

import math
from typing import Any

import pytest

from catalog.exceptions import InvalidRequest
from catalog.models import DatasetVersion, ModelVersion
from catalog.services.training.plan import plan_training
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import Trained, train_model
from tests.commands.conftest import Run, run
from tests.own_modules import OwnModules, own_modules

__all__ = ["own_modules", "run"]


def train(**fields: Any) -> Trained:
    asked = {"name": "late", "dataset": "departures", "target": "late", "features": ["distance", "carrier"], **fields}
    return train_model(request=TrainingRequest(**asked), actor="ada")


def last_step(version: ModelVersion, name: str) -> Any:
    return version.all_params[f"estimator__{name}"]["value"]


def test_what_columns_and_classes_are_called_reaches_the_estimator(departures_v1: DatasetVersion) -> None:
    params = {"max_iter": 3, "monotonic_cst": {"distance": 1}, "class_weight": {"true": 3}}
    version = train(params=params).version
    assert last_step(version, "monotonic_cst") == [0, 1]
    assert last_step(version, "class_weight") == {"False": 1, "True": 3}
    assert version.params == params


@pytest.mark.both_databases
def test_an_infinite_parameter_is_tried_trained_with_and_kept(departures_v1: DatasetVersion) -> None:
    trained = train(estimator="logistic_regression", search="grid", search_space={"C": [math.inf]}, params={"tol": 0.1})
    version = ModelVersion.objects.get(pk=trained.version.pk)
    assert version.report["search"]["best_params"] == {"C": math.inf}
    kept = train(estimator="logistic_regression", params={"C": math.inf}).version
    assert ModelVersion.objects.get(pk=kept.pk).params == {"C": math.inf}


def test_around_encoded_labels_too(departures_v1: DatasetVersion) -> None:
    params = {"n_estimators": 3, "monotonic_cst": {"distance": -1}, "class_weight": {"AA": 3}}
    features = {"features": ["distance", "dep_time"], "target": "origin", "params": params}
    with pytest.raises(InvalidRequest, match=r"the target has no class 'AA'\. There are: EWR, JFK, LGA"):
        train(estimator="xgboost:XGBClassifier", **features)
    trained = train(estimator="xgboost:XGBClassifier", **{**features, "params": {**params, "class_weight": None}})
    assert last_step(trained.version, "classifier__monotone_constraints") == [-1, 0]


def test_lightgbms_untrue_warning_is_not_passed_on(departures_v1: DatasetVersion) -> None:
    params = {"n_estimators": 3, "verbose": -1, "categorical_features": ["dep_time"]}
    trained = train(estimator="lightgbm:LGBMClassifier", features=["distance", "dep_time"], params=params)
    assert last_step(trained.version, "categorical_feature") == [0]
    assert trained.warnings == []


def test_in_batches_classes_have_weights_and_columns_nothing(departures_v1: DatasetVersion) -> None:
    sgd = {"estimator": "sgd", "incremental": True}
    version = train(**sgd, params={"class_weight": {"true": 3}}).version
    assert last_step(version, "class_weight") == {"False": 1, "True": 3}
    with pytest.raises(InvalidRequest, match="SGDClassifier has no monotonic_cst"):
        train(**sgd, params={"monotonic_cst": {"distance": 1}})


def test_a_column_that_is_no_feature_is_refused_before_anything_is_read(departures_v1: DatasetVersion) -> None:
    request = TrainingRequest("late", "departures", "late", params={"monotonic_cst": {"distanz": 1}})
    with pytest.raises(
        InvalidRequest, match=r"`params` monotonic_cst: 'distanz' is no feature\. Did you mean distance"
    ):
        plan_training(request)


def test_the_command_says_whose_each_parameter_of_a_pipeline_is(
    departures_v1: DatasetVersion, run: Run, own_modules: OwnModules
) -> None:
    given = ("late", "--dataset=departures", "--target=late", "--features=distance", "--pipeline=mine:make")
    params = ("--param=depth=2", "--param=factor=3.0", "--param=decisiontreeclassifier__min_samples_leaf=4")
    outcome = run("train_model", *given, *params)
    assert outcome.lines[2:5] == [
        "  Parameter depth: of mine:make.",
        "  Parameter factor: of mine:make.",
        "  Parameter decisiontreeclassifier__min_samples_leaf: of Pipeline.",
    ]
    version = ModelVersion.objects.get()
    assert version.all_params["scaled__factor"] == {"value": 3.0, "default": 2.0}
    assert version.chosen_params["decisiontreeclassifier__max_depth"] == 2
    assert run("train_model", *given, *params, "--json").json["param_owners"]["depth"] == "mine:make"
