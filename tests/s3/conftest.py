"""Real servers for the session, and machines that use them."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.retries.standard
import pytest

from tests.factories import breast_cancer, write_csv
from tests.s3.behind_proxy import Catalog, disconnect, make_catalog
from tests.s3.bucket import Bucket
from tests.s3.machine import PROJECT, TRAIN_TUMOUR, Machine
from tests.s3.storages import moto_storage, moto_url, s3_storage, seaweed_storage
from tests.servers.postgres import Postgres
from tests.servers.postgres import postgres as running_postgres
from tests.servers.proxy import Proxy
from tests.servers.proxy import proxy as running_proxy
from tests.servers.seaweedfs import SeaweedFS
from tests.servers.seaweedfs import seaweedfs as running_seaweedfs

__all__ = ["moto_storage", "moto_url", "s3_storage", "seaweed_storage"]


@pytest.fixture(scope="session")
def seaweed() -> Iterator[SeaweedFS]:
    with running_seaweedfs() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """With a database to copy, `migrated`."""
    with running_postgres() as server:
        migrate(server.database_url("migrated"))
        yield server


def migrate(database_url: str) -> None:
    variables = {"PATH": "/usr/bin:/bin", "AWS_BUCKET_NAME": "", "DATABASE_URL": database_url}
    subprocess.run([sys.executable, str(PROJECT / "manage.py"), "migrate", "-v0"], env=variables, check=True)


@pytest.fixture(scope="session")
def make_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Gives the DATABASE_URL of a new migrated database, by the name of the engine."""

    def make(engine: str) -> str:
        if engine == "postgres":
            name = f"catalog_{secrets.token_hex(6)}"
            return str(request.getfixturevalue("postgres").database_url(name, template="migrated"))
        path = tmp_path_factory.mktemp("database") / "catalog.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture(scope="session")
def machine(
    seaweed: SeaweedFS, make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Machine]:
    """Makes machines: each with a catalog of its own, or `beside` another with which it shares database and bucket, or
    with an empty database and the `bucket_of` another."""

    def make(
        *,
        engine: str = "sqlite",
        limited: bool = False,
        beside: Machine | None = None,
        bucket_of: Machine | None = None,
    ) -> Machine:
        folder = tmp_path_factory.mktemp("machine")
        if beside:
            return Machine.make(folder, beside.environment["DATABASE_URL"], beside.storage_variables)
        if bucket_of:
            return Machine.make(folder, make_database(engine), bucket_of.storage_variables)
        location = f"{seaweed.limited_prefix if limited else 'tests'}/{secrets.token_hex(6)}"
        return Machine.make(folder, make_database(engine), seaweed.environment(location, limited=limited))

    return make


@pytest.fixture(scope="session")
def bucket(seaweed: SeaweedFS) -> Iterator[Bucket]:
    """The bucket of the machines, with the administrator's keys."""
    client = seaweed.client()
    yield Bucket(client, seaweed.bucket)
    client.close()


@pytest.fixture(scope="session")
def cancer_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_csv(breast_cancer(), tmp_path_factory.mktemp("data"), "cancer.csv")


@pytest.fixture(scope="module")
def trained(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    """A machine with the dataset `cancer` and one version of `tumour`, in production, and nothing in its cache."""
    made = machine()
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR, "--alias", "production")
    made.forget_files()
    return made


@pytest.fixture(scope="session")
def proxy(seaweed: SeaweedFS) -> Iterator[Proxy]:
    with running_proxy(seaweed.endpoint_url) as running:
        yield running


@pytest.fixture
def catalog(
    proxy: Proxy,
    seaweed: SeaweedFS,
    bucket: Bucket,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    transactional_db: None,
) -> Iterator[Catalog]:
    """A catalog behind the proxy, which lets all pass so far."""
    proxy.heal()
    # Between two tries botocore waits by chance, up to seconds; here not at all.
    monkeypatch.setattr(botocore.retries.standard.ExponentialBackoff, "delay_amount", lambda *ignored: 0)
    yield make_catalog(settings, proxy, seaweed, bucket, tmp_path)
    proxy.heal()
    disconnect()
