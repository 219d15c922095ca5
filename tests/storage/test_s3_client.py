"""What the settings say of encryption, paying and addresses is what goes to S3."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from catalog.storage.s3 import S3CatalogStorage
from catalog.storage.s3_client import make_client
from s3site.bucket_origins import download_origins

NONE = {"ServerSideEncryption": "", "SSEKMSKeyId": "", "RequestPayer": ""}
OPTIONS = {"access_key": "any", "secret_key": "any", "security_token": None, "region_name": "eu-central-1"}
MIB = 1024 * 1024


@pytest.fixture
def amazon(settings: Any) -> Iterator[S3CatalogStorage]:
    settings.CATALOG["S3_OPTIONS"] = OPTIONS | {"endpoint_url": None}
    with mock_aws():
        boto3.client("s3", "us-east-1", aws_access_key_id="any", aws_secret_access_key="any").create_bucket(
            Bucket="teams"
        )
        yield S3CatalogStorage(**OPTIONS, bucket_name="teams", location="blue")


def put(storage: S3CatalogStorage, size: int) -> dict[str, Any]:
    """The answer to HEAD of a new object of that many bytes."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(bytes(size))
        storage.put("a.csv", Path(file.name), upload_token="a" * 32, sha256="")
    head: dict[str, Any] = storage.client.head_object(Bucket="teams", Key="blue/a.csv")
    return head


@pytest.mark.parametrize("size", [10, MIB + 1, 65 * MIB])
def test_objects_of_all_sizes_are_encrypted(amazon: S3CatalogStorage, settings: Any, size: int) -> None:
    settings.CATALOG["S3_PARAMETERS"] = NONE | {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/ours"}
    head = put(amazon, size)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/ours")


def test_without_the_setting_the_bucket_decides(amazon: S3CatalogStorage, settings: Any) -> None:
    settings.CATALOG["S3_PARAMETERS"] = NONE
    assert "SSEKMSKeyId" not in put(amazon, 10)


def test_what_is_published_elsewhere_is_encrypted_too(amazon: S3CatalogStorage, settings: Any) -> None:
    settings.CATALOG["S3_PARAMETERS"] = NONE | {"ServerSideEncryption": "AES256"}
    client = make_client()
    client.put_object(Bucket="teams", Key="out.csv", Body=b"")
    assert client.head_object(Bucket="teams", Key="out.csv")["ServerSideEncryption"] == "AES256"


def test_every_request_says_who_pays(amazon: S3CatalogStorage, settings: Any) -> None:
    settings.CATALOG["S3_PARAMETERS"] = NONE | {"RequestPayer": "requester"}
    sent: list[Any] = []
    amazon.client.meta.events.register("before-send.s3", lambda request, **kwargs: sent.append(request.headers))
    put(amazon, 65 * MIB)
    list(amazon.walk(""))
    amazon.delete_own("a.csv", upload_token="a" * 32)
    assert len(sent) > 5
    assert {headers["x-amz-request-payer"] for headers in sent} == {b"requester"}
    assert amazon.download_url("a.csv", file_name="a.csv") == ""


def test_who_reads_without_keys_does_not_pay(amazon: S3CatalogStorage, settings: Any) -> None:
    settings.CATALOG["S3_PARAMETERS"] = NONE | {"RequestPayer": "requester"}
    sent: list[Any] = []
    client = make_client(unsigned=True)
    client.meta.events.register("before-send.s3", lambda request, **kwargs: sent.append(request.headers))
    client.list_objects_v2(Bucket="teams")
    assert "x-amz-request-payer" not in sent[0]


@pytest.mark.parametrize(
    ("style", "endpoint", "address"),
    [
        ("", "https://s3.example.org:9000", "https://s3.example.org:9000/teams/"),
        ("path", "https://s3.example.org:9000", "https://s3.example.org:9000/teams/"),
        ("virtual", "https://s3.example.org:9000", "https://teams.s3.example.org:9000/"),
        ("", None, "https://teams.s3"),
        ("path", None, "https://s3"),
    ],
)
def test_the_bucket_stands_where_the_setting_says(
    settings: Any, style: str, endpoint: str | None, address: str
) -> None:
    settings.CATALOG["S3_ADDRESSING_STYLE"] = style
    storage = S3CatalogStorage(**OPTIONS, bucket_name="teams", location="blue", endpoint_url=endpoint)
    url = storage.download_url("a.csv", file_name="a.csv")
    assert url.startswith(address)
    origins = download_origins(OPTIONS | {"endpoint_url": endpoint}, "teams", style)
    assert any(url.startswith(f"{origin}/") for origin in origins)
