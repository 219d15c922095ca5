"""Keys that end while they are in use: those of a profile are refreshed, and for others the error says what to set."""

import json
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.credentials import RefreshableCredentials

from catalog.exceptions import StorageError
from catalog.storage.interface import catalog_storage
from catalog.storage.s3_client import shared_session
from tests.s3.behind_proxy import Catalog
from tests.s3.machine import PROJECT
from tests.servers.key_server import key_server
from tests.servers.proxy import Fault, Kind

MIB = 1024 * 1024
PROGRAM = PROJECT / "tests" / "s3" / "programs" / "print_keys.py"
KEY = "datasets/large/v0001/data.csv"
OURS = "a" * 32
SECONDS = 5  # that the upload is made to take, on purpose


@pytest.fixture
def without_keys(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """The catalog is given none: boto3 looks for them elsewhere."""
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    catalog.connect(catalog.proxy.url, 20)
    default = catalog.settings.STORAGES["default"]
    no_keys = {"access_key": None, "secret_key": None}
    storages = {"default": default | {"OPTIONS": default["OPTIONS"] | no_keys}}
    catalog.settings.STORAGES = catalog.settings.STORAGES | storages
    shared_session.cache_clear()
    yield catalog
    shared_session.cache_clear()


@pytest.fixture
def profile(without_keys: Catalog, tmp_path: Path) -> Iterator[Path]:
    """The keys come from a program, which gives the second pair from the second call on."""
    pairs = tmp_path / "pairs.json"
    pairs.write_text(json.dumps(pairs_of(without_keys)))
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {sys.executable} {PROGRAM} {pairs}\n")
    yield pairs
    pairs.write_text(json.dumps(pairs_of(without_keys)[1:]))  # for the client that is closed last


@pytest.fixture
def container(without_keys: Catalog, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The keys come from the address that a container is given, in the same way."""
    with key_server(pairs_of(without_keys)) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{server.url}/keys")
        yield


@pytest.fixture
def virtual_machine(without_keys: Catalog, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """botocore takes keys of a machine that end within 25 minutes for late ones, and lets them live on for a while."""
    seconds = 3600
    monkeypatch.setattr(RefreshableCredentials, "_advisory_refresh_timeout", seconds - 1)
    with key_server(pairs_of(without_keys), seconds=seconds) as server:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url)
        yield


def pairs_of(catalog: Catalog) -> list[tuple[str, str]]:
    seaweed = catalog.seaweed
    return [(seaweed.access_key, seaweed.secret_key), (seaweed.second_access_key, seaweed.second_secret_key)]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Stored in parts."""
    path = tmp_path / "data.csv"
    path.write_bytes(secrets.token_bytes(30 * MIB))
    return path


@pytest.mark.parametrize("given_by", ["profile", "container", pytest.param("virtual_machine", marks=pytest.mark.soak)])
def test_an_upload_goes_on_with_new_keys_when_the_first_have_expired(
    catalog: Catalog, large: Path, given_by: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(given_by)
    storage: Any = catalog_storage()
    storage.transfer_config = TransferConfig(
        multipart_chunksize=6 * MIB, max_concurrency=1, max_bandwidth=len(large.read_bytes()) // SECONDS
    )
    first = catalog.seaweed.access_key
    catalog.proxy.faults = [Fault(Kind.EXPIRED, access_key=first, times=0, after=time.monotonic() + SECONDS - 2)]
    storage.put(KEY, large, upload_token=OURS, sha256="")
    methods = [request.method for request in catalog.proxy.asked]
    assert (methods.count("PUT"), methods.count("POST"), catalog.proxy.hits) == (5, 2, 0)
    assert catalog.read(KEY) == large.read_bytes()


def test_keys_that_can_not_be_refreshed_say_what_to_set(catalog: Catalog, large: Path) -> None:
    catalog.connect(catalog.proxy.url, 20)
    catalog.proxy.faults = [Fault(Kind.EXPIRED, "PUT", times=0)]
    with pytest.raises(StorageError, match=r"temporary keys have expired \(ExpiredToken\)\..*AWS_SESSION_TOKEN"):
        catalog_storage().put(KEY, large, upload_token=OURS, sha256="")


@pytest.mark.parametrize("ask", ["stat", "fetch"])
def test_the_answer_to_head_says_so_too(catalog: Catalog, ask: str, tmp_path: Path) -> None:
    catalog.connect(catalog.proxy.url, 20)
    catalog.proxy.faults = [Fault(Kind.EXPIRED, times=0)]
    storage: Any = catalog_storage()
    with pytest.raises(StorageError, match="AWS_SESSION_TOKEN"), (tmp_path / "x").open("w+b") as target:
        storage.stat(KEY) if ask == "stat" else storage.fetch(KEY, target)


def test_a_program_that_fails_is_named(catalog: Catalog, profile: Path) -> None:
    profile.unlink()
    with pytest.raises(StorageError, match=r"the keys can't be had: [^\n]+FileNotFoundError[^\n]+AWS_PROFILE\.$"):
        catalog_storage().stat(KEY)
