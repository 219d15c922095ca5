"""Several columns predicted by one version: trained, stored, predicted, measured one by one and on average."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVR
from xgboost import XGBClassifier

from catalog import load_model
from catalog.exceptions import CatalogError, InvalidRequest
from catalog.ml.evaluation.metric_names import higher_is_better
from catalog.models import DatasetVersion, ModelVersion
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.listings import list_versions
from catalog.services.training.plan import plan_training
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.factories import make_dataset

ROWS = 300


def table() -> pd.DataFrame:
    """Two numbers, and classes as texts, that follow from `size` and `kind`; two rows lack a target."""
    random = np.random.default_rng(5)
    size, kind = random.random(ROWS), random.choice(["oak", "elm", "ash"], ROWS)
    frame = pd.DataFrame(
        {
            "size": size.round(6),
            "kind": kind,
            "price": (10 * size + (kind == "oak")).round(2),
            "weight": (3 - 2 * size).round(2),
            "colour": np.where(size > 0.5, "red", "blue"),
            "grade": np.where(kind == "oak", "A", np.where(size > 0.3, "B", "C")),
            "sold": size > 0.6,
        }
    )
    frame.loc[0, "price"] = frame.loc[1, "weight"] = None
    return frame


@pytest.fixture
def trees(db: None, tmp_path: Path) -> DatasetVersion:
    return make_dataset(tmp_path, table(), "trees")


FEATURES = ["size", "kind"]
NUMBERS, CLASSES = {"target": "price,weight"}, {"target": "colour, grade"}


def request(**fields: Any) -> TrainingRequest:
    return TrainingRequest(**{"name": "wood", "dataset": "trees", "features": FEATURES, **fields})


def train(**fields: Any) -> ModelVersion:
    return train_model(request=request(**fields), actor="ada").version


def predicted(folder: Path) -> pd.DataFrame:
    predict(request=PredictionRequest("wood:1", "dataset:trees", str(folder / "out.csv")), actor="ada")
    return pd.read_csv(folder / "out.csv")


@pytest.mark.parametrize("estimator", ["ridge", "random_forest", "hist_gradient_boosting", "lightgbm:LGBMRegressor"])
def test_numbers_are_predicted_each_in_a_column(trees: DatasetVersion, tmp_path: Path, estimator: str) -> None:
    version = train(**NUMBERS, estimator=estimator)
    assert (version.target, version.registered_model.task) == ("price, weight", "regression")
    assert version.report["rows"] == {"train": 238, "test": 60, "missing_target": 2}
    answers = predicted(tmp_path)
    assert list(answers) == ["prediction_price", "prediction_weight"]
    loaded = load_model("wood:1").predict(table())
    assert np.allclose(loaded, answers)
    known = table().dropna()
    assert np.abs(loaded[known.index] - known[["price", "weight"]]).mean().max() < 0.6


@pytest.mark.parametrize("estimator", ["hist_gradient_boosting", "logistic_regression", "xgboost:XGBClassifier", "mlp"])
def test_classes_come_back_as_they_were(trees: DatasetVersion, tmp_path: Path, estimator: str) -> None:
    version = train(**CLASSES, estimator=estimator)
    assert [output["classes"] for output in outputs(version)] == [["blue", "red"], ["A", "B", "C"]]
    answers = predicted(tmp_path)
    assert {*answers["prediction_colour"]} <= {"blue", "red"}
    assert {*answers["prediction_grade"]} <= {"A", "B", "C"}
    assert load_model("wood:1").predict(table()).tolist() == answers.to_numpy().tolist()


def outputs(version: ModelVersion) -> list[dict[str, Any]]:
    return [version.signature["output"], *version.signature["other_outputs"]]


@pytest.mark.parametrize(
    ("fields", "names", "name"),
    [(NUMBERS, "price,weight", "r2"), (CLASSES, "colour,grade", "balanced_accuracy")],
)
def test_each_target_has_its_metrics_and_all_their_mean(
    trees: DatasetVersion, fields: dict[str, Any], names: str, name: str
) -> None:
    version = train(**fields, cv=2)
    own = [version.metrics[f"{name}.{target}"] for target in names.split(",")]
    mean = version.metrics[name]
    assert mean["value"] == version.primary_value == pytest.approx(np.mean([record["value"] for record in own]))
    assert mean["baseline"] == pytest.approx(np.mean([record["baseline"] for record in own]))
    assert mean["mean"] > mean["baseline"]
    assert [part["name"] for part in version.report["targets"]] == names.split(",")
    assert {item["feature"] for item in version.report["importances"]} == {*FEATURES}
    assert [*list_versions(condition=f"metric.{name}.{names.partition(',')[2]} > 0")] == [version]


def test_each_target_is_checked_by_its_name(db: None, tmp_path: Path) -> None:
    """`noise` can't be told, and `size` nearly is `area`: of `price` nothing is to be doubted."""
    random = np.random.default_rng(7)
    noise, area = random.random(ROWS), (table()["size"] ** 2 + 0.001).round(6)
    make_dataset(tmp_path, table().assign(noise=noise, area=area, other=random.random(ROWS)), "trees")
    version = train(target="noise,area", features=["size", "other"], estimator="extra_trees", cv=3)
    codes = [check["code"] for check in version.report["checks"]]
    assert codes == ["below_baseline.noise", "overfitted.noise", "leak.area", "folds_disagree.noise"]
    assert version.report["checks"][2]["sentence"].startswith("area: 'size' alone tells ")
    assert version.metrics["r2.area"]["mean"] > 0.9 > 0 > version.metrics["r2.noise"]["mean"]


def test_classes_of_few_rows_are_told_of_each_target(db: None, tmp_path: Path) -> None:
    make_dataset(tmp_path, table().assign(grade=["rare"] * 9 + ["B"] * (ROWS - 9)), "trees")
    version = train(**CLASSES)
    codes = [check["code"] for check in version.report["checks"]]
    assert [code for code in codes if code.startswith("few_rows")] == ["few_rows_of_class.grade"]


def test_the_direction_of_a_metric_hangs_on_no_name_of_a_target() -> None:
    assert higher_is_better("r2.loss")
    assert not higher_is_better("mean_absolute_error.gain")


def test_a_search_chooses_by_the_mean(trees: DatasetVersion) -> None:
    search = {"search": "grid", "search_space": {"max_iter": [1, 60]}}
    assert train(**NUMBERS, **search).report["search"]["best_params"] == {"max_iter": 60}


def test_a_pipeline_of_ones_own_is_given_all_targets(trees: DatasetVersion, tmp_path: Path) -> None:
    train(**NUMBERS, features=["size"], pipeline=f"{__name__}:make_dummy")
    assert predicted(tmp_path)["prediction_weight"].nunique() == 1


def test_a_pipeline_of_ones_own_is_told_how_to_encode_the_labels_of_each(trees: DatasetVersion) -> None:
    with pytest.raises(
        InvalidRequest, match=r"make_xgboost: XGBClassifier takes the labels 0 to 1 alone .* 'blue', 're"
    ):
        train(**CLASSES, features=["size"], pipeline=f"{__name__}:make_xgboost")


def make_xgboost() -> Any:
    return MultiOutputClassifier(make_pipeline(XGBClassifier(n_estimators=2)))


def make_dummy() -> Any:
    return DummyRegressor()


def make_svr() -> Any:
    return SVR()


def test_they_are_verified_and_replayed(trees: DatasetVersion) -> None:
    train(**CLASSES)
    assert [finding for finding in verify_catalog(replay=True).findings if finding.kind == "not reproduced"] == []


@pytest.mark.parametrize("fields", [NUMBERS, CLASSES])
def test_on_its_own_rows_it_is_measured_as_in_training(trees: DatasetVersion, fields: dict[str, Any]) -> None:
    version = train(**fields)
    evaluation = evaluate_version(request=EvaluationRequest("wood:1", like="wood:1"), actor="ada").evaluation
    measured = {name: metric["value"] for name, metric in evaluation.metrics.items()}
    assert measured == pytest.approx({name: metric["value"] for name, metric in version.metrics.items()})


def test_rows_of_another_dataset_are_measured_without_those_that_were_learned(
    trees: DatasetVersion, tmp_path: Path
) -> None:
    train(**NUMBERS)
    make_dataset(tmp_path, table().sample(frac=1, random_state=3), "shuffled")
    evaluation = evaluate_version(request=EvaluationRequest("wood:1", dataset="shuffled"), actor="ada").evaluation
    assert evaluation.row_count == 60


def test_two_versions_of_several_targets_are_not_compared(trees: DatasetVersion) -> None:
    train(**NUMBERS)
    train(**NUMBERS, random_state=1)
    with pytest.raises(InvalidRequest, match=r"^wood:1 predicts several columns, and is not compared with another ver"):
        evaluate_version(request=EvaluationRequest("wood:1", dataset="trees", against="wood:2"), actor="ada")


def test_probabilities_are_refused(trees: DatasetVersion, tmp_path: Path) -> None:
    train(**CLASSES, estimator="decision_tree")
    asked = PredictionRequest("wood:1", "dataset:trees", str(tmp_path / "out.csv"), with_probabilities=True)
    with pytest.raises(InvalidRequest, match="`with_probabilities`: several columns are predicted, without probabil"):
        predict(request=asked, actor="ada")
    with pytest.raises(InvalidRequest, match=r"^wood:1 gives no probabilities"):
        load_model("wood:1").predict_proba(table())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target": "price,hight"}, r"^`target`: trees:1 has no column 'hight'"),
        ({"target": "price,price"}, r"^`target` names a column twice"),
        ({"target": "price,size"}, r"^`features`: 'size' is the target and can't be a feature"),
        ({"target": "price,colour"}, r"^`target`: 'price' is fit for regression and 'colour' for classification\. Sev"),
        ({"target": "colour,sold"}, r"^`target`: the classes of 'colour' are string and those of 'sold' boolean\. Se"),
        ({"target": "price,colour", "task": "regression"}, r"^The target 'colour' is string, and `task` regression ne"),
        ({**NUMBERS, "incremental": True, "estimator": "sgd"}, r"^`incremental` and several columns as `target`: batc"),
        ({**CLASSES, "params": {"class_weight": {"A": 2}}, "estimator": "svm"}, r"^`params` class_weight: of several"),
        ({**NUMBERS, "pipeline": f"{__name__}:make_svr"}, r"^`pipeline` .*: SVR predicts one target\. Put MultiOutput"),
    ],
)
def test_what_cant_be_is_refused_before_anything_is_read(
    trees: DatasetVersion, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(CatalogError, match=message):
        plan_training(request(**fields))


def test_a_comma_in_the_name_of_a_column_makes_no_two_targets(db: None, tmp_path: Path) -> None:
    make_dataset(tmp_path, table().rename(columns={"weight": "weight, kg"}), "trees")
    assert plan_training(request(target="weight, kg")).request.targets == ["weight, kg"]
    assert plan_training(request(target="price,weight, kg")).request.targets == ["price", "weight, kg"]
