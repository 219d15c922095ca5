from typing import Any

import pytest

from catalog.exceptions import AccessDenied
from catalog.models import AuditEvent, ModelVersion
from catalog.services.integrity.rebuild.rebuild_catalog import rebuild_catalog
from catalog.storage.keys import event_manifest, failed_beside
from catalog.storage.local import LocalCatalogStorage
from tests.catalog_rows import compare_catalogs, differences, snapshot
from tests.services.integrity.catalogs import another, beside, flip, forge, later, path_of, repair_all
from tests.services.integrity.rebuilds import finding_pairs, rebuild_from_nothing


@pytest.mark.parametrize("part", [0, 0.5, 1])
def test_an_altered_manifest_is_not_restored_and_stops_nothing(sound: ModelVersion, part: float) -> None:
    another(sound)
    before = snapshot()
    flip(beside(ModelVersion.objects.get(number=2)), part)
    rebuilt = rebuild_from_nothing()
    assert finding_pairs(rebuilt) == [("manifest altered", "late:2")]
    assert differences(before, snapshot()) == ["modelversion late:2 is gone"]


def test_what_is_no_json_is_not_restored_and_stops_nothing(sound: ModelVersion) -> None:
    path_of("models/late/v0009").mkdir()
    path_of("models/late/v0009/manifest.json").write_bytes(b"\xff{")
    before = snapshot()
    assert finding_pairs(rebuild_from_nothing()) == [("manifest altered", "late:9")]
    compare_catalogs(before, snapshot())


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "FOUND"},
        {"created_at": "yesterday"},
        {"created_at": {"a": 1}},
        {"number": "one"},
        {"size_bytes": "many"},
        {"target": "x" * 300},
        {"kind": "auditevent"},
        {"registered_model": None},
        {"registered_model": {"name": "other"}},
        {"upload_token": None},
    ],
)
def test_a_manifest_with_a_digest_and_wrong_members_is_not_restored(
    sound: ModelVersion, changed: dict[str, Any]
) -> None:
    version = another(sound)
    before = snapshot()
    forge(beside(version), **changed)
    rebuilt = rebuild_from_nothing()
    assert [finding.where for finding in rebuilt.findings] == ["late:2"]
    assert differences(before, snapshot()) == ["modelversion late:2 is gone"]


def test_the_manifest_of_another_version_is_not_restored(sound: ModelVersion) -> None:
    version = another(sound)
    beside(version).write_bytes(beside(sound).read_bytes())
    rebuilt = rebuild_from_nothing()
    assert finding_pairs(rebuilt) == [("manifest altered", "late:2")]
    assert "it is the manifest of something else" in rebuilt.findings[0].what


def test_an_unknown_format_is_named(sound: ModelVersion) -> None:
    version = another(sound)
    forge(beside(version), format=7)
    (finding,) = rebuild_from_nothing().findings
    assert "it has the format 7, and this release reads format 1" in finding.what


def test_a_failure_is_told_before_what_was_stored_of_the_same_write(sound: ModelVersion) -> None:
    version = another(sound, status="PENDING")
    repair_all(later(hours=7))
    text = path_of(failed_beside(version.stored_key)).read_text()
    beside(version).write_text(text)
    forge(beside(version), status="READY", failure="")
    path_of(event_manifest("model", "late", AuditEvent.objects.latest("id").pk, "failed")).unlink()
    rebuild_from_nothing()
    assert ModelVersion.objects.get(number=2).status == "FAILED"


def test_a_failure_of_another_write_does_not_hide_what_was_stored(sound: ModelVersion) -> None:
    """As when a new database met the old folder: its write failed, because the number was taken there."""
    version = another(sound)
    path = path_of(failed_beside(version.stored_key))
    path.write_text(beside(version).read_text())
    forge(path, status="FAILED", upload_token="other", created_at="2020-01-01T00:00:00+00:00")
    rebuild_from_nothing()
    restored = ModelVersion.objects.get(number=2)
    assert (restored.status, restored.upload_token) == ("READY", version.upload_token)


def test_two_events_of_one_id_are_named(sound: ModelVersion) -> None:
    event = AuditEvent.objects.latest("id")
    path = path_of(event_manifest("model", "late", event.pk, event.verb))
    path.with_name(path.name.replace("promoted", "archived")).write_text(path.read_text())
    assert [where for _, where in finding_pairs(rebuild_from_nothing())] == ["late"]


def test_without_permission_to_list_it_is_refused_in_one_line(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: LocalCatalogStorage, prefix: str) -> Any:
        raise AccessDenied("Can't list.")

    monkeypatch.setattr(LocalCatalogStorage, "walk", refuse)
    with pytest.raises(AccessDenied, match="has to list the bucket, and these keys may not: allow s3:ListBucket"):
        rebuild_catalog(apply=True)
