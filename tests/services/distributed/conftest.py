"""A cluster within the test's own process: real Dask, whose workers are threads and share the test's settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from catalog.models import ModelVersion, Prediction
from catalog.services.distributed import prediction_runs
from catalog.services.prediction.prediction_request import PredictionRequest
from tests.services.integrity.catalogs import make_sound
from tests.services.snapshots import departures, late_version

PARTS = 3


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(**options) as cluster, Client(cluster, set_as_default=False) as connected:
        yield connected


@pytest.fixture
def connected(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The cluster, which runs in parts find."""

    @contextmanager
    def connect() -> Iterator[Client]:
        yield client

    monkeypatch.setattr(prediction_runs, "connect", connect)
    return client


@pytest.fixture
def sound(db: None, connected: Client) -> ModelVersion:
    """`late:1` of a catalog in which everything agrees, with a cluster to predict with it."""
    late_version().restore()
    return make_sound(ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The departures in three CSV files."""
    made = tmp_path / "many"
    made.mkdir()
    for number in range(PARTS):
        departures().iloc[number * 100 : (number + 1) * 100].to_csv(made / f"{number}.csv", index=False)
    return made


def run(source: Path, **options: Any) -> Prediction:
    request = PredictionRequest("late:1", str(source), **options)
    return prediction_runs.predict_in_parts(request=request, actor="ada").receipt
