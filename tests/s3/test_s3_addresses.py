"""Files that people name as s3://bucket/key are read and written whole."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from tests.factories import breast_cancer
from tests.s3.bucket import Bucket
from tests.s3.machine import Machine


@pytest.fixture
def address(trained: Machine, bucket: Bucket) -> str:
    """A folder of its own in the bucket, with the data and with the data that lack a column."""
    folder = f"{trained.location}/elsewhere"
    bucket.write(f"{folder}/in.csv", breast_cancer().to_csv(index=False).encode())
    bucket.write(f"{folder}/lacking.csv", breast_cancer().drop(columns="mean area").to_csv(index=False).encode())
    for name in ("out.csv", "old.csv"):
        bucket.client.delete_object(Bucket=bucket.name, Key=f"{folder}/{name}")
    return f"s3://{bucket.name}/{folder}"


def key(address: str) -> str:
    return address.removeprefix("s3://").partition("/")[2]


def test_a_dataset_is_added_from_an_address(trained: Machine, bucket: Bucket, address: str) -> None:
    told = trained.json("add_dataset", "from-s3", f"{address}/in.csv")
    assert told["sha256"] == bucket.sha256(key(f"{address}/in.csv"))


def test_an_address_gives_the_same_predictions_as_a_path(
    trained: Machine, bucket: Bucket, address: str, cancer_csv: Path
) -> None:
    trained.run("predict", "tumour", "-i", cancer_csv, "-o", "out.csv")
    trained.run("predict", "tumour", "-i", f"{address}/in.csv", "-o", f"{address}/out.csv")
    assert bucket.read(key(f"{address}/out.csv")) == (trained.work / "out.csv").read_bytes()


def test_a_prediction_replaces_the_object_at_its_destination(
    trained: Machine, bucket: Bucket, address: str, cancer_csv: Path
) -> None:
    bucket.write(key(f"{address}/old.csv"), b"old")
    trained.run("predict", "tumour", "-i", cancer_csv, "-o", f"{address}/old.csv")
    assert bucket.read(key(f"{address}/old.csv")).startswith(b"prediction\n")


def test_parquet_is_written_to_an_address_by_its_name(
    trained: Machine, bucket: Bucket, address: str, cancer_csv: Path, tmp_path: Path
) -> None:
    told = trained.json("predict", "tumour", "-i", cancer_csv, "-o", f"{address}/out.parquet")
    content = bucket.read(key(f"{address}/out.parquet"))
    (tmp_path / "out.parquet").write_bytes(content)
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == told["rows"] == 569
    assert hashlib.sha256(content).hexdigest() == told["output_sha256"]


@pytest.mark.parametrize("old", [b"old", None], ids=["over an old object", "where none was"])
def test_a_failed_prediction_changes_nothing_at_its_destination(
    trained: Machine, bucket: Bucket, address: str, old: bytes | None
) -> None:
    destination = f"{address}/old.csv"
    if old:
        bucket.write(key(destination), old)
    before = bucket.objects(trained)
    done = trained.run("predict", "tumour", "-i", f"{address}/lacking.csv", "-o", destination, check=False)
    assert done.returncode == 1
    assert "has no column 'mean area'" in done.stderr
    assert bucket.objects(trained) == before


def test_an_address_without_an_object_is_named(trained: Machine, address: str) -> None:
    done = trained.run("add_dataset", "from-s3", f"{address}/nothing.csv", check=False)
    assert done.returncode == 1
    assert f"{address}/nothing.csv at {trained.environment['AWS_ENDPOINT_URL']}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
