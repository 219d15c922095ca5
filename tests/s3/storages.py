"""The storage of S3 as the program has it, in moto's server and in a real one."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from catalog.storage.interface import CatalogStorage, catalog_storage
from tests.servers.seaweedfs import SeaweedFS


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_options(endpoint_url: str, access_key: str, secret_key: str) -> dict[str, Any]:
    return {
        "BACKEND": "catalog.storage.s3.S3CatalogStorage",
        "OPTIONS": {
            "bucket_name": "catalog",
            "location": f"once/{secrets.token_hex(6)}",
            "access_key": access_key,
            "secret_key": secret_key,
            "region_name": "us-east-1",
            "endpoint_url": endpoint_url,
        },
    }


@pytest.fixture
def moto_storage(moto_url: str, settings: Any) -> Iterator[CatalogStorage]:
    """Makes its bucket each time, for `mock_aws` in any test of this process empties the server too."""
    for storage in configured(settings, s3_options(moto_url, "any", "any")):
        storage.client.create_bucket(Bucket="catalog")
        yield storage


@pytest.fixture
def seaweed_storage(seaweed: SeaweedFS, settings: Any) -> Iterator[CatalogStorage]:
    yield from configured(settings, s3_options(seaweed.endpoint_url, seaweed.access_key, seaweed.secret_key))


def configured(settings: Any, options: dict[str, Any]) -> Iterator[Any]:
    settings.STORAGES = {**settings.STORAGES, "default": options}
    storage: Any = catalog_storage()
    yield storage
    storage.client.close()


@pytest.fixture(params=["moto", "seaweed"])
def s3_storage(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_storage")
