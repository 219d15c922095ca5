"""The catalog on Ceph's gateway: `make soak` runs it where apt-get has installed radosgw, ceph-mon and ceph-osd."""

import io
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import ObjectExists
from catalog.storage.interface import catalog_storage
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.s3.recovery import findings
from tests.servers.ceph import Ceph, is_ceph_installed
from tests.servers.ceph import ceph as running_ceph

MIB = 1024 * 1024
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not is_ceph_installed(), reason="apt-get install radosgw ceph-mon ceph-osd"),
]


@pytest.fixture(scope="module")
def ceph() -> Iterator[Ceph]:
    with running_ceph() as server:
        yield server


@pytest.fixture(scope="module")
def on_ceph(
    ceph: Ceph, make_database: Callable[[str], str], cancer_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Machine:
    """With the dataset `cancer` and one version of `tumour`."""
    variables = ceph.environment(f"tests/{secrets.token_hex(4)}")
    made = Machine.make(tmp_path_factory.mktemp("machine"), make_database("sqlite"), variables)
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR, "--alias", "production")
    made.forget_files()
    return made


def test_check_storage_says_that_conditions_are_ignored_for_uploads_in_parts_alone(on_ceph: Machine) -> None:
    values = on_ceph.json("check_storage")
    assert (values["conditional_writes"], values["conditional_multipart_uploads"]) == (True, False)
    assert values["permitted"] == dict.fromkeys(["put", "head", "get", "list", "delete"], True)
    assert "on completing a multipart upload" in values["advice"][0]


def test_what_was_trained_there_predicts(on_ceph: Machine, cancer_csv: Path) -> None:
    on_ceph.run("predict", "tumour", "-i", cancer_csv, "-o", "out.csv")
    assert len((on_ceph.work / "out.csv").read_text().splitlines()) == 570


def test_what_was_stored_there_is_sound(on_ceph: Machine) -> None:
    assert findings(on_ceph) == []


def test_what_is_purged_there_is_gone(on_ceph: Machine) -> None:
    on_ceph.run(*TRAIN_TUMOUR)
    on_ceph.run("delete_version", "tumour:2")
    on_ceph.run("purge_trash", "--older-than", "0d", "--yes")
    assert findings(on_ceph) == []


@pytest.mark.parametrize("size", [0, 1, MIB + 1, 65 * MIB])
def test_objects_of_all_sizes_come_back(ceph: Ceph, settings: Any, tmp_path: Path, size: int) -> None:
    options = {
        "bucket_name": ceph.bucket,
        "location": f"sizes/{secrets.token_hex(4)}",
        "access_key": ceph.access_key,
        "secret_key": ceph.secret_key,
        "region_name": "us-east-1",
        "endpoint_url": ceph.endpoint_url,
    }
    settings.STORAGES |= {"default": {"BACKEND": "catalog.storage.s3.S3CatalogStorage", "OPTIONS": options}}
    storage, path, target = catalog_storage(), tmp_path / "source", io.BytesIO()
    path.write_bytes(secrets.token_bytes(size))
    storage.put("data.csv", path, upload_token="a" * 32, sha256="")
    storage.fetch("data.csv", target)
    assert target.getvalue() == path.read_bytes()
    if size < 64 * MIB:
        with pytest.raises(ObjectExists):
            storage.put("data.csv", b"other", upload_token="b" * 32, sha256="")
    assert storage.delete_own("data.csv", upload_token="a" * 32)
