"""Columns that folders hold, of tables in a bucket: added, trained on, and predicted in one process and in parts."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client

from catalog.conf import NO_S3_OPTIONS
from catalog.models import DatasetVersion, Prediction
from catalog.progress import Progress
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.distributed.prediction_runs import predict_in_parts
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from catalog.storage.addresses import local_copy
from catalog.storage.s3_client import make_client
from tests.services.distributed.conftest import client, connected

__all__ = ["client", "connected"]

YEARS = (2024, 2025, 2026)
ROWS = 40
pytestmark = pytest.mark.django_db


def part(year: int) -> pa.Table:
    """Late is who flies in 2025, whatever the distance."""
    return pa.table({"km": np.arange(ROWS) + 0.5, "late": ["yes" if year == 2025 else "no"] * ROWS})


@pytest.fixture
def bucket(moto_storage: Any, settings: Any, tmp_path: Path) -> str:
    """A table in folders of years, whose files have no endings, and a model of it."""
    options = settings.STORAGES["default"]["OPTIONS"]
    settings.CATALOG["S3_OPTIONS"] = {name: options.get(name) for name in NO_S3_OPTIONS}
    with closing(make_client()) as s3:
        s3.create_bucket(Bucket="lake")
        for year in YEARS:
            pq.write_table(part(year), path := tmp_path / "part")
            s3.upload_file(str(path), "lake", f"flights/year={year}/2026_part")
    source = "s3://lake/flights/"
    add_dataset(name="flights", source=source, actor="ada")
    train_model(request=TrainingRequest("late", "flights", "late", estimator="decision_tree"), actor="ada")
    return source


def predictions(receipt: Prediction, folder: Path) -> list[str]:
    with local_copy(receipt.output_uri, progress=Progress()) as path:
        table = pd.read_parquet(path) if receipt.output_uri.endswith("parquet") else pd.read_csv(path)
    return list(table["prediction"])


EXPECTED = ["no"] * ROWS + ["yes"] * ROWS + ["no"] * ROWS


def test_a_bucket_of_years_is_read_whole_and_one_by_one(bucket: str, tmp_path: Path) -> None:
    version = DatasetVersion.objects.get()
    assert [column["name"] for column in version.schema] == ["km", "late", "year"]
    request = PredictionRequest("late:1", "dataset:flights")
    assert predictions(predict(request=request, actor="ada").receipt, tmp_path) == EXPECTED
    for year, late in zip(YEARS, ("no", "yes", "no"), strict=True):
        one = PredictionRequest("late:1", f"{bucket}year={year}/2026_part")
        assert set(predictions(predict(request=one, actor="ada").receipt, tmp_path)) == {late}


def test_parts_on_a_cluster_have_the_columns_of_their_folders(bucket: str, connected: Client, tmp_path: Path) -> None:
    for source in (bucket, "dataset:flights"):
        out = tmp_path / source.replace("/", "_")
        out.mkdir()
        predict_in_parts(request=PredictionRequest("late:1", source, str(out)), actor="ada")
        written = [pd.read_parquet(path)["prediction"] for path in sorted(out.glob("part-*"))]
        assert list(pd.concat(written)) == EXPECTED


def test_a_dataset_of_one_file_is_read_in_parts_as_it_was_added(bucket: str, connected: Client, tmp_path: Path) -> None:
    add_dataset(name="one", source=f"{bucket}year=2025/2026_part", actor="ada")
    (tmp_path / "out").mkdir()
    predict_in_parts(request=PredictionRequest("late:1", "dataset:one", str(tmp_path / "out")), actor="ada")
    [written] = (tmp_path / "out").glob("part-*")
    assert set(pd.read_parquet(written)["prediction"]) == {"yes"}
