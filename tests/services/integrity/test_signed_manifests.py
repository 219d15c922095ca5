"""A catalog with CATALOG_MANIFEST_KEY: the bucket's keys alone do not suffice to bring a model into it."""

from typing import Any

import pytest

from catalog.models import ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from tests.catalog_rows import compare_catalogs, snapshot
from tests.services.integrity.catalogs import beside, forge, kinds, later, make_sound, repair_all
from tests.services.integrity.rebuilds import empty_database, finding_pairs, rebuild_from_nothing

KEY = "a-key-that-only-our-machines-have"


@pytest.fixture
def signed(settings: Any, late_v1: ModelVersion) -> ModelVersion:
    """Its manifests are signed; those of before the key was set, by a repair."""
    settings.CATALOG["MANIFEST_KEY"] = KEY
    make_sound(late_v1)
    repair_all(later(days=2))
    return late_v1


def test_a_signed_catalog_is_sound_and_comes_back(signed: ModelVersion) -> None:
    before = snapshot()
    rebuilt = rebuild_from_nothing()
    compare_catalogs(before, snapshot())
    assert (rebuilt.findings, rebuilt.unvouched, verify_catalog().findings) == ([], 0, [])


def test_a_version_that_nobody_signed_is_not_restored(signed: ModelVersion, settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = ""
    forge(beside(signed), notes="Trust me")
    settings.CATALOG["MANIFEST_KEY"] = KEY
    assert ("manifest unsigned", "late:1") in finding_pairs(rebuild_from_nothing())
    assert not ModelVersion.objects.exists()


def test_manifests_of_before_the_key_are_found_and_signed_once_they_are_a_day_old(
    sound: ModelVersion, settings: Any
) -> None:
    settings.CATALOG["MANIFEST_KEY"] = KEY
    found = verify_catalog(now=later(days=2))
    assert set(kinds(found)) == {"manifest unsigned"}
    assert len(repair_all(later(days=2))) == len(found.findings)
    assert verify_catalog(now=later(days=2)).findings == []


def test_without_a_key_a_rebuild_says_what_would_run_code_on_the_words_of_the_bucket(sound: ModelVersion) -> None:
    empty_database()
    assert rebuild_from_nothing().unvouched == 1
