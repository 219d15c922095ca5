"""The one object that is replaced: only by what is newer, in one step, whoever else writes meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.core.exceptions import SuspiciousOperation

from catalog.exceptions import ObjectExists, StorageError
from catalog.storage.interface import CatalogStorage, catalog_storage, read_bytes

KEY = "models/churn/aliases/production.json"


@pytest.fixture(params=["local", "moto", "seaweed"])
def storage(request: pytest.FixtureRequest) -> Any:
    return catalog_storage() if request.param == "local" else request.getfixturevalue(f"{request.param}_storage")


def publish(storage: CatalogStorage, number: int) -> bool:
    return storage.publish(KEY, b"%d" % number, replaces=lambda present: int(present) < number)


def published(storage: CatalogStorage) -> bytes:
    return read_bytes(storage, KEY, most=100)


def test_what_is_newer_takes_the_place_of_what_is_older(storage: CatalogStorage) -> None:
    assert [publish(storage, number) for number in (1, 3, 2)] == [True, True, False]
    assert published(storage) == b"3"
    assert [entry.key for entry in storage.walk("models/")] == [KEY]


def test_the_newest_stays_whoever_writes_last(storage: CatalogStorage) -> None:
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda number: publish(storage, number), [5, 1, 8, 3, 7, 2, 6, 4] * 3))
    assert published(storage) == b"8"


def test_it_is_an_object_with_a_token_that_can_be_removed(storage: CatalogStorage) -> None:
    publish(storage, 1)
    publish(storage, 2)
    assert storage.delete_own(KEY, upload_token=storage.stat(KEY).upload_token)


@pytest.mark.parametrize("key", ["models/churn/v0001/manifest.json", "models/churn/aliases/a/b.json", "aliases/a.json"])
def test_no_other_object_is_ever_replaced(storage: CatalogStorage, key: str) -> None:
    with pytest.raises(SuspiciousOperation, match="no published alias"):
        storage.publish(key, b"1", replaces=lambda present: True)


def test_after_publishing_all_else_is_still_written_once(storage: CatalogStorage) -> None:
    publish(storage, 1)
    publish(storage, 2)
    storage.put("models/churn/x", b"first", upload_token="a" * 32, sha256="")
    with pytest.raises(ObjectExists):
        storage.put("models/churn/x", b"second", upload_token="b" * 32, sha256="")


def test_a_writer_that_was_overtaken_asks_again(s3_storage: Any) -> None:
    publish(s3_storage, 1)
    asked = []

    def overtaken(present: bytes) -> bool:
        asked.append(present)
        if len(asked) == 1:
            publish(s3_storage, 5)
        return int(present) < 3

    assert not s3_storage.publish(KEY, b"3", replaces=overtaken)
    assert (asked, published(s3_storage)) == ([b"1", b"5"], b"5")


def test_a_server_that_knows_no_conditions_takes_the_write_without(moto_storage: Any) -> None:
    def refuse(params: dict[str, Any], **ignored: Any) -> None:
        if "IfMatch" in params:
            raise ClientError({"Error": {"Code": "NotImplemented"}}, "PutObject")

    publish(moto_storage, 1)
    moto_storage.client.meta.events.register("provide-client-params.s3.PutObject", refuse)
    assert publish(moto_storage, 2)
    assert published(moto_storage) == b"2"


def test_it_gives_up_when_others_are_always_faster(moto_storage: Any) -> None:
    publish(moto_storage, 1)

    def overtaken(present: bytes) -> bool:
        publish(moto_storage, int(present) + 1)
        return True

    with pytest.raises(StorageError, match="replaced by others again and again"):
        moto_storage.publish(KEY, b"3", replaces=overtaken)
