"""One dictionary holds the catalog's settings, and a mistake in it is one line that names the key."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from catalog import checks
from catalog.conf import DEFAULTS, CatalogSettings, catalog_settings


def test_a_site_that_says_nothing_has_all_defaults(settings: Any) -> None:
    del settings.CATALOG
    assert catalog_settings() == CatalogSettings()


def test_what_a_site_says_takes_the_place_of_the_default(settings: Any) -> None:
    settings.CATALOG = {"CACHE_DIR": "/var/cache/models", "S3_OPTIONS": {"region_name": "eu-central-1"}}
    assert catalog_settings().cache_dir == Path("/var/cache/models")
    assert catalog_settings().s3_options["region_name"] == "eu-central-1"
    assert catalog_settings().s3_options["endpoint_url"] is None


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_a_value_of_another_type_is_refused_by_its_key(settings: Any, name: str) -> None:
    settings.CATALOG = {name: object()}
    with pytest.raises(ImproperlyConfigured, match=rf"^CATALOG\['{name}'\] must be "):
        catalog_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("CACHE_BYTES", True), ("ALLOW_PICKLE_UPLOADS", 1), ("TRUSTED_TYPES", "numpy"), ("DASK_TLS", {"c": ""})],
)
def test_a_value_that_only_looks_right_is_refused(settings: Any, name: str, value: object) -> None:
    settings.CATALOG = {name: value}
    with pytest.raises(ImproperlyConfigured, match=name):
        catalog_settings()


def test_an_unknown_key_is_found_by_the_system_checks(settings: Any) -> None:
    settings.CATALOG = {"CACHE_DIRECTORY": "/tmp"}
    (error,) = checks.catalog_dictionary(None)
    assert (error.id, error.msg[:45]) == ("catalog.E002", "CATALOG has no setting 'CACHE_DIRECTORY'. It ")


def test_a_storage_without_the_promises_is_refused(settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    (error,) = checks.object_storage(None)
    assert (error.id, "may overwrite" in error.msg) == ("catalog.E001", True)


def test_a_site_without_the_queue_is_told_what_it_lacks(settings: Any) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_tasks_db"]
    settings.TASKS, settings.USE_TZ = {}, False
    assert [message.id for message in checks.surroundings(None)] == ["catalog.E003", "catalog.E004", "catalog.E005"]


def test_this_site_lacks_nothing() -> None:
    assert [*checks.catalog_dictionary(None), *checks.surroundings(None)] == []
