"""What applications without a database are told is compared with the database, and published anew by --repair."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.models import ModelVersion, UnstoredManifest
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.aliases import promote, remove_alias
from catalog.storage.keys import published_alias
from tests.services.integrity.catalogs import (
    another,
    flip,
    forge,
    kinds,
    later,
    only_finding,
    path_of,
    repair_all,
    settle,
)

REPAIRED = ["publish late@production"]


def published() -> Path:
    return path_of(published_alias("late", "production"))


def test_an_alias_of_before_is_found_and_published(sound: ModelVersion) -> None:
    published().unlink()
    finding = only_finding()
    assert (finding.kind, finding.where) == ("manifest missing", "late@production, published")
    assert repair_all() == REPAIRED
    assert kinds(verify_catalog()) == []


def test_a_stale_one_is_found_and_published(sound: ModelVersion) -> None:
    before = published().read_bytes()
    promote(reference=another(sound).reference, alias="production", actor="ada")
    settle()
    published().write_bytes(before)
    finding = only_finding()
    assert finding.kind == "manifest differs"
    assert "it is stale" in finding.what
    assert finding.what.endswith("to late:2")
    assert repair_all() == REPAIRED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": None}, "it is not what the catalog published: the alias leads to late:1"),
        ({"model": "early"}, "it is not what the catalog published: it is of something else"),
    ],
)
def test_a_forged_one_is_found_and_published(sound: ModelVersion, changed: dict[str, Any], said: str) -> None:
    forge(published(), **changed)
    assert only_finding().what == said
    assert repair_all() == REPAIRED


def test_another_artifact_is_found(sound: ModelVersion) -> None:
    version = json.loads(published().read_text())["version"]
    forge(published(), version=version | {"sha256": "0" * 64, "artifact": "models/evil"})
    assert only_finding().what == "it is not what the catalog published of late:1: artifact, sha256"
    assert repair_all() == REPAIRED


def test_what_an_earlier_release_did_not_publish_is_no_finding(sound: ModelVersion) -> None:
    version = json.loads(published().read_text())["version"]
    del version["approved_types"]
    forge(published(), version=version)
    assert kinds(verify_catalog()) == []
    del version["metrics"]
    forge(published(), version=version)
    assert only_finding().what.endswith("of late:1: metrics")


def test_changed_bytes_are_found(sound: ModelVersion) -> None:
    flip(published())
    assert only_finding().kind == "manifest altered"
    assert repair_all() == REPAIRED


def test_one_without_a_signature_is_found_once_there_is_a_key(sound: ModelVersion, settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = "k" * 32
    found = [finding for finding in verify_catalog(now=later(days=2)).findings if "published" in finding.where]
    assert [str(finding.kind) for finding in found] == ["manifest unsigned"]
    repair_all(now=later(days=2))
    assert kinds(verify_catalog(now=later(days=2))) == []


def test_one_that_is_ahead_of_the_database_is_left_to_people(sound: ModelVersion) -> None:
    forge(published(), event=10**9)
    finding = only_finding()
    assert "it tells of event 1000000000" in finding.what
    assert finding.repair is None


def test_one_that_waits_is_no_finding_of_its_own(sound: ModelVersion) -> None:
    promote(reference=another(sound).reference, alias="production", actor="ada")
    keys = set(UnstoredManifest.objects.values_list("key", flat=True))
    assert published_alias("late", "production") in keys
    found = verify_catalog().findings
    assert {str(finding.kind) for finding in found} == {"manifest waiting"}


def test_a_removed_alias_needs_nothing_published_and_may_have_that(sound: ModelVersion) -> None:
    remove_alias(name="late", alias="production", actor="ada")
    settle()
    assert kinds(verify_catalog()) == []
    published().unlink()
    assert kinds(verify_catalog()) == []


def test_one_of_a_model_that_nobody_knows_is_an_orphan(sound: ModelVersion) -> None:
    other = path_of(published_alias("unknown", "production"))
    other.parent.mkdir(parents=True)
    other.write_bytes(published().read_bytes())
    finding = only_finding(now=later(days=2))
    assert (finding.kind, finding.where) == ("orphan", str(other))
