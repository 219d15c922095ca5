"""Pipelines with imbalanced-learn, skrub and category_encoders, from the training to a file and a loaded model."""

from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog import load_model
from catalog.exceptions import TrainingFailed
from catalog.models import DatasetVersion, ModelVersion
from catalog.services.prediction.predict import PredictionRequest, predict
from catalog.services.registry.facts import recorded_values
from catalog.services.requirements import model_requirements
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.ml.training import pipelines_of_others
from tests.services import snapshots

LIBRARIES = {"smote": "imbalanced-learn", "tabular_classifier": "skrub", "target_encoder": "category_encoders"}


def train(name: str, **fields: str) -> ModelVersion:
    path, features = f"{pipelines_of_others.__name__}:{name}", ["carrier", "distance", "dep_time"]
    asked: dict[str, Any] = {"pipeline": path, "features": features, **fields}
    return train_model(request=TrainingRequest("m", "departures", "late", **asked), actor="ada").version


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_pipeline_predicts_a_file_as_a_request_and_names_its_library(
    departures_v1: DatasetVersion, name: str, tmp_path: Path
) -> None:
    version = train(name)
    predict(request=PredictionRequest("m:1", "dataset:departures", str(tmp_path / "out.csv")), actor="ada")
    of_file = pd.read_csv(tmp_path / "out.csv")["prediction"].tolist()
    rows = snapshots.departures().to_dict("records")
    assert load_model("m:1").predict(rows).tolist() == of_file
    library = LIBRARIES[name]
    assert f"{library}=={metadata.version(library)}" in model_requirements(version=version)
    assert any(key.endswith("random_state") for key in recorded_values(version)["all_params"])


@pytest.mark.filterwarnings("ignore")
def test_what_skops_can_not_keep_is_one_line(departures_v1: DatasetVersion) -> None:
    with pytest.raises(TrainingFailed, match=r"^`artifact_format` skops: skops can't keep this Pipeline \(.*joblib\.$"):
        train("target_encoder", artifact_format="skops")
    assert not ModelVersion.objects.exists()
