"""Rows that weigh in the fit, classes that weigh alike, and the main metric that people choose."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.models import DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.training.repeat_command import repeat_command
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.factories import make_dataset
from tests.services import snapshots


@pytest.fixture
def weighed(db: None, tmp_path: Path) -> DatasetVersion:
    """The departures, of which those of EWR weigh nothing."""
    table = snapshots.departures()
    return make_dataset(tmp_path, table.assign(weight=(table["origin"] != "EWR") * 1.5), "departures")


def train(**fields: Any) -> ModelVersion:
    asked = {"name": "late", "dataset": "departures", "target": "late", "estimator": "decision_tree", **fields}
    return train_model(request=TrainingRequest(**asked), actor="ada").version


def test_rows_that_weigh_nothing_are_not_learned_from(db: None, tmp_path: Path) -> None:
    """A dummy predicts the mean distance of the rows that count; those of EWR are all far."""
    table = snapshots.departures()
    is_far = table["origin"] == "EWR"
    far = table.assign(distance=table["distance"].where(~is_far, 100_000), weight=(~is_far) * 1.5)
    make_dataset(tmp_path, far, "departures")
    asked = {"estimator": "dummy", "target": "distance", "task": "regression", "features": ["origin"]}
    alike, apart = train(name="alike", **asked), train(name="apart", sample_weight="weight", **asked)
    means = [version.report["sample"]["predictions"][0] for version in (alike, apart)]
    assert means[1] < table["distance"].max() < means[0]
    assert apart.report["request"]["sample_weight"] == "weight"


def test_the_weight_is_no_feature(weighed: DatasetVersion) -> None:
    version = train(sample_weight="weight", cv=3)
    assert "weight" not in [column["name"] for column in version.signature["inputs"]]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sample_weight": "wait"}, "`sample_weight`: departures:1 has no column 'wait'. Did you mean weight?"),
        ({"sample_weight": "origin"}, "`sample_weight`: 'origin' is string, and weights are numbers"),
        ({"sample_weight": "late"}, "`sample_weight`: 'late' weighs the rows, and can't be a feature or the target"),
        ({"sample_weight": "weight", "estimator": "knn"}, "`sample_weight`: knn takes no weights when it is fitted"),
        ({"sample_weight": "weight", "estimator": "sgd", "incremental": True}, "`incremental` and `sample_weight`"),
        ({"class_weight": "balanced", "estimator": "knn"}, "`class_weight`: knn takes no weights when it is fitted"),
        ({"class_weight": "heavy"}, "`class_weight` must be balanced, or left out, not 'heavy'"),
        ({"class_weight": "balanced", "target": "distance", "task": "regression"}, "this is a regression"),
        ({"class_weight": "balanced", "params": {"class_weight": None}}, "both say how classes weigh"),
        ({"sample_weight": "weight", "metric": "max_error", "target": "distance", "task": "regression"}, "max_error"),
        ({"metric": "f2"}, "`metric` 'f2' is no metric of a classification or scorer"),
        ({"metric": "f1", "task": "outliers", "target": ""}, "`metric`: `task` outliers has no target"),
    ],
)
def test_what_can_not_be_weighed_or_measured_is_refused(
    weighed: DatasetVersion, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message.replace("(", r"\(")):
        train(**asked)
    assert not ModelVersion.objects.exists()


def test_metrics_count_rows_by_their_weights_and_say_so(weighed: DatasetVersion) -> None:
    """As an evaluation on the same rows measures them, which weigh as they did; without the weights it is another."""
    version = train(sample_weight="weight", params={"max_depth": 2}, cv=3)
    values = {name: metric["value"] for name, metric in version.metrics.items()}
    measured = [
        evaluate_version(request=EvaluationRequest("late:1", like="late:1"), actor="ada").evaluation,
        evaluate_version(request=EvaluationRequest("late:1", dataset="departures"), actor="ada").evaluation,
    ]
    found = [{name: metric["value"] for name, metric in evaluation.metrics.items()} for evaluation in measured]
    assert found[0] == pytest.approx(values, rel=1e-9)
    assert found[1] != pytest.approx(values, rel=1e-3)
    assert [evaluation.weighted_by for evaluation in measured] == [version.weighted_by, ""] == ["weight", ""]
    assert measured[0].rows_text == "60 of the held-out rows of late:1, weighed by weight"


def test_held_out_rows_of_which_none_weighs_anything_measure_nothing(db: None, tmp_path: Path) -> None:
    table = snapshots.departures()
    make_dataset(tmp_path, table.assign(weight=(table["time_hour"].rank() < 200) * 1.0), "departures")
    with pytest.raises(InvalidData, match="`sample_weight`: of the rows held out none weighs anything"):
        train(sample_weight="weight", split="time:time_hour")


def test_a_negative_weight_is_refused(db: None, tmp_path: Path) -> None:
    make_dataset(tmp_path, snapshots.departures().assign(weight=-1.0), "departures")
    with pytest.raises(InvalidData, match="`sample_weight`: 'weight' must hold a number of 0 or more in each row"):
        train(sample_weight="weight")


@pytest.fixture
def uneven(db: None, tmp_path: Path) -> pd.DataFrame:
    """One late departure of ten."""
    table = snapshots.departures()
    late = table[table["late"]].iloc[::4]
    table = pd.concat([table[~table["late"]], late], ignore_index=True)
    make_dataset(tmp_path, table, "departures")
    return table


@pytest.mark.parametrize("estimator", ["logistic_regression", "naive_bayes"])
def test_balanced_classes_are_found_more_often(uneven: pd.DataFrame, estimator: str) -> None:
    """One has class weights of its own, rows weigh for the other."""
    found = []
    for class_weight in ("", "balanced"):
        version = train(estimator=estimator, class_weight=class_weight, features=["distance", "dep_time"])
        matrix = version.report["confusion_matrix"]["counts"]
        found.append(sum(row[1] for row in matrix))
    assert found[0] < found[1]


def test_a_search_and_its_folds_are_weighed(weighed: DatasetVersion) -> None:
    space = {"max_depth": [2, 3]}
    version = train(sample_weight="weight", search="grid", search_space=space, cv=3)
    assert version.report["search"]["candidates"] == 2


def test_a_scorer_is_the_main_metric_everywhere(weighed: DatasetVersion) -> None:
    version = train(metric="neg_brier_score", cv=3, search="grid", search_space={"max_depth": [2, 3]})
    record = version.metrics["neg_brier_score"]
    assert version.primary_value == record["value"] < 0
    assert record["higher_is_better"]
    assert {"baseline", "training", "mean"} <= record.keys()
    assert version.report["search"]["metric"] == "neg_brier_score"
    assert RegisteredModel.objects.get().primary_metric == "neg_brier_score"


def test_later_versions_are_judged_by_the_metric_of_the_first(weighed: DatasetVersion) -> None:
    train(metric="f1")
    assert train().primary_value is not None
    with pytest.raises(InvalidRequest, match="`metric`: late is judged by f1, and could not be by roc_auc as well"):
        train(metric="roc_auc")


def test_batches_are_judged_by_a_scorer_too(weighed: DatasetVersion) -> None:
    version = train(estimator="sgd", incremental=True, metric="matthews_corrcoef")
    assert version.primary_value == version.metrics["matthews_corrcoef"]["value"]


def test_a_metric_that_has_no_value_stores_nothing(weighed: DatasetVersion) -> None:
    with pytest.raises(InvalidData, match="`metric` f1 has no value for these held-out rows"):
        train(target="origin", metric="f1", name="origin")
    assert not ModelVersion.objects.exists()


def test_the_command_that_repeats_a_training_weighs_and_measures_alike(weighed: DatasetVersion) -> None:
    first = train(metric="f1", sample_weight="weight", class_weight="balanced", alias="staging", reason="a try")
    said = repeat_command(first)
    assert said.endswith("--metric f1 --sample-weight weight --class-weight balanced")
    assert not {"--alias", "--reason", "--compare-with"} & set(said.split())
