"""Models that predict no column: clusters of rows, and rows that are unlike the others."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.test import Client

from catalog import load_model
from catalog.exceptions import InvalidRequest
from catalog.models import DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote
from catalog.services.training.plan import plan_training
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import Trained, train_model
from tests.commands.conftest import Run, run
from tests.services import snapshots
from tests.services.integrity.catalogs import settle
from tests.services.integrity.rebuilds import rebuild_from_nothing

__all__ = ["run"]


def request(**fields: Any) -> TrainingRequest:
    return TrainingRequest(**{"name": "kinds", "dataset": "departures", "drop": ["late"], **fields})


def train(**fields: Any) -> Trained:
    return train_model(request=request(**fields), actor="ada")


KMEANS = {"task": "clustering", "estimator": "kmeans", "params": {"n_clusters": 3}}


def predicted(reference: str, folder: Path) -> list[Any]:
    asked = PredictionRequest(reference, "dataset:departures", str(folder / "out.csv"), id_columns=["distance"])
    predict(request=asked, actor="ada")
    return pd.read_csv(folder / "out.csv")["prediction"].tolist()


@pytest.mark.parametrize("estimator", ["kmeans", "gaussian_mixture", "sklearn.cluster:MiniBatchKMeans"])
def test_clusters_are_trained_compared_by_their_silhouette_and_predicted(
    departures_v1: DatasetVersion, tmp_path: Path, estimator: str
) -> None:
    name = "n_components" if estimator == "gaussian_mixture" else "n_clusters"
    version = train(**{**KMEANS, "estimator": estimator, "params": {name: 3}}).version
    assert version.metrics.keys() == {"silhouette"}
    assert version.metrics["silhouette"]["baseline"] is None
    assert version.primary_value == version.metrics["silhouette"]["value"] > 0
    assert (version.target, version.signature["output"]["name"]) == ("", "cluster")
    assert sum(version.report["predicted_rows"].values()) == 60
    clusters = predicted("kinds:1", tmp_path)
    assert {*clusters} == {0, 1, 2}
    assert load_model("kinds:1").predict(snapshots.departures()).tolist() == clusters


@pytest.mark.parametrize("estimator", ["isolation_forest", "local_outlier_factor"])
def test_outliers_are_trained_compared_by_their_share_and_predicted(
    departures_v1: DatasetVersion, tmp_path: Path, estimator: str
) -> None:
    version = train(task="outliers", estimator=estimator, params={"contamination": 0.1}).version
    assert version.metrics.keys() == {"outlier_share"}
    assert 0 < version.metrics["outlier_share"]["value"] < 0.4
    assert {*predicted("kinds:1", tmp_path)} == {-1, 1}


def test_the_columns_that_clusters_hang_on_are_told(departures_v1: DatasetVersion) -> None:
    importances = train(**KMEANS, features=["distance", "dep_time"]).version.report["importances"]
    assert {item["feature"] for item in importances} == {"distance", "dep_time"}
    assert importances[0]["mean"] > 0
    assert all(0 <= item["mean"] <= 1 for item in importances)


def test_a_page_draws_rows_by_cluster_and_scores_of_outliers(
    departures_v1: DatasetVersion, admin_client: Client
) -> None:
    page = shown(admin_client, train(**KMEANS).version)
    assert "Part of the rows that change their cluster" in " ".join(page.split())
    assert '<th scope="col">Cluster</th>' in page
    outliers = train(name="odd", task="outliers", estimator="isolation_forest").version
    assert sum(outliers.report["outlier_scores"]["counts"]) == 60
    page = shown(admin_client, outliers)
    assert "Scores: what is below 0 is an outlier" in page
    assert '<th scope="col">Verdict</th>' in page


def shown(client: Client, version: ModelVersion) -> str:
    return client.get(f"/admin/catalog/modelversion/{version.pk}/change/").content.decode()


def test_they_are_promoted_verified_and_rebuilt(departures_v1: DatasetVersion) -> None:
    train(**KMEANS)
    promote(reference="kinds:1", alias="production", actor="ada")
    train(**KMEANS)
    settle()
    assert verify_catalog(replay=True).findings == []
    assert rebuild_from_nothing().findings == []
    assert RegisteredModel.objects.get().task == "clustering"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, r"^`target` is missing: name the column to predict, or say `task` clustering or outliers"),
        (
            {**KMEANS, "target": "late"},
            r"^`target`: `task` clustering has no target to predict or to be scored by\. Le",
        ),
        ({**KMEANS, "cv": 3}, r"^`cv`: `task` clustering has no target"),
        ({**KMEANS, "incremental": True}, r"^`incremental`: `task` clustering has no target"),
        ({**KMEANS, "search": "grid", "search_space": {"n_clusters": [2]}}, r"^`search`: `task` clustering has no"),
        (
            {"task": "outliers"},
            r"^`estimator` hist_gradient_boosting has no outliers\. For it there are: isolation_for",
        ),
        ({**KMEANS, "task": "outliers"}, r"^`estimator` kmeans has no outliers"),
        (
            {**KMEANS, "estimator": "sklearn.ensemble:IsolationForest", "params": {}},
            r"is an outlier detector, and the ta",
        ),
        (
            {**KMEANS, "estimator": "sklearn.cluster:DBSCAN", "params": {}},
            r"is not a scikit-learn estimator class with fit",
        ),
    ],
)
def test_what_cant_be_is_refused_before_anything_is_read(
    departures_v1: DatasetVersion, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        plan_training(request(**fields))


def test_a_model_of_one_task_takes_no_other(departures_v1: DatasetVersion) -> None:
    train(**KMEANS)
    with pytest.raises(InvalidRequest, match=r"^kinds is a clustering model, and this would be outliers\. Give it an"):
        train(task="outliers", estimator="isolation_forest")


def test_the_command_says_what_was_trained(departures_v1: DatasetVersion, run: Run) -> None:
    options = ("--dataset=departures", "--task=clustering", "--estimator=kmeans", "--param=n_clusters=3")
    lines = run("train_model", "kinds", *options, "--features=distance,dep_time").lines
    assert lines[0].endswith(": kmeans, clustering from departures:1.")
    assert lines[1] == "  240 rows to train, 60 held out."
    assert lines[3].split()[0] == "silhouette"


def test_on_other_rows_nothing_tells_whether_they_are_right(departures_v1: DatasetVersion) -> None:
    train(**KMEANS)
    with pytest.raises(InvalidRequest, match=r"^kinds:1 predicts no column: no rows tell whether it is right"):
        evaluate_version(request=EvaluationRequest("kinds:1", dataset="departures"), actor="ada")
