"""Predictions in parts on two workers, through SeaweedFS: part by part what one process predicts."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.factories import flights, write_csv
from tests.s3.bucket import Bucket
from tests.s3.cluster import Cluster, cluster
from tests.s3.machine import Machine

PARTS, ROWS = 4, 500
FEATURES = "carrier,distance,dep_time,hour,month"


@dataclass(frozen=True)
class Parted:
    """A cluster of two workers, and the same rows in the bucket as many files and as one."""

    cluster: Cluster
    bucket: Bucket
    rows: pd.DataFrame

    @property
    def user(self) -> Machine:
        return self.cluster.user

    def key(self, name: str) -> str:
        return f"{self.user.location}-data/{name}"

    def address(self, name: str) -> str:
        return f"s3://{self.bucket.name}/{self.key(name)}"

    def in_one_process(self, reference: str) -> pd.DataFrame:
        path = self.user.work / f"{reference}.parquet"
        if not path.exists():
            self.user.run("predict", reference, "-i", self.address("one.parquet"), "-o", path, *OPTIONS)
        return pd.read_parquet(path)

    def in_parts(self, reference: str, source: str, *options: object) -> dict[str, Any]:
        return self.user.json("predict", reference, "-i", self.address(source), "--engine", "dask", *OPTIONS, *options)

    def receipt(self, told: dict[str, Any]) -> dict[str, Any]:
        """The receipt as its manifest tells of it."""
        manifest = told["output"].replace("_parts.json", "manifest.json").removeprefix(f"s3://{self.bucket.name}/")
        values: dict[str, Any] = json.loads(self.bucket.read(manifest))
        return values

    def part(self, told: dict[str, Any], name: str) -> bytes:
        return self.bucket.read(told["output"].replace("_parts.json", name).removeprefix(f"s3://{self.bucket.name}/"))


OPTIONS = ("--id-column", "row", "--proba")


@pytest.fixture(scope="module")
def parted(
    machine: Callable[..., Machine], bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Parted]:
    rows = flights().assign(row=range(PARTS * ROWS))
    with cluster(machine, machine()) as running:
        made = Parted(running, bucket, rows)
        folder = tmp_path_factory.mktemp("parts")
        running.user.run("add_dataset", "flights", write_csv(rows, folder))
        for estimator in ("decision_tree", "logistic_regression"):
            asked = ("train_model", estimator.replace("_", "-"), "--dataset", "flights", "--target", "origin")
            running.user.run(*asked, "--estimator", estimator, "--features", FEATURES)
        for number in range(PARTS):
            part = rows.iloc[number * ROWS : (number + 1) * ROWS]
            bucket.write(made.key(f"many/f{number}.parquet"), _parquet(part))
            bucket.write(made.key(f"texts/f{number}.csv"), part.to_csv(index=False).encode())
        bucket.write(made.key("many/_SUCCESS"), b"")
        running.user.run("add_dataset", "many", made.address("many/"))
        bucket.write(made.key("one.parquet"), _parquet(rows, row_group_size=ROWS // 2))
        running.add_workers()
        yield made


def _parquet(rows: pd.DataFrame, **options: Any) -> bytes:
    target = BytesIO()
    rows.to_parquet(target, index=False, **options)
    return target.getvalue()


def _stored(parted: Parted, told: dict[str, Any]) -> pd.DataFrame:
    """All parts, one after another."""
    names = [part["name"] for part in parted.receipt(told)["parts"]]
    return pd.concat([pq.read_table(BytesIO(parted.part(told, name))).to_pandas() for name in names])


@pytest.mark.parametrize("source", ["many/", "one.parquet"])
def test_a_tree_predicts_in_parts_what_it_predicts_in_one_process_bit_for_bit(parted: Parted, source: str) -> None:
    told = parted.in_parts("decision-tree:1", source, "--part-size", "0.02")
    expected = parted.in_one_process("decision-tree:1")
    assert (told["rows"], told["parts"] >= PARTS) == (PARTS * ROWS, True)
    pd.testing.assert_frame_equal(_stored(parted, told).reset_index(drop=True), expected, check_exact=True)


def test_a_linear_model_predicts_in_parts_the_same_labels_and_nearly_the_same_numbers(parted: Parted) -> None:
    told = parted.in_parts("logistic-regression:1", "many/*.parquet")
    expected = parted.in_one_process("logistic-regression:1")
    found = _stored(parted, told).reset_index(drop=True)
    assert found["prediction"].tolist() == expected["prediction"].tolist()
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12, atol=0)


def test_csv_parts_become_csv_parts_in_a_folder_of_ones_own(parted: Parted) -> None:
    told = parted.in_parts("decision-tree:1", "texts/*.csv", "-o", parted.address("scored/"))
    listed = json.loads(parted.bucket.read(parted.key("scored/_parts.json")))
    texts = [parted.bucket.read(parted.key(f"scored/{part['name']}")).decode() for part in listed["parts"]]
    rows = pd.concat([pd.read_csv(BytesIO(text.encode())) for text in texts])
    assert (told["output"], listed["rows"]) == (parted.address("scored/"), PARTS * ROWS)
    pd.testing.assert_frame_equal(
        rows.reset_index(drop=True), parted.in_one_process("decision-tree:1"), check_exact=True, check_dtype=False
    )


def test_the_receipt_counts_parts_and_rows_and_holds_each_parts_digest(parted: Parted) -> None:
    told = parted.in_parts("decision-tree:1", "many/")
    receipt = parted.receipt(told)
    assert (receipt["part_count"], receipt["row_count"], receipt["status"]) == (PARTS, PARTS * ROWS, "READY")
    for number, part in enumerate(receipt["parts"]):
        content = parted.part(told, part["name"])
        assert part["source"] == parted.address(f"many/f{number}.parquet")
        assert (part["rows"], part["bytes"]) == (ROWS, len(content))
        assert part["sha256"] == hashlib.sha256(content).hexdigest()
    assert parted.user.rows("SELECT * FROM catalog_predictionpart") == []


def test_a_dataset_of_many_files_is_predicted_file_by_file(parted: Parted) -> None:
    told = parted.user.json("predict", "decision-tree:1", "-i", "dataset:many", "--engine", "dask", *OPTIONS)
    receipt = parted.receipt(told)
    assert (receipt["input_dataset_version"], told["parts"]) == ("many:1", PARTS)
    expected = parted.in_one_process("decision-tree:1")
    pd.testing.assert_frame_equal(_stored(parted, told).reset_index(drop=True), expected, check_exact=True)


def test_a_dataset_of_many_files_of_which_one_changed_is_refused_wherever_it_is_read(parted: Parted) -> None:
    changed = _parquet(parted.rows.iloc[:7])
    commands = [
        ("predict", "decision-tree:1", "-i", "dataset:many", "--engine", "dask"),
        ("predict", "decision-tree:1", "-i", "dataset:many", "-o", "never.csv"),
        ("train_model", "never", "--dataset", "many", "--target", "origin"),
    ]
    with parted.bucket.changed(parted.key("many/f2.parquet"), changed):
        for command in commands:
            done = parted.user.run(*command, check=False)
            assert (done.returncode, f"{parted.address('many/f2.parquet')} changed since" in done.stderr) == (1, True)
    told = parted.user.json(*commands[1])
    assert told["rows"] == PARTS * ROWS
