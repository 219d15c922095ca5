from typing import Any

import pytest
from django.utils import timezone

from catalog.exceptions import DigestMismatch
from catalog.models import AuditEvent, ModelVersion, Prediction, RegisteredModel, UnstoredManifest
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.persistence.signing import verify_manifest
from catalog.services.registry.curation import archive
from catalog.storage.keys import event_manifest, parent_manifest
from tests.services.integrity.catalogs import (
    add_digest,
    another,
    beside,
    flip,
    forge,
    kinds,
    only_finding,
    path_of,
)


@pytest.mark.parametrize("part", [0, 0.2, 0.5, 0.8, 1])
def test_a_changed_byte_of_a_manifest_is_found(sound: ModelVersion, part: float) -> None:
    flip(beside(sound), part)
    finding = only_finding()
    assert (finding.kind, finding.where) == ("manifest altered", "late:1")


def test_every_byte_of_a_manifest_counts(sound: ModelVersion) -> None:
    content = path_of(parent_manifest("dataset", "departures")).read_bytes()
    assert verify_manifest(content)["name"] == "departures"
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(DigestMismatch):
            verify_manifest(bytes(changed))


def test_the_manifest_of_another_version_is_found(sound: ModelVersion) -> None:
    version = another(sound)
    beside(version).write_bytes(beside(sound).read_bytes())
    finding = only_finding()
    assert (finding.kind, finding.where) == ("manifest altered", "late:2")
    assert "it is the manifest of something else: its number is 1, expected 2" in finding.what


def test_missing_manifests_of_all_kinds_are_found(sound: ModelVersion, receipt: Prediction) -> None:
    event = AuditEvent.objects.latest("id")
    rows = [sound, sound.dataset_version, receipt]
    for path in (
        *map(beside, rows),
        path_of(parent_manifest("dataset", "departures")),
        path_of(parent_manifest("registeredmodel", "late")),
        path_of(event_manifest("model", "late", event.pk, event.verb)),
    ):
        path.unlink()
    found = verify_catalog().findings
    assert {finding.kind for finding in found} == {"manifest missing"}
    assert {finding.where for finding in found} == {
        "late:1",
        "departures:1",
        f"receipt {receipt.pk}",
        "dataset departures",
        "registered model late",
        f"event {event.pk} of late:1",
    }


@pytest.mark.parametrize(
    ("model", "changed", "where"),
    [
        (ModelVersion, {"notes": "Changed by hand"}, "late:1"),
        (ModelVersion, {"archived_at": timezone.now()}, "late:1"),
        (RegisteredModel, {"description": "Changed by hand"}, "registered model late"),
        (Prediction, {"row_count": 7}, "receipt"),
    ],
)
def test_a_row_changed_past_the_services_is_found(
    sound: ModelVersion, model: Any, changed: dict[str, Any], where: str
) -> None:
    model.objects.update(**changed)
    found = [finding for finding in verify_catalog().findings if finding.kind == "manifest differs"]
    assert [finding.where.startswith(where) for finding in found] == [True]
    assert f"{next(iter(changed))} is" in found[0].what
    assert found[0].repair is None


def test_another_event_under_the_same_id_is_found(sound: ModelVersion) -> None:
    event = AuditEvent.objects.latest("id")
    path = path_of(event_manifest("model", "late", event.pk, event.verb))
    forge(path, actor="eve")
    finding = only_finding()
    assert (finding.kind, finding.where) == ("manifest differs", f"event {event.pk} of late:1")
    assert "actor is 'ada' in the database, 'eve' by its manifest" in finding.what


def test_an_unknown_format_is_named(sound: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.persistence.signing.FORMAT", 2)
    found = verify_catalog().findings
    assert "it has the format 1, and this release reads format 2" in found[0].what


def test_a_waiting_manifest_is_found_and_nothing_else(sound: ModelVersion) -> None:
    archive(version=another(sound), actor="ada")
    finding = only_finding()
    assert finding.kind == "manifest waiting"
    assert finding.where == UnstoredManifest.objects.get().key


@pytest.mark.parametrize("text", ["[1\n}", "[" * 100_000 + "\n}", "[]\n}", '{"format": 1\n}'])
def test_what_is_no_manifest_is_found_in_spite_of_its_digest(sound: ModelVersion, text: str) -> None:
    beside(sound).write_text(add_digest(text))
    assert kinds(verify_catalog()) == ["manifest altered"]


def test_an_event_that_another_process_stores_meanwhile_is_not_missing(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = AuditEvent.objects.latest("id")
    path = path_of(event_manifest("model", "late", event.pk, event.verb))
    hidden = path.with_name(".hidden")
    path.rename(hidden)
    manifests = UnstoredManifest.objects.filter

    def store_meanwhile(**lookups: Any) -> Any:
        if hidden.exists() and "key__in" in lookups:
            hidden.rename(path)
        return manifests(**lookups)

    monkeypatch.setattr(UnstoredManifest.objects, "filter", store_meanwhile)
    assert verify_catalog().findings == []
