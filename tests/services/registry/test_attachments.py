"""Files beside versions: stored once, verified, purged with the version, and never two under one name."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from catalog.exceptions import CatalogError, StorageError
from catalog.models import AuditEvent, ModelVersion
from catalog.services.integrity.move_objects import move_objects
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry import attachments
from catalog.services.registry.attachments import attach_file, attached_files
from catalog.services.registry.curation import archive, move_to_trash
from catalog.services.registry.trash import purge_trash
from tests.catalog_rows import compare_catalogs, snapshot
from tests.services.integrity.catalogs import another, flip, kinds, later, make_sound, path_of, repair_all, settle
from tests.services.integrity.rebuilds import rebuild_from_nothing
from tests.services.snapshots import location


@pytest.fixture
def plot(tmp_path: Path) -> Path:
    path = tmp_path / "plot.svg"
    path.write_text("<svg/>")
    return path


@pytest.fixture
def attached(late_v1: ModelVersion, plot: Path) -> ModelVersion:
    """`late:1` with `plot.svg`; everything agrees."""
    make_sound(late_v1)
    version = attach_file(version=late_v1, source=str(plot), actor="ada", reason="To look at")
    settle()
    return version


def test_a_file_is_stored_beside_the_version_by_its_digest(attached: ModelVersion) -> None:
    (file,) = attached_files(attached)
    assert (file.name, file.size_bytes) == ("plot.svg", 6)
    assert file.key == f"models/late/v0001/attachments/{file.sha256[:12]}-plot.svg"
    assert path_of(file.key).read_text() == "<svg/>"


def test_attaching_is_an_event(attached: ModelVersion) -> None:
    event = AuditEvent.objects.get(verb="attached")
    assert (event.actor, event.to_value, event.reason) == ("ada", "plot.svg", "To look at")


def test_a_file_that_is_recorded_stays_when_the_answer_to_the_commit_is_lost(
    late_v1: ModelVersion, plot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = attachments._record

    def losing(*arguments: Any) -> None:
        record(*arguments)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(attachments, "_record", losing)
    with pytest.raises(OperationalError):
        attach_file(version=late_v1, source=str(plot), actor="ada")
    (file,) = attached_files(ModelVersion.objects.get(pk=late_v1.pk))
    assert path_of(file.key).read_text() == "<svg/>"


def test_the_same_file_again_changes_nothing(attached: ModelVersion, plot: Path) -> None:
    attach_file(version=attached, source=str(plot), actor="grace")
    assert AuditEvent.objects.filter(verb="attached").count() == 1
    assert len(list((location() / "models/late/v0001/attachments").glob("[!.]*"))) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "`name`: late:1 has another file plot.svg attached. Choose another name."),
        ({"name": "../plot.svg"}, "`name`: '../plot.svg' can't be the name of an attached file: use letters, digits"),
        ({"name": ".svg"}, "`name`: '.svg' can't be the name of an attached file"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused(
    attached: ModelVersion, plot: Path, options: dict[str, str], message: str
) -> None:
    plot.write_text("other")
    with pytest.raises(CatalogError) as caught:
        attach_file(version=attached, source=str(plot), actor="ada", **options)
    assert str(caught.value).startswith(message)
    assert len(ModelVersion.objects.get(number=1).attachments) == 1


def test_a_file_that_is_too_large_is_refused(late_v1: ModelVersion, plot: Path, settings: Any) -> None:
    settings.CATALOG["MODEL_BYTES"] = 5
    with pytest.raises(CatalogError, match=r"^plot\.svg has \d+ bytes, and at most 5 can be attached\.$"):
        attach_file(version=late_v1, source=str(plot), actor="ada")


def test_nothing_is_attached_to_what_can_not_be_used(late_v1: ModelVersion, plot: Path) -> None:
    ModelVersion.objects.update(status="REJECTED")
    late_v1.refresh_from_db()
    with pytest.raises(CatalogError, match="late:1 is REJECTED: files are attached to what is READY, archived or quar"):
        attach_file(version=late_v1, source=str(plot), actor="ada")


def test_a_file_can_be_attached_to_an_archived_version(late_v1: ModelVersion, plot: Path) -> None:
    version = attach_file(version=archive(version=late_v1, actor="ada"), source=str(plot), actor="ada")
    assert [file.name for file in attached_files(version)] == ["plot.svg"]


def test_what_can_not_be_recorded_is_not_left_in_storage(
    late_v1: ModelVersion, plot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise StorageError("no")

    monkeypatch.setattr(attachments, "change_fields", refuse)
    with pytest.raises(StorageError):
        attach_file(version=late_v1, source=str(plot), actor="ada")
    assert list((location() / "models/late/v0001/attachments").glob("*")) == []


def test_attached_files_agree_and_come_back(attached: ModelVersion) -> None:
    before = snapshot()
    assert verify_catalog(deep=True, now=later(days=2)).findings == []
    assert rebuild_from_nothing().findings == []
    compare_catalogs(before, snapshot())
    assert verify_catalog(deep=True, now=later(days=2)).findings == []


def test_a_missing_file_is_found(attached: ModelVersion) -> None:
    path_of(attached_files(attached)[0].key).unlink()
    assert kinds(verify_catalog()) == ["object missing"]


def test_changed_bytes_are_found_by_reading_them(attached: ModelVersion) -> None:
    flip(path_of(attached_files(attached)[0].key))
    assert (kinds(verify_catalog()), kinds(verify_catalog(deep=True))) == ([], ["object changed"])


def test_an_object_of_another_size_or_write_is_found(attached: ModelVersion) -> None:
    path = path_of(attached_files(attached)[0].key)
    path.write_text("longer than it was")
    assert kinds(verify_catalog()) == ["object changed"]
    ModelVersion.objects.update(attachments=[{**attached.attachments[0], "size_bytes": 18, "upload_token": "f" * 32}])
    assert "object changed" in kinds(verify_catalog())


def test_what_was_left_by_a_killed_attaching_is_removed(attached: ModelVersion) -> None:
    ModelVersion.objects.update(attachments=[])
    AuditEvent.objects.filter(verb="attached")._raw_delete("default")
    (path_of("events/models/late") / next(path_of("events/models/late").glob("*-attached.json")).name).unlink()
    key = attached_files(attached)[0].key
    assert any(key in repaired for repaired in repair_all(later(days=2)))
    assert not path_of(key).exists()


def test_a_purge_takes_the_attached_files_too(attached: ModelVersion, plot: Path) -> None:
    version = attach_file(version=another(attached), source=str(plot), actor="ada")
    key = attached_files(version)[0].key
    move_to_trash(version=archive(version=version, actor="ada"), actor="ada")
    assert purge_trash(actor="ada", older_than=timedelta()).remaining == []
    settle()
    assert not path_of(key).exists()
    assert verify_catalog(now=later(days=2)).findings == []


def test_attached_files_move_with_the_objects(attached: ModelVersion, settings: Any, tmp_path: Path) -> None:
    old = location()
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "new"}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    assert move_objects(source=str(old)).problems == {}
    assert verify_catalog(deep=True).findings == []
