"""The pages of a run in parts and of a dataset of many files."""

from pathlib import Path
from typing import Any

from django.test import Client
from django.urls import reverse

from catalog.models import ModelVersion, Prediction
from catalog.services.datasets.add_dataset import add_dataset
from tests.admin.people import read_page
from tests.services.snapshots import departures, late_version

PART = {"source": "s3://bucket/raw/7.parquet", "etag": "e", "rows": 1234, "bytes": 2048, "sha256": "ab" * 32}


def receipt(**fields: Any) -> Prediction:
    late_version().restore()
    version = ModelVersion.objects.get()
    needed = {"output_bytes": 1, "row_count": 1234, "seconds": 1.0, "model_sha256": version.sha256}
    return Prediction.objects.create(model_version=version, created_by="ada", **needed, **fields)


def test_a_receipt_shows_its_parts(root: Client) -> None:
    shown = receipt(status="READY", part_count=1, parts=[{"name": "part-00000.parquet", **PART}])
    page = read_page(root.get(reverse("admin:catalog_prediction_change", args=[shown.pk])))
    assert "1,234 rows of 1 part " in page
    for text in ("part-00000.parquet", "s3://bucket/raw/7.parquet", "abababababab…"):
        assert text in page


def test_a_run_that_stopped_says_how_to_go_on(root: Client) -> None:
    shown = receipt(status="STOPPED", part_count=3, failure="The scheduler is gone")
    page = root.get(reverse("admin:catalog_prediction_change", args=[shown.pk])).content.decode()
    assert f"manage.py predict --resume {shown.pk}" in page
    assert "The scheduler is gone" in page


def test_a_dataset_of_many_files_shows_how_many_and_how_large(root: Client, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    for name in ("a.csv", "b.csv"):
        departures().to_csv(tmp_path / "many" / name, index=False)
    version = add_dataset(name="many", source=str(tmp_path / "many"), actor="ada").version
    page = root.get(reverse("admin:catalog_datasetversion_change", args=[version.pk])).content.decode()
    assert "600 rows" in page
    assert "(2 files)" in page
