"""A key that may get and put below one prefix, and not list, is enough to work with the catalog."""

from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.s3.bucket import Bucket
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.servers.seaweedfs import SeaweedFS


@pytest.fixture(scope="module")
def limited(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    made = machine(limited=True)
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR)
    return made


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("list_objects_v2", {"Prefix": "teams/blue/"}),
        ("get_object", {"Key": "tests/theirs"}),
        ("put_object", {"Key": "tests/theirs"}),
    ],
)
def test_the_limited_key_is_limited(seaweed: SeaweedFS, operation: str, arguments: dict[str, str]) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=seaweed.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=seaweed.limited_access_key,
        aws_secret_access_key=seaweed.limited_secret_key,
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(client, operation)(Bucket=seaweed.bucket, **arguments)
    client.close()


def test_a_limited_key_adds_a_dataset(limited: Machine, bucket: Bucket, cancer_csv: Path) -> None:
    assert bucket.read(bucket.only(limited, "-data.csv")) == cancer_csv.read_bytes()


def test_a_limited_key_trains(limited: Machine) -> None:
    (version,) = limited.json("versions", "tumour")["versions"]
    assert version["status"] == "READY"


def test_a_limited_key_stores_predictions_in_the_catalog(limited: Machine, bucket: Bucket) -> None:
    told = limited.json("predict", "tumour:1", "-i", "dataset:cancer")
    assert told["output"] == f"s3://{bucket.name}/{bucket.only(limited, 'predictions.csv')}"


def test_a_limited_key_predicts_to_a_path(limited: Machine, cancer_csv: Path) -> None:
    limited.run("predict", "tumour:latest", "-i", cancer_csv, "-o", "out.csv")
    assert len((limited.work / "out.csv").read_text().splitlines()) == 570


def test_a_limited_key_promotes(limited: Machine) -> None:
    assert limited.json("promote", "tumour:1", "--reason", "the only one")["reference"] == "tumour:1"


def test_check_storage_says_that_a_limited_key_may_not_list(limited: Machine) -> None:
    told = limited.json("check_storage")
    assert told["permitted"] == {"put": True, "head": True, "get": True, "list": False, "delete": True}
    assert told["conditional_writes"] is True


def test_check_storage_names_the_permission_that_is_lacking(limited: Machine, bucket: Bucket) -> None:
    said = limited.run("check_storage").stdout
    assert "NOT permitted" in said
    assert f"allow s3:ListBucket on s3://{bucket.name}/{limited.location}/" in said


def test_check_storage_makes_no_marker_unless_it_is_asked_to(limited: Machine, bucket: Bucket) -> None:
    before = bucket.objects(limited)
    limited.run("check_storage")
    assert bucket.objects(limited) == before
    assert f"{limited.location}/" not in before


def test_check_storage_makes_the_folders_marker_once(limited: Machine, bucket: Bucket) -> None:
    for _ in range(2):
        limited.run("check_storage", "--make-folder")
    assert bucket.client.head_object(Bucket=bucket.name, Key=f"{limited.location}/")["ContentLength"] == 0
    bucket.client.delete_object(Bucket=bucket.name, Key=f"{limited.location}/")


def test_check_storage_fails_outside_the_limited_prefix(limited: Machine) -> None:
    done = limited.run("check_storage", check=False, AWS_LOCATION="tests/theirs")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
