"""A model that one machine trained predicts the same on another, which shares only the database and the bucket."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.factories import flights, write_csv
from tests.s3.bucket import Bucket
from tests.s3.machine import Machine

TRAIN = Path(__file__).parent / "programs" / "train_and_tell.py"
PREDICT = Path(__file__).parent / "programs" / "bare_prediction.py"


@dataclass(frozen=True)
class TrainedElsewhere:
    """A machine whose files are gone, and what its estimator predicted before it was saved."""

    machine: Machine
    classes: list[str]
    predictions: list[str]
    probabilities: list[list[float]]


def frequent(table: pd.DataFrame, *texts: str) -> pd.DataFrame:
    """Rows whose texts stand in many: what the held-out rows alone had would be missing to the model."""
    for name in texts:
        table = table[table.groupby(name)[name].transform("size") >= 30]
    return table


@pytest.fixture(scope="module", params=["hist_gradient_boosting", "logistic_regression"])
def elsewhere(
    request: pytest.FixtureRequest, machine: Callable[..., Machine], tmp_path_factory: pytest.TempPathFactory
) -> TrainedElsewhere:
    made, folder = machine(), tmp_path_factory.mktemp("told")
    source = write_csv(frequent(flights().drop(columns="tailnum"), "dest", "carrier"), folder)
    made.run("add_dataset", "flights", source)
    request_ = ("airport", "--dataset", "flights", "--target", "origin", "--estimator", request.param)
    made.run(folder / "told.json", *request_, "--param", "max_iter=20", program=TRAIN)
    source.unlink()
    made.forget_files()
    return TrainedElsewhere(made, **json.loads((folder / "told.json").read_text()))


@pytest.fixture(scope="module")
def other(elsewhere: TrainedElsewhere, machine: Callable[..., Machine]) -> Machine:
    """Another machine, which has predicted out.csv with the model."""
    made = machine(beside=elsewhere.machine)
    made.run("predict", "airport:1", "-i", "dataset:flights", "-o", "out.csv", "--proba")
    return made


def test_another_machine_predicts_the_same_classes(elsewhere: TrainedElsewhere, other: Machine) -> None:
    assert pd.read_csv(other.work / "out.csv")["prediction"].tolist() == elsewhere.predictions


def test_another_machine_predicts_the_same_probabilities(elsewhere: TrainedElsewhere, other: Machine) -> None:
    table = pd.read_csv(other.work / "out.csv")[[f"probability_{label}" for label in elsewhere.classes]]
    assert table.to_numpy() == pytest.approx(np.array(elsewhere.probabilities), rel=1e-12, abs=1e-15)


def test_a_promotion_on_one_machine_is_seen_on_another(elsewhere: TrainedElsewhere, other: Machine) -> None:
    elsewhere.machine.run("promote", "airport:1", "--reason", "the only one")
    told = other.json("predict", "airport", "-i", "dataset:flights", "-o", "promoted.csv")
    assert told["reference"] == "airport:1"


def test_what_a_machine_has_fetched_it_needs_no_server_for(other: Machine) -> None:
    other.run("predict", "airport:1", "-i", "dataset:flights", "-o", "again.csv", AWS_ENDPOINT_URL="http://127.0.0.1:9")


def test_the_stored_model_needs_scikit_learn_and_pandas_alone(
    elsewhere: TrainedElsewhere, bucket: Bucket, tmp_path: Path
) -> None:
    files = {}
    for ending in ("-model.joblib", "models/airport/v0001/manifest.json", "-data.csv"):
        files[ending] = tmp_path / ending.replace("/", "-")
        files[ending].write_bytes(bucket.read(bucket.only(elsewhere.machine, ending)))
    done = subprocess.run(
        [sys.executable, "-I", PREDICT, *files.values()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["predictions"] == elsewhere.predictions
    assert told["probabilities"] == [pytest.approx(row, rel=1e-12, abs=1e-15) for row in elsewhere.probabilities]
