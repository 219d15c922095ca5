"""An object is written once and read as a stream: on disk, in moto's server and in a real one."""

import gzip
import hashlib
import io
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import DigestMismatch, ObjectExists, ObjectMissing
from catalog.storage.interface import CatalogStorage, catalog_storage
from tests.s3.machine import PROJECT, Machine

MIB = 1024 * 1024
OURS, THEIRS = "a" * 32, "b" * 32
OPEN_MEMORY = PROJECT / "tests" / "s3" / "programs" / "open_memory.py"


@pytest.fixture(params=["local", "moto", "seaweed"])
def storage(request: pytest.FixtureRequest) -> Any:
    return catalog_storage() if request.param == "local" else request.getfixturevalue(f"{request.param}_storage")


@pytest.fixture
def put(storage: CatalogStorage, tmp_path: Path) -> Callable[..., None]:
    return putting(storage, tmp_path)


def putting(storage: CatalogStorage, folder: Path) -> Callable[..., None]:
    """Stores bytes under a key, as the writer of the token."""

    def put(key: str, content: bytes, token: str = OURS) -> None:
        path = folder / f"source-{secrets.token_hex(4)}"
        path.write_bytes(content)
        storage.put(key, path, upload_token=token, sha256="")

    return put


def content(storage: CatalogStorage, key: str) -> bytes:
    target = io.BytesIO()
    storage.fetch(key, target)
    return target.getvalue()


def test_what_is_stored_is_fetched(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    assert content(storage, "models/a/x.joblib") == b"first"


def test_what_is_in_memory_is_stored_once_too(storage: CatalogStorage) -> None:
    counted: list[int] = []
    store = partial(storage.put, "models/a/manifest.json", sha256="")
    store(b"{}", upload_token=OURS, on_bytes=counted.append)
    store(b"{}", upload_token=OURS)
    with pytest.raises(ObjectExists, match=r"manifest\.json exists and is not overwritten"):
        store(b"{ }", upload_token=THEIRS)
    assert (content(storage, "models/a/manifest.json"), counted) == (b"{}", [2])


def test_a_second_write_is_refused(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    with pytest.raises(ObjectExists, match=r"x\.joblib exists and is not overwritten"):
        put("models/a/x.joblib", b"second", THEIRS)
    assert content(storage, "models/a/x.joblib") == b"first"


def test_a_second_write_of_the_same_bytes_by_another_is_refused(
    storage: CatalogStorage, put: Callable[..., None]
) -> None:
    put("models/a/x.joblib", b"first")
    with pytest.raises(ObjectExists):
        put("models/a/x.joblib", b"first", THEIRS)
    assert storage.stat("models/a/x.joblib").upload_token == OURS


def test_a_retried_own_write_is_accepted(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    put("models/a/x.joblib", b"first")
    assert content(storage, "models/a/x.joblib") == b"first"


def test_opening_for_writing_is_refused(storage: Any, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    with pytest.raises(ValueError, match="reading only"):
        storage.open("models/a/x.joblib", "wb")
    assert content(storage, "models/a/x.joblib") == b"first"


def test_saving_past_put_is_refused(storage: Any) -> None:
    with pytest.raises(ValueError, match=r"put\(\)"):
        storage.save("models/a/x.joblib", io.BytesIO(b"first"))


def test_opening_for_reading_gives_the_bytes_in_pieces(storage: Any, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    with storage.open("models/a/x.joblib") as file:
        assert (file.read(2), file.read()) == (b"fi", b"rst")


def test_stat_tells_size_and_token(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    found = storage.stat("models/a/x.joblib")
    assert (found.size_bytes, found.upload_token) == (5, OURS)


def test_stat_of_no_object_says_that_it_is_missing(storage: CatalogStorage) -> None:
    with pytest.raises(ObjectMissing, match=r"x\.joblib"):
        storage.stat("models/a/x.joblib")


def test_fetching_no_object_says_that_it_is_missing(storage: CatalogStorage) -> None:
    with pytest.raises(ObjectMissing, match=r"x\.joblib"):
        content(storage, "models/a/x.joblib")


def test_an_own_object_is_deleted(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    storage.delete_own("models/a/x.joblib", upload_token=OURS)
    with pytest.raises(ObjectMissing):
        storage.stat("models/a/x.joblib")


def test_deleting_twice_is_no_error(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    storage.delete_own("models/a/x.joblib", upload_token=OURS)
    storage.delete_own("models/a/x.joblib", upload_token=OURS)


def test_an_object_of_another_is_not_deleted(storage: CatalogStorage, put: Callable[..., None]) -> None:
    put("models/a/x.joblib", b"first")
    storage.delete_own("models/a/x.joblib", upload_token=THEIRS)
    assert content(storage, "models/a/x.joblib") == b"first"


def test_a_refused_writer_does_not_delete_the_object_that_was_there(
    storage: CatalogStorage, put: Callable[..., None]
) -> None:
    put("models/a/x.joblib", b"first")
    with pytest.raises(ObjectExists):
        put("models/a/x.joblib", b"second", THEIRS)
    storage.delete_own("models/a/x.joblib", upload_token=THEIRS)
    assert content(storage, "models/a/x.joblib") == b"first"


def test_a_key_is_free_again_for_others_once_its_object_is_deleted(
    storage: CatalogStorage, put: Callable[..., None]
) -> None:
    put("models/a/x.joblib", b"first")
    storage.delete_own("models/a/x.joblib", upload_token=OURS)
    put("models/a/x.joblib", b"second", THEIRS)
    assert storage.stat("models/a/x.joblib").upload_token == THEIRS


def test_a_large_object_comes_back_as_it_was(storage: CatalogStorage, put: Callable[..., None]) -> None:
    """Past 64 MiB it is stored and fetched in parts."""
    large = secrets.token_bytes(65 * MIB)
    put("datasets/a/x.parquet", large)
    assert content(storage, "datasets/a/x.parquet") == large


def test_a_second_write_of_a_large_object_is_refused(s3_storage: CatalogStorage, tmp_path: Path) -> None:
    put = putting(s3_storage, tmp_path)
    put("datasets/a/x.parquet", bytes(65 * MIB))
    with pytest.raises(ObjectExists):
        put("datasets/a/x.parquet", b"1" * 65 * MIB, THEIRS)
    assert content(s3_storage, "datasets/a/x.parquet") == bytes(65 * MIB)


@pytest.mark.parametrize(
    "ask",
    [
        lambda storage: storage.listdir(""),
        lambda storage: storage.size("models/a/x.joblib"),
        lambda storage: storage.open("models/a/x.joblib").close(),
        lambda storage: storage.url("models/a/x.joblib"),
    ],
    ids=["listdir", "size", "open", "url"],
)
def test_a_second_write_is_refused_whatever_the_storage_was_asked_before(
    s3_storage: Any, tmp_path: Path, settings: Any, ask: Callable[[Any], object]
) -> None:
    putting(s3_storage, tmp_path)("models/a/x.joblib", b"first")
    fresh: Any = type(s3_storage._wrapped)(**settings.STORAGES["default"]["OPTIONS"])
    ask(fresh)
    with pytest.raises(ObjectExists):
        putting(fresh, tmp_path)("models/a/x.joblib", b"second", THEIRS)
    fresh.client.close()


def test_a_second_write_from_another_thread_is_refused(s3_storage: CatalogStorage, tmp_path: Path) -> None:
    put = putting(s3_storage, tmp_path)
    put("models/a/x.joblib", b"first")
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(put, "models/a/x.joblib", b"second", THEIRS)
    assert isinstance(second.exception(), ObjectExists)


def test_a_write_asks_nothing_of_the_server_but_to_write(s3_storage: Any, tmp_path: Path) -> None:
    """exists() answers 403 without ListBucket, so it may not be on the way."""
    asked: list[str] = []
    events = s3_storage.client.meta.events
    events.register("before-call.s3", lambda model, **kwargs: asked.append(model.name))
    putting(s3_storage, tmp_path)("models/a/x.joblib", b"first")
    assert asked == ["PutObject"]


def test_requests_say_who_asks_and_nothing_of_the_machine(s3_storage: Any) -> None:
    sent: list[Any] = []
    s3_storage.client.meta.events.register("before-send.s3", lambda request, **kwargs: sent.append(request.headers))
    with pytest.raises(ObjectMissing):
        s3_storage.stat("models/a/none.joblib")
    assert re.fullmatch(rb"model-catalog Botocore/[\d.]+ Resource", sent[0]["User-Agent"])


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("data.csv", "text/csv; charset=utf-8"),
        ("data.csv.gz", "application/gzip"),
        ("data.parquet", "application/vnd.apache.parquet"),
        ("manifest.json", "application/json"),
        ("model.joblib", "application/octet-stream"),
    ],
)
def test_objects_have_a_content_type_and_no_encoding(
    s3_storage: Any, tmp_path: Path, name: str, content_type: str
) -> None:
    """With ContentEncoding gzip, clients unpack it on the way and digests differ."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    s3_storage.put(f"datasets/a/{name}", path, upload_token=OURS, sha256="")
    head = s3_storage.client.head_object(Bucket=s3_storage.bucket_name, Key=f"{s3_storage.location}/datasets/a/{name}")
    assert (head["ContentType"], head.get("ContentEncoding", "")) == (content_type, "")


def test_reading_a_large_object_through_django_takes_little_memory(
    machine: Callable[..., Machine], seaweed_storage: Any, tmp_path: Path
) -> None:
    put = putting(seaweed_storage, tmp_path)
    put("large", bytes(192 * MIB))
    put("small", bytes(8 * MIB))
    reader = machine()
    done = reader.run("large", "small", program=OPEN_MEMORY, AWS_LOCATION=seaweed_storage.location)
    size, growth = map(int, done.stdout.split())
    assert size == 192 * MIB
    assert growth < 150 * MIB


def copied_without_metadata(storage: Any, key: str, content: bytes) -> None:
    """As other programs copy it."""
    if hasattr(storage, "client"):
        storage.client.put_object(Bucket=storage.bucket_name, Key=storage.full_key(key), Body=content)
    else:
        path = Path(storage.path(key))
        path.parent.mkdir(parents=True)
        path.write_bytes(content)


@pytest.mark.parametrize("size", [3, 65 * MIB])
def test_a_copy_without_metadata_is_adopted_for_its_bytes(storage: Any, size: int) -> None:
    bytes_of_it = secrets.token_bytes(size)
    copied_without_metadata(storage, "models/a/x.joblib", bytes_of_it)
    assert storage.stat("models/a/x.joblib").upload_token == ""
    storage.adopt("models/a/x.joblib", upload_token=OURS, sha256=hashlib.sha256(bytes_of_it).hexdigest())
    assert storage.stat("models/a/x.joblib").upload_token == OURS
    assert content(storage, "models/a/x.joblib") == bytes_of_it
    assert storage.delete_own("models/a/x.joblib", upload_token=OURS)


def test_other_bytes_are_not_adopted(storage: Any) -> None:
    copied_without_metadata(storage, "models/a/x.joblib", b"evil")
    with pytest.raises(DigestMismatch, match="expected aaaa"):
        storage.adopt("models/a/x.joblib", upload_token=OURS, sha256="a" * 64)
    assert storage.stat("models/a/x.joblib").upload_token == ""


def test_hidden_twins_of_the_local_store_are_no_objects(s3_storage: Any) -> None:
    s3_storage.put("models/a/x.joblib", b"x", upload_token=OURS, sha256="")
    copied_without_metadata(s3_storage, f"models/a/.x.joblib~{OURS}", b"x")
    assert [entry.key for entry in s3_storage.walk("")] == ["models/a/x.joblib"]
