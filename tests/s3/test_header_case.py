"""A proxy that writes the names of headers in other cases, as HTTP lets it, changes nothing for the catalog."""

from typing import Any

import pytest

from catalog.models import DatasetVersion
from catalog.storage.interface import catalog_storage
from tests.s3.behind_proxy import Catalog


@pytest.fixture
def capitalized(catalog: Catalog) -> Catalog:
    catalog.proxy.capitalizes = True
    return catalog


def test_the_proxy_capitalizes_the_names_of_metadata(capitalized: Catalog) -> None:
    capitalized.connect(capitalized.proxy.url, 20)
    storage: Any = catalog_storage()
    key = DatasetVersion.objects.get().stored_key
    head = storage.client.head_object(Bucket=capitalized.bucket.name, Key=f"{capitalized.folder}/{key}")
    assert "Upload-Token" in head["Metadata"]


@pytest.mark.parametrize(
    "command",
    [
        "check_storage",
        "add_dataset departures {source}",
        "train_model late --dataset departures:1 --target late --estimator dummy",
        "predict late:1 -i {source}",
        "verify_catalog --deep",
        "rebuild_catalog",
    ],
)
def test_every_command_works_behind_it(capitalized: Catalog, command: str) -> None:
    assert capitalized.run(command) == ""


def test_what_was_stored_behind_it_is_sound_without_it(capitalized: Catalog) -> None:
    before = capitalized.objects()
    assert capitalized.run("add_dataset arrivals {source}") == ""
    capitalized.assert_sound(before)


def test_what_is_purged_behind_it_is_gone(capitalized: Catalog) -> None:
    assert capitalized.run("add_dataset arrivals {source}") == ""
    assert capitalized.run("delete_dataset arrivals:1") == ""
    assert capitalized.run("purge_trash --older-than 0d --yes") == ""
    assert not [key for key in capitalized.objects() if key.startswith("datasets/arrivals/v0001/")]
