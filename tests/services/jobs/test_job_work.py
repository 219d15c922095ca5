"""What a job does once a worker has it."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.exceptions import InvalidData
from catalog.models import ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs import job_work
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.predict import PredictionRequest, predict
from tests.services.integrity.catalogs import make_sound, settle
from tests.services.jobs.workers import claimed, queue_job
from tests.services.snapshots import departures


@pytest.mark.parametrize(
    "asked",
    [
        {"params": {"C": math.inf}},
        {"search": "grid", "search_space": {"C": [1.0, math.inf]}, "cv": 2},
    ],
)
def test_an_infinite_parameter_is_taken_as_scikit_learn_takes_it(late_v1: ModelVersion, asked: dict[str, Any]) -> None:
    make_sound(late_v1)
    job = queue_job(estimator="logistic_regression", features=["distance"], **asked)
    job.refresh_from_db()
    assert all(job.request[name] == value for name, value in asked.items())
    job_work.run(lease=claimed(job), progress=Progress())
    settle()
    version = ModelVersion.objects.get(number=2)
    assert "params" not in asked or version.params["C"] == math.inf
    assert [finding for finding in verify_catalog().findings if "event" not in finding.where] == []


@pytest.fixture
def partitioned(tmp_path: Path) -> Path:
    """A file of an office, in a folder that holds the origin of its flights."""
    (folder := tmp_path / "origin=EWR").mkdir()
    table: pd.DataFrame = departures().drop(columns="origin").assign(distance=1.5)
    table.to_csv(folder / "new.csv", sep=";", decimal=",", index=False)
    return folder / "new.csv"


def test_a_file_that_was_copied_for_the_job_keeps_the_column_that_its_folder_holds(
    late_v1: ModelVersion, partitioned: Path
) -> None:
    asked = PredictionRequest("late:1", str(partitioned), with_probabilities=True)
    here = predict(request=asked, actor="ada").receipt
    told = job_work.run(lease=claimed(start_prediction(request=asked, actor="ada")), progress=Progress())
    assert told == "Predicted 300 rows with late:1. Read as ;-separated, decimal comma (distance, dep_time)."
    assert Prediction.objects.exclude(pk=here.pk).get().output_sha256 == here.output_sha256


def test_an_uploaded_file_is_in_no_folder_of_a_table(late_v1: ModelVersion, partitioned: Path) -> None:
    asked = PredictionRequest("late:1", str(partitioned))
    job = start_prediction(request=asked, actor="ada", file_name="new.csv")
    with pytest.raises(InvalidData, match="has no column 'origin'"):
        job_work.run(lease=claimed(job), progress=Progress())
