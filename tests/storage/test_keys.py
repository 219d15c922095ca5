"""Keys that servers disagree on are written nowhere."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation

from catalog.exceptions import InvalidRequest
from catalog.storage.addresses import check_destination
from catalog.storage.folders import check_folder
from catalog.storage.local import LocalCatalogStorage
from catalog.storage.s3 import S3CatalogStorage

BAD = ["a//b", "/a", "a/./b", "../a", "a/../b", "a/", ".", "..", ""]


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return LocalCatalogStorage(location=tmp_path) if request.param == "local" else S3CatalogStorage(bucket_name="b")


@pytest.mark.parametrize("key", BAD)
def test_a_key_with_empty_or_dotted_parts_is_refused(storage: Any, key: str) -> None:
    with pytest.raises(SuspiciousOperation):
        storage.put(key, b"", upload_token="a" * 32, sha256="")


@pytest.mark.parametrize("key", ["a//b.csv", "a/./b.csv", "a/../b.csv", "/b.csv"])
def test_a_destination_is_refused_alike(key: str) -> None:
    with pytest.raises(InvalidRequest, match=r"has empty, '\.' or '\.\.' parts"):
        check_destination(f"s3://bucket/{key}")
    with pytest.raises(InvalidRequest, match=r"has empty, '\.' or '\.\.' parts"):
        check_folder(f"s3://bucket/{key}/")


def test_the_bucket_itself_is_a_folder() -> None:
    check_folder("s3://bucket/")
