"""Small uploads after the first take a shortcut: what is stored is the same, and boto3 does what does not succeed."""

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import botocore.retries.standard
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws

from catalog.exceptions import AccessDenied, ObjectExists, StorageError
from catalog.storage.s3 import SMALL_BYTES, S3CatalogStorage
from catalog.storage.s3_client import ATTEMPTS

OURS, THEIRS = "a" * 32, "b" * 32
KEY = "models/a/events/2.json"


def store(storage: Any, key: str = KEY, content: bytes = b"{}", token: str = OURS) -> None:
    storage.put(key, content, upload_token=token, sha256="c" * 64)


def head(storage: Any, key: str) -> dict[str, Any]:
    answer = storage.client.head_object(Bucket=storage.bucket_name, Key=storage._normalize_name(key))
    return {name: answer[name] for name in ("ContentType", "ContentLength", "Metadata", "ETag")}


@pytest.fixture
def calls(s3_storage: Any) -> list[str]:
    """Of boto3, from here on, by the names of its operations; a shortcut has been opened."""
    store(s3_storage, "models/a/events/1.json")
    called: list[str] = []
    s3_storage.client.meta.events.register("before-call.s3", lambda model, **kwargs: called.append(model.name))
    return called


def at_next(storage: Any, answer: Callable[[Any], Any]) -> None:
    """The next request is given to `answer` in place of the server."""
    events, left = storage.client.meta.events, [answer]
    events.register("before-send.s3", lambda request, **kwargs: left.pop()(request) if left else None)


def answered(request: Any, status: int, content: bytes) -> AWSResponse:
    answer = AWSResponse(request.url, status, {}, None)
    answer._content = content
    return answer


def busy(request: Any) -> AWSResponse:
    return answered(request, 503, b"<Error><Code>SlowDown</Code></Error>")


def broken_off(request: Any) -> None:
    raise ConnectionClosedError(endpoint_url=request.url)


def test_the_second_upload_is_no_call_of_boto3(s3_storage: Any, calls: list[str]) -> None:
    store(s3_storage)
    assert calls == []
    assert s3_storage.client.get_object(Bucket="catalog", Key=s3_storage._normalize_name(KEY))["Body"].read() == b"{}"


@pytest.mark.parametrize("name", ["m.json", "data.csv", "other"])
def test_it_is_stored_as_boto3_stores_it(s3_storage: Any, calls: list[str], name: str) -> None:
    store(s3_storage, f"short/{name}")
    s3_storage._connections.shortcut._root = ""
    store(s3_storage, f"long/{name}")
    assert calls == ["PutObject"]
    assert head(s3_storage, f"short/{name}") == head(s3_storage, f"long/{name}")


def as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_its_request_has_the_headers_of_boto3s(s3_storage: Any, calls: list[str]) -> None:
    sent: list[Any] = []
    s3_storage.client.meta.events.register("before-send.s3", lambda request, **kwargs: sent.append(request.headers))
    store(s3_storage, "short")
    s3_storage._connections.shortcut._root = ""
    store(s3_storage, "long")
    short, long = ({name.lower(): as_text(value) for name, value in headers.items()} for headers in sent)
    assert set(long) - set(short) == {"amz-sdk-invocation-id", "amz-sdk-request"}
    same = set(short) - {"authorization", "x-amz-date"}
    assert {name: short[name] for name in same} == {name: long[name] for name in same}


def test_it_is_signed_for_the_region_that_boto3_was_led_to(s3_storage: Any) -> None:
    def lead(params: dict[str, Any], **kwargs: Any) -> None:
        params["context"]["signing"] = {"region": "led-here-1"}

    def accept(request: Any, **kwargs: Any) -> AWSResponse:
        sent.append(request)
        return answered(request, 200, b"")

    sent: list[Any] = []
    s3_storage.client.meta.events.register("before-call.s3", lead)
    s3_storage.client.meta.events.register("before-send.s3", accept)
    for number in range(2):
        store(s3_storage, str(number))
    assert ["/led-here-1/s3/" in as_text(request.headers["Authorization"]) for request in sent] == [True, True]


def test_it_stays_closed_when_the_address_does_not_end_in_the_key(s3_storage: Any) -> None:
    def elsewhere(params: dict[str, Any], **kwargs: Any) -> None:
        params["url"] += "?x-id=PutObject"

    sent: list[Any] = []
    s3_storage.client.meta.events.register("before-call.s3", elsewhere)
    s3_storage.client.meta.events.register("before-send.s3", lambda request, **kwargs: sent.append(request))
    for number in range(2):
        store(s3_storage, str(number))
    assert len(sent) == 2


@pytest.mark.parametrize(
    "key", ["with space/ü/日本.json", "a+b&c=d;e,f.json", "100%/%41.json", "~tilde-_..json", "a'(b)*!$@:"]
)
def test_any_key_goes(s3_storage: Any, calls: list[str], key: str) -> None:
    store(s3_storage, key)
    assert calls == []
    assert head(s3_storage, key)["Metadata"]["upload-token"] == OURS


@pytest.mark.parametrize("location", ["with space/ü", "a+b", "100%/%41"])
def test_it_is_opened_in_any_folder(s3_storage: Any, settings: Any, location: str) -> None:
    options = settings.STORAGES["default"]["OPTIONS"]
    storage = S3CatalogStorage(**options | {"location": f"{options['location']}/{location}"})
    store(storage, "1.json")
    assert storage._connections.shortcut._root.endswith("/catalog/")
    store(storage, "2.json")
    assert head(storage, "2.json") == head(storage, "1.json")
    storage.client.close()


@pytest.mark.parametrize("trouble", [busy, broken_off])
def test_boto3_does_what_did_not_succeed_and_then_it_goes_on(
    s3_storage: Any, calls: list[str], trouble: Callable[[Any], Any]
) -> None:
    at_next(s3_storage, trouble)
    store(s3_storage)
    assert (calls, head(s3_storage, KEY)["ContentLength"]) == (["PutObject", "HeadObject"], 2)
    store(s3_storage, "models/a/events/3.json")
    assert calls == ["PutObject", "HeadObject"]


def test_a_write_whose_answer_is_lost_is_taken_for_what_it_is(s3_storage: Any, calls: list[str]) -> None:
    def stored_and_broken_off(request: Any) -> None:
        s3_storage.client._endpoint.http_session.send(request)
        broken_off(request)

    at_next(s3_storage, stored_and_broken_off)
    store(s3_storage)
    assert calls == ["PutObject", "HeadObject"]


def test_the_object_of_another_is_not_overwritten(s3_storage: Any, calls: list[str]) -> None:
    store(s3_storage)
    with pytest.raises(ObjectExists, match=r"2\.json exists and is not overwritten"):
        store(s3_storage, content=b"{ }", token=THEIRS)
    assert (head(s3_storage, KEY)["ContentLength"], calls[0]) == (2, "PutObject")


def test_what_the_server_refuses_is_told_as_by_boto3(seaweed: Any, seaweed_storage: Any, settings: Any) -> None:
    """The key may write below its own prefix alone."""
    options = settings.STORAGES["default"]["OPTIONS"]
    keys = {"access_key": seaweed.limited_access_key, "secret_key": seaweed.limited_secret_key}
    storage = S3CatalogStorage(**options | keys | {"location": ""})
    store(storage, f"{seaweed.limited_prefix}/{seaweed_storage.location}/1.json")
    for _ in range(2):
        with pytest.raises(AccessDenied, match=r"elsewhere\.json.* access denied"):
            store(storage, "elsewhere.json")
    storage.client.close()


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, s3_storage: Any, calls: list[str]) -> list[Any]:
    """The requests from here on, none of which reaches the server."""
    monkeypatch.setattr(botocore.retries.standard.ExponentialBackoff, "delay_amount", lambda *ignored: 0)
    requests: list[Any] = []

    def gone(request: Any, **kwargs: Any) -> None:
        requests.append(request)
        broken_off(request)

    s3_storage.client.meta.events.register("before-send.s3", gone)
    return requests


def test_a_server_that_is_gone_is_tried_as_often_as_by_boto3(
    s3_storage: Any, calls: list[str], tried: list[Any]
) -> None:
    for tries in (ATTEMPTS, 2 * ATTEMPTS):
        with pytest.raises(StorageError, match="broke off again and again"):
            store(s3_storage)
        assert len(tried) == tries
    assert calls == ["PutObject", "PutObject"]


@pytest.mark.parametrize("failed_before", [False, True])
def test_what_is_large_is_tried_as_often_whatever_became_of_small_ones(
    s3_storage: Any, tried: list[Any], tmp_path: Path, failed_before: bool
) -> None:
    if failed_before:
        with pytest.raises(StorageError):
            store(s3_storage)
        tried.clear()
    source = tmp_path / "large"
    source.write_bytes(bytes(SMALL_BYTES + 1))
    with pytest.raises(StorageError):
        s3_storage.put("large", source, upload_token=OURS, sha256="")
    assert len(tried) == ATTEMPTS


def test_what_is_large_does_not_take_it(s3_storage: Any, calls: list[str], tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(bytes(SMALL_BYTES + 1))
    s3_storage.put("large", source, upload_token=OURS, sha256="")
    assert calls == ["PutObject"]


def test_each_thread_has_its_own(s3_storage: Any, calls: list[str]) -> None:
    with ThreadPoolExecutor(1) as pool:
        for number in range(2):
            pool.submit(store, s3_storage, f"other/{number}").result()
        own = pool.submit(lambda: s3_storage._connections.shortcut).result()
    assert own is not s3_storage._connections.shortcut
    store(s3_storage, "this")
    assert head(s3_storage, "this") == head(s3_storage, "other/1")


def test_a_threads_connections_end_with_it(s3_storage: Any) -> None:
    """Without waiting for a search for garbage, which the site makes rare."""

    def connections() -> Any:
        store(s3_storage)
        return weakref.ref(s3_storage.client._endpoint.http_session)

    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(1) as pool:
            session = pool.submit(connections).result()
        assert session() is None
    finally:
        gc.enable()


def test_at_amazon_it_goes_to_the_buckets_own_host_and_asks_the_handlers_of_events() -> None:
    """moto answers within the process, by such a handler: a request that passed it by would leave this machine."""
    with mock_aws():
        keys = {"access_key": "any", "secret_key": "any", "region_name": "eu-central-1", "bucket_name": "teams"}
        boto3.client("s3", "us-east-1", aws_access_key_id="any", aws_secret_access_key="any").create_bucket(
            Bucket="teams"
        )
        storage = S3CatalogStorage(**keys, location="blue", security_token="of a role")
        sent: list[Any] = []
        storage.client.meta.events.register("before-send.s3", lambda request, **kwargs: sent.append(request))
        for number in range(2):
            store(storage, f"{number}.json")
        host = "https://teams.s3.eu-central-1.amazonaws.com"
        assert [request.url for request in sent] == [f"{host}/blue/{number}.json" for number in range(2)]
        assert sent[1].headers["X-Amz-Security-Token"] == "of a role"
        assert head(storage, "0.json") == head(storage, "1.json")
        storage.client.close()
