"""What somebody with the bucket's keys, and without CATALOG_MANIFEST_KEY, can do with manifests that are signed."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Alias, AuditEvent, ModelVersion, Prediction
from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence.signing import SIGNATURE, sign_manifest
from catalog.services.registry.aliases import promote
from catalog.storage.keys import event_manifest, failed_beside, manifest_beside, model_artifact
from tests.catalog_rows import differences, snapshot
from tests.services.integrity.catalogs import add_digest, another, beside, kinds, make_sound, path_of, settle
from tests.services.integrity.rebuilds import empty_database, rebuild_from_nothing
from tests.summary import count

OURS, THEIRS = "a-key-that-only-our-machines-have", "the-key-of-another-team"
NEW = 900


@pytest.fixture
def signed(settings: Any, late_v1: ModelVersion) -> ModelVersion:
    """`late:2` in production, before it `late:1`; all manifests are signed from the first on."""
    settings.CATALOG["MANIFEST_KEY"] = OURS
    make_sound(late_v1)
    for path in path_of("").rglob("manifest.json"):
        resign(path, settings, OURS)
    another(late_v1)
    promote(reference="late:2", alias="production", actor="ada", reason="better")
    settle()
    return late_v1


def resign(path: Path, settings: Any, key: str, **changed: Any) -> None:
    """As a catalog with this key writes it."""
    values = {name: value for name, value in json.loads(path.read_text()).items() if not name.startswith("manifest_")}
    settings.CATALOG["MANIFEST_KEY"] = key
    path.write_text(sign_manifest(json.dumps(values | changed, indent=1, ensure_ascii=False)))
    settings.CATALOG["MANIFEST_KEY"] = OURS


def first_promotion() -> Path:
    event = AuditEvent.objects.filter(verb="promoted").order_by("pk")[0]
    return path_of(event_manifest("model", "late", event.pk, "promoted"))


def as_another(path: Path, number: int) -> None:
    """The same with another id, which its signature is not of; its digest anybody can make."""
    text = re.sub(r'"id": \d+', f'"id": {number}', path.read_text())
    path.write_text(add_digest(f"{text.rpartition(',')[0]}\n}}"))


def replay_event() -> Path:
    target = path_of(event_manifest("model", "late", NEW, "promoted"))
    shutil.copy(first_promotion(), target)
    return target


def replay_event_by_its_new_number(settings: Any) -> None:
    as_another(replay_event(), NEW)


def replay_event_without_signature(settings: Any) -> None:
    path = replay_event()
    values = {name: value for name, value in json.loads(path.read_text()).items() if not name.startswith("manifest_")}
    path.write_text(add_digest(json.dumps(values | {"id": NEW}, indent=1)))


def replay_event_of_another_model(settings: Any) -> None:
    target = path_of(event_manifest("model", "other", NEW, "promoted"))
    target.parent.mkdir(parents=True)
    shutil.copy(first_promotion(), target)


def replay_event_as_another_verb(settings: Any) -> None:
    shutil.copy(first_promotion(), path_of(event_manifest("model", "late", NEW, "archived")))


def event_of_another_team(settings: Any) -> None:
    resign(replay_event(), settings, THEIRS, id=NEW)


def version_of_another_team(settings: Any) -> None:
    version = ModelVersion.objects.get(number=1)
    key = model_artifact("late", 9, version.sha256, "joblib")
    path_of(key).parent.mkdir(parents=True)
    os.link(version.artifact.path, path_of(key))
    shutil.copy(beside(version), path_of(manifest_beside(key)))
    resign(path_of(manifest_beside(key)), settings, THEIRS, number=9, artifact=key)


def replay_version_under_a_new_number(settings: Any) -> None:
    version = ModelVersion.objects.get(number=1)
    shutil.copytree(beside(version).parent, path_of("models/late/v0009"))


def replay_receipt(settings: Any) -> None:
    receipt = Prediction.objects.get()
    shutil.copytree(beside(receipt).parent, beside(receipt).parent.with_name("0" * 8 + str(receipt.pk)[8:]))


def stored_as_failed(settings: Any) -> None:
    """The manifest of what was stored in place of one that tells of a failure."""
    version = ModelVersion.objects.get(number=1)
    shutil.copy(beside(version), path_of(failed_beside(version.stored_key)))


ATTACKS: list[Callable[[Any], object]] = [
    lambda settings: replay_event(),
    replay_event_by_its_new_number,
    replay_event_without_signature,
    replay_event_of_another_model,
    replay_event_as_another_verb,
    event_of_another_team,
    version_of_another_team,
    replay_version_under_a_new_number,
    replay_receipt,
    stored_as_failed,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_replayed_is_not_taken_and_stops_nothing(
    signed: ModelVersion, settings: Any, attack: Callable[[Any], object]
) -> None:
    before = snapshot()
    attack(settings)
    rebuilt = rebuild_from_nothing()
    assert [line for line in differences(before, snapshot()) if "next_number" not in line] == []
    assert Alias.objects.get().model_version.number == 2
    if attack is not stored_as_failed:
        assert len(rebuilt.findings) == 1, rebuilt.findings
    count("replayed manifests refused: old events under new numbers, versions and keys of other teams")


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_catalog_that_is_there_is_not_changed_by_it(
    signed: ModelVersion, settings: Any, attack: Callable[[Any], object]
) -> None:
    before = snapshot()
    attack(settings)
    rebuild_catalog(apply=True)
    assert differences(before, snapshot()) == []
    assert set(kinds(verify_catalog())) <= {"manifest altered", "manifest unsigned", "not in the database"}


def test_a_bucket_that_is_wholly_of_another_team_brings_nothing(signed: ModelVersion, settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = THEIRS
    empty_database()
    rebuilt = rebuild_catalog(apply=True)
    assert (snapshot(), {str(finding.kind) for finding in rebuilt.findings}) == ({}, {"manifest unsigned"})


def test_the_signature_is_of_all_that_is_in_the_manifest(signed: ModelVersion) -> None:
    values = json.loads(first_promotion().read_text())
    assert list(values)[-2:] == [SIGNATURE, "manifest_sha256"]
    assert {"id", "object_name", "alias", "to_value", "at"} <= values.keys()
