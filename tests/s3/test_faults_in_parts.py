"""Large objects are stored and fetched in parts; what goes wrong between them loses and overwrites nothing.

Parts are of 64 MiB, and here of the least that S3 takes: test_killed.py stores an object beyond 64 MiB.
"""

import io
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.exceptions import StorageError
from catalog.storage.interface import catalog_storage
from catalog.storage.s3_client import TRANSFER_CONFIG
from tests.s3.behind_proxy import Catalog
from tests.servers.proxy import Fault, Kind
from tests.summary import count

MIB = 1024 * 1024
PART_BYTES, SIZE_BYTES = 5 * MIB, 6 * MIB
KEY = "datasets/large/v0001/data.csv"
OURS = "a" * 32


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "data.csv"
    path.write_bytes(secrets.token_bytes(SIZE_BYTES))
    return path


@pytest.fixture
def put(catalog: Catalog, large: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Stores the large file under KEY."""
    for name in ("multipart_chunksize", "multipart_threshold"):
        monkeypatch.setattr(TRANSFER_CONFIG, name, PART_BYTES)
    catalog.connect(catalog.proxy.url, 5)  # for the server to take in a part on a busy machine
    return lambda: catalog_storage().put(KEY, large, upload_token=OURS, sha256="")


UPLOADS = {
    "the answer to the last step": Fault(Kind.LOST, "POST", "uploadId="),
    "the answer to a part": Fault(Kind.LOST, "PUT", "partNumber=2"),
    "the answer to the first step": Fault(Kind.LOST, "POST", "uploads"),
    "a part that is reset": Fault(Kind.RESET_UPLOAD, "PUT", "partNumber=1"),
    "a part that is refused": Fault(Kind.SLOW_DOWN, "PUT", "partNumber=1"),
    "a last step that stalls": Fault(Kind.STALLED, "POST", "uploadId=", seconds=30),
    "a last step that fails": Fault(Kind.ERROR, "POST", "uploadId="),
}


@pytest.mark.parametrize("case", UPLOADS)
def test_an_upload_in_parts_survives_a_fault_that_passes(
    catalog: Catalog, put: Callable[[], None], large: Path, case: str
) -> None:
    fault = UPLOADS[case]
    catalog.proxy.faults = [Fault(fault.kind, fault.method, fault.path, seconds=fault.seconds)]
    put()
    assert catalog.proxy.hits == 1
    assert catalog.read(KEY) == large.read_bytes()
    assert catalog_storage().stat(KEY).upload_token == OURS
    count("faults survived")


def test_an_upload_that_is_over_is_looked_for_when_its_end_is_not_known_any_more(
    catalog: Catalog, put: Callable[[], None], large: Path
) -> None:
    """Some servers forget an upload once it is complete, and answer the repeated last step with NoSuchUpload."""
    catalog.proxy.faults = [Fault(Kind.LOST, "POST", "uploadId="), Fault(Kind.NO_UPLOAD, "POST", "uploadId=")]
    put()
    assert catalog.proxy.hits == 2
    assert catalog.read(KEY) == large.read_bytes()


@pytest.mark.parametrize("kind", [Kind.RESET_UPLOAD, Kind.SLOW_DOWN])
def test_an_upload_in_parts_that_fails_leaves_no_object(catalog: Catalog, put: Callable[[], None], kind: Kind) -> None:
    before = catalog.objects()
    catalog.proxy.faults = [Fault(kind, "PUT", "partNumber=2", times=0)]
    with pytest.raises(StorageError, match=KEY):
        put()
    assert catalog.objects() == before
    count("lasting faults that ended in one clear line")


@pytest.mark.parametrize("kind", [Kind.RESET_DOWNLOAD, Kind.HALF, Kind.SLOW_DOWN, Kind.STALLED_DOWNLOAD])
def test_a_download_in_parts_survives_a_fault_that_passes(
    catalog: Catalog, put: Callable[[], None], large: Path, kind: Kind
) -> None:
    put()
    catalog.proxy.faults = [Fault(kind, "GET", KEY, first=2, seconds=30)]
    target = io.BytesIO()
    catalog_storage().fetch(KEY, target)
    assert catalog.proxy.hits == 1
    assert target.getvalue() == large.read_bytes()
    count("faults survived")


def test_an_object_that_is_replaced_while_it_is_fetched_is_refused(catalog: Catalog, put: Callable[[], None]) -> None:
    """The second part is asked for with the tag of the first."""
    put()
    catalog.proxy.faults = [Fault(Kind.STALLED, "GET", KEY, first=2, seconds=1)]
    replaced = False

    def replace(amount: int) -> None:
        nonlocal replaced
        if not replaced:
            replaced = True
            catalog.bucket.write(f"{catalog.folder}/{KEY}", bytes(SIZE_BYTES))

    with pytest.raises(StorageError, match="changed while it was read"):
        catalog_storage().fetch(KEY, io.BytesIO(), on_bytes=replace)
