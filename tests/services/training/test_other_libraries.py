"""Estimators of LightGBM, XGBoost and CatBoost through the services, from the training to a loaded model."""

from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostRegressor
from sklearn.base import BaseEstimator
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from catalog import load_model
from catalog.exceptions import EnvironmentMismatch, InvalidRequest, TrainingFailed
from catalog.ml.evaluation.replay import unlike_predictions
from catalog.models import DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.prediction.loading import load_version
from catalog.services.prediction.predict import PredictionRequest, predict
from catalog.services.requirements import model_requirements
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.factories import make_dataset
from tests.services import snapshots

CLASSIFIERS: dict[str, dict[str, Any]] = {
    "lightgbm:LGBMClassifier": {"n_estimators": 5, "verbose": -1},
    "xgboost:XGBClassifier": {"n_estimators": 5},
    "catboost:CatBoostClassifier": {"iterations": 5, "verbose": False},
}
REGRESSORS = {name.replace("Classifier", "Regressor"): params for name, params in CLASSIFIERS.items()}
TARGETS: dict[str, list[Any]] = {
    "text": ["early", "late", "never"],
    "boolean": [False, True],
    "from zero": [0, 1, 2],
    "from five": [5, 7, 9],
}


def train(**fields: Any) -> ModelVersion:
    asked = {"name": "m", "dataset": "flights", "target": "target", "features": ["distance", "carrier"], **fields}
    return train_model(request=TrainingRequest(**asked), actor="ada").version


@pytest.fixture
def numbers(db: None, tmp_path: Path) -> DatasetVersion:
    """With a target of numbers that the distance tells."""
    table = snapshots.departures()
    return make_dataset(tmp_path, table.assign(target=table["distance"] * 1.5), "flights")


@pytest.fixture
def classes(db: None, tmp_path: Path, request: pytest.FixtureRequest) -> list[Any]:
    """The labels of a target that the distance tells."""
    labels = TARGETS[getattr(request, "param", "text")]
    table = snapshots.departures()
    codes = pd.qcut(table["distance"].rank(method="first"), len(labels), labels=False)
    make_dataset(tmp_path, table.assign(target=[labels[int(code)] for code in codes]), "flights")
    return labels


@pytest.mark.parametrize("estimator", CLASSIFIERS)
@pytest.mark.parametrize("classes", TARGETS, indirect=True)
def test_labels_come_back_as_they_were(classes: list[Any], estimator: str, tmp_path: Path) -> None:
    version = train(estimator=estimator, params=CLASSIFIERS[estimator], task="classification")
    assert version.metrics["balanced_accuracy"]["value"] > version.metrics["balanced_accuracy"]["baseline"]
    assert version.signature["output"]["classes"] == classes
    loaded = load_model("m:latest").estimator
    assert [(type(label), label) for label in loaded.classes_.tolist()] == [(type(label), label) for label in classes]
    assert unlike_predictions(loaded, version.signature, version.report["sample"]) == ""
    asked = PredictionRequest("m:1", "dataset:flights", str(tmp_path / "out.parquet"), with_probabilities=True)
    predict(request=asked, actor="ada")
    predicted = pd.read_parquet(tmp_path / "out.parquet")
    assert set(predicted["prediction"].tolist()) == set(classes)
    assert predicted.filter(like="probability_").shape == (300, len(classes))


@pytest.mark.parametrize("estimator", REGRESSORS)
def test_numbers_are_measured_as_numbers(numbers: DatasetVersion, estimator: str) -> None:
    version = train(estimator=estimator, params=REGRESSORS[estimator])
    assert set(version.metrics) == {"r2", "mean_absolute_error", "root_mean_squared_error", "median_absolute_error"}
    assert version.signature["output"]["classes"] is None
    assert "residuals" in version.report


@pytest.mark.parametrize("estimator", CLASSIFIERS)
def test_a_search_over_an_encoded_classifier_names_its_own_parameters(classes: list[Any], estimator: str) -> None:
    version = train(
        estimator=estimator, params=CLASSIFIERS[estimator], search="grid", search_space={"max_depth": [1, 2]}, cv=2
    )
    assert set(version.report["search"]["best_params"]) == {"max_depth"}


@pytest.mark.parametrize("estimator", CLASSIFIERS)
def test_the_random_state_is_given_to_each(classes: list[Any], estimator: str) -> None:
    estimator_ = load_version(train(estimator=estimator, params=CLASSIFIERS[estimator], random_state=7)).estimator
    assert 7 in [value for name, value in estimator_.get_params().items() if name.endswith("random_state")]


@pytest.mark.parametrize("estimator", CLASSIFIERS)
def test_the_library_is_recorded_required_and_compared(
    classes: list[Any], estimator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = train(estimator=estimator, params=CLASSIFIERS[estimator])
    module = estimator.partition(":")[0]
    name = {"xgboost": "xgboost-cpu"}.get(module, module)
    assert version.environment["modules"] == {module: name}
    assert model_requirements(version=version)[-1] == f"{name}=={metadata.version(name)}"
    version.environment["modules"] = {"missing": "missing"}
    version.environment["versions"]["missing"] = "1.2.3"
    with pytest.raises(EnvironmentMismatch, match=r"needs missing 1\.2\.3, .* pip install missing==1\.2\.3$"):
        load_version(version)


def test_a_regressor_for_classes_is_refused_before_data_are_read(
    classes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.services.training.train_in_memory.read_examples", lambda *given: pytest.fail("read"))
    with pytest.raises(InvalidRequest, match="CatBoostRegressor is a regressor, and the task is classification"):
        train(estimator="catboost:CatBoostRegressor")


def encode_nothing() -> Any:
    return make_pipeline(FunctionTransformer(pd.DataFrame.to_numpy), XGBClassifier())


def test_a_pipeline_that_does_not_take_the_labels_is_refused_before_the_fit(classes: list[Any]) -> None:
    with pytest.raises(InvalidRequest, match="XGBClassifier takes the labels 0 to 2 alone or gives others back"):
        train(pipeline=f"{__name__}:encode_nothing", features=["distance"])


def stacking() -> Any:
    return StackingClassifier([("logistic", LogisticRegression())])


def test_a_stacking_classifier_with_its_default_is_trained(classes: list[Any]) -> None:
    assert train(pipeline=f"{__name__}:stacking", features=["distance"]).status == "READY"


class Forgetful(BaseEstimator):
    """A regressor by its tags, that has no predict in the end."""

    def __sklearn_tags__(self) -> Any:
        return Ridge().__sklearn_tags__()

    def fit(self, frame: Any, target: Any) -> Any:
        return self


def test_what_can_not_predict_when_fitted_is_refused_in_one_line(numbers: DatasetVersion) -> None:
    with pytest.raises(TrainingFailed, match=r"Forgetful has no predict now that it is fitted\.$"):
        train(pipeline=f"{__name__}:Forgetful")
    assert not RegisteredModel.objects.exists()


def piped_catboost() -> Any:
    return make_pipeline(CatBoostRegressor(iterations=2, verbose=False))


@pytest.mark.parametrize(
    "by", [{"estimator": "catboost:CatBoostRegressor"}, {"pipeline": f"{__name__}:piped_catboost"}]
)
def test_nothing_is_written_into_the_current_folder(
    numbers: DatasetVersion, by: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "current").mkdir()
    monkeypatch.chdir(tmp_path / "current")
    params = {"iterations": 2, "verbose": False} if "estimator" in by else {}
    train(**by, params=params, features=["distance"])
    assert list((tmp_path / "current").iterdir()) == []


def test_a_fitted_regressor_with_classes_is_measured_by_the_task(numbers: DatasetVersion) -> None:
    fitted = CatBoostRegressor(iterations=1, verbose=False, allow_writing_files=False).fit(np.eye(3), [1.0, 2.0, 3.0])
    assert hasattr(fitted, "classes_")
    assert "r2" in train(estimator="catboost:CatBoostRegressor", params={"iterations": 2, "verbose": False}).metrics
