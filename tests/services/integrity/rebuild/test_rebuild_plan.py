from pathlib import Path

import pytest

from catalog.models import Alias, AuditEvent, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog
from catalog.services.registry.aliases import promote
from catalog.storage.keys import event_manifest, parent_manifest
from tests.catalog_rows import compare_catalogs, differences, snapshot
from tests.services.integrity.catalogs import another, beside, forge, path_of, settle
from tests.services.integrity.rebuilds import finding_pairs, forget_events, rebuild_from_nothing


def test_into_a_filled_database_only_what_is_missing_is_added(sound: ModelVersion) -> None:
    another(sound)
    promote(reference="late:2", alias="staging", actor="ada")
    settle()
    before = snapshot()
    Alias.objects.filter(name="staging").delete()
    forget_events(version_number=2)
    ModelVersion.objects.filter(number=2).delete()
    RegisteredModel.objects.update(next_number=2)
    rebuilt = rebuild_catalog(apply=True)
    compare_catalogs(before, snapshot())
    assert rebuilt.missing == {"model versions": 1, "audit events": 2, "aliases": 1}


def test_a_row_that_is_there_is_not_changed(sound: ModelVersion) -> None:
    ModelVersion.objects.update(notes="Changed past the services")
    before = snapshot()
    assert rebuild_catalog(apply=True).findings == []
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize("changed", [{"sha256": "a" * 64}, {"upload_token": "other"}])
def test_another_version_under_the_same_number_is_a_conflict(sound: ModelVersion, changed: dict[str, str]) -> None:
    ModelVersion.objects.update(**changed)
    before = snapshot()
    rebuilt = rebuild_catalog(apply=True)
    assert finding_pairs(rebuilt) == [("conflict", "late:1")]
    compare_catalogs(before, snapshot())


def test_another_event_under_the_same_id_is_a_conflict(sound: ModelVersion) -> None:
    event = AuditEvent.objects.latest("id")
    forge(path_of(event_manifest("model", "late", event.pk, event.verb)), reason="Forged")
    before = snapshot()
    assert finding_pairs(rebuild_catalog(apply=True)) == [("conflict", f"event {event.pk}")]
    compare_catalogs(before, snapshot())


def test_an_alias_that_stands_elsewhere_is_a_conflict(sound: ModelVersion) -> None:
    Alias.objects.update(model_version=another(sound))
    before = snapshot()
    assert finding_pairs(rebuild_catalog(apply=True)) == [("conflict", "late@production")]
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize("damage", ["missing", "longer"])
def test_a_version_without_its_object_is_not_restored(sound: ModelVersion, damage: str) -> None:
    path, before = Path(another(sound).artifact.path), snapshot()
    path.unlink() if damage == "missing" else path.write_bytes(b"more" + path.read_bytes())
    rebuilt = rebuild_from_nothing()
    assert finding_pairs(rebuilt) == [("object missing", "late:2")]
    assert differences(before, snapshot()) == ["modelversion late:2 is gone"]


def test_what_refers_to_a_version_that_is_not_restored_waits_for_it(sound: ModelVersion, receipt: Prediction) -> None:
    path, before = Path(DatasetVersion.objects.get().file.path), snapshot()
    path.rename(path.with_name(".away"))
    rebuilt = rebuild_from_nothing()
    assert finding_pairs(rebuilt) == [
        ("object missing", "departures:1"),
        ("not restored", "late:1"),
        ("not restored", str(receipt.pk)),
        ("not restored", "late@production"),
    ]
    path.with_name(".away").rename(path)
    assert rebuild_catalog(apply=True).findings == []
    compare_catalogs(before, snapshot())


def test_a_version_without_the_event_of_its_making_is_restored_and_named(sound: ModelVersion) -> None:
    """As when the process is killed between storing the manifest and the commit that makes the version READY."""
    version = another(sound)
    event = AuditEvent.objects.get(version_number=2)
    path_of(event_manifest("model", "late", event.pk, event.verb)).unlink()
    rebuilt = rebuild_from_nothing()
    assert rebuilt.findings == []
    assert rebuilt.notes[0].startswith("late:2 is restored, and no event tells of its making")
    assert ModelVersion.objects.get(number=2).sha256 == version.sha256


def test_a_version_whose_manifest_is_gone_is_named_by_its_events(sound: ModelVersion) -> None:
    beside(another(sound)).unlink()
    assert finding_pairs(rebuild_from_nothing()) == [("not restored", "late:2")]


def test_a_parent_without_manifest_comes_from_its_versions(sound: ModelVersion) -> None:
    before = snapshot()
    path_of(parent_manifest("dataset", "departures")).unlink()
    path_of(parent_manifest("registeredmodel", "late")).unlink()
    rebuilt = rebuild_from_nothing()
    compare_catalogs(before, snapshot())
    assert [note.partition(" has no")[0] for note in rebuilt.notes] == ["dataset departures", "model late"]
