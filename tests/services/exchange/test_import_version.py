"""Versions carried from one catalog to another: as they were when the signer is trusted, else into quarantine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog import load_model
from catalog.exceptions import CatalogError, StorageError
from catalog.models import AuditEvent, DatasetVersion, ModelVersion, RegisteredModel
from catalog.services.exchange.copy_version import copy_version
from catalog.services.exchange.export_version import export_version
from catalog.services.exchange.import_version import import_version
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.attachments import attach_file, attached_files
from catalog.services.registry.curation import archive, write_notes
from catalog.services.registry.references import find_model_version
from catalog.services.registry.tags import change_tags
from catalog.services.uploads.add_version import add_version
from catalog.services.uploads.approval import approve
from catalog.storage.digests import path_sha256
from tests.catalog_rows import compare_catalogs, snapshot
from tests.factories import make_dataset
from tests.hostile_models import IRIS, fitted, skops_bytes
from tests.services.integrity.catalogs import flip, forge, path_of, settle
from tests.services.integrity.rebuilds import rebuild_from_nothing
from tests.services.snapshots import departures
from tests.uploading import write_model

OURS, THEIRS = "o" * 32, "t" * 32
KEPT = ("sha256", "metrics", "params", "signature", "target", "estimator", "notes", "tags", "environment", "report")


@pytest.fixture
def exported(late_v1: ModelVersion, key: Callable[..., None], tmp_path: Path) -> Path:
    """`late:1` with notes, tags and a plot, as the catalog with their key exports it."""
    key(THEIRS)
    plot = tmp_path / "plot.svg"
    plot.write_text("<svg/>")
    write_notes(version=late_v1, notes="Seen", actor="ada")
    version = change_tags(subject=late_v1, tags={"stage": "eu"}, actor="ada")
    export_version(
        version=attach_file(version=version, source=str(plot), actor="ada"), folder=str(tmp_path / "out"), actor="ada"
    )
    return tmp_path / "out"


def taken_in(folder: Path, name: str = "delays") -> ModelVersion:
    """As another model: this catalog has the name and the file."""
    import_version(folder=str(folder), name=name, actor="grace")
    return find_model_version(f"{name}:1")


def test_an_export_holds_manifest_file_and_attachments(exported: Path, late_v1: ModelVersion) -> None:
    name = f"{late_v1.sha256[:12]}-model.joblib"
    files = {str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file()}
    assert files == {"manifest.json", name, "attachments/plot.svg"}
    assert path_sha256(exported / name) == late_v1.sha256
    text = (exported / "manifest.json").read_text()
    assert json.loads(text)["tags"] == {"stage": "eu"}
    assert late_v1.upload_token not in text
    assert AuditEvent.objects.get(verb="exported").reference == "late:1"


@pytest.mark.parametrize("trusted", [(THEIRS,), (OURS, THEIRS)])
def test_what_a_trusted_catalog_signed_is_ready_as_it_was(
    exported: Path, late_v1: ModelVersion, key: Callable[..., None], trusted: tuple[str, ...]
) -> None:
    key(OURS, *trusted)
    version, there = taken_in(exported), find_model_version("late:1")
    assert {name: getattr(version, name) for name in KEPT} == {name: getattr(there, name) for name in KEPT}
    assert (version.status, version.created_by, version.dataset_reference) == ("READY", "grace", "departures:1")
    assert path_of(version.stored_key).read_bytes() == path_of(there.stored_key).read_bytes()
    assert [path_of(file.key).read_text() for file in attached_files(version)] == ["<svg/>"]
    assert (version.provenance["imported_from"], version.provenance["created_by"]) == ("late:1", "ada")
    assert (version.provenance["signed"], version.provenance["left_out"]) == (True, [])


def test_what_predicts_no_column_is_taken_from_whom_is_trusted_alone(
    late_v1: ModelVersion, key: Callable[..., None], tmp_path: Path
) -> None:
    RegisteredModel.objects.update(task="clustering")
    key(THEIRS)
    folder = export_version(version=find_model_version("late:1"), folder=str(tmp_path / "out"), actor="ada")
    key(OURS)
    with pytest.raises(CatalogError, match=r"^late:1 predicts no column, and an upload predicts one\. It is taken"):
        taken_in(folder)
    key(OURS, THEIRS)
    assert (taken_in(folder).status, RegisteredModel.objects.get(name="delays").task) == ("READY", "clustering")


def test_several_columns_are_no_upload(exported: Path, late_v1: ModelVersion, key: Callable[..., None]) -> None:
    key("")
    output = {"name": "early", "type": "boolean", "classes": [False, True]}
    forge(exported / "manifest.json", signature={**late_v1.signature, "other_outputs": [output]})
    with pytest.raises(CatalogError, match=r"^late:1 predicts several columns, and an upload predicts one\. "):
        taken_in(exported)
    assert ModelVersion.objects.count() == 1


def test_columns_have_the_types_that_the_manifest_says_where_the_data_are_not_here(
    exported: Path, late_v1: ModelVersion, key: Callable[..., None], settings: Any, inspected_here: None
) -> None:
    DatasetVersion.objects.update(sha256="a" * 64)
    key("")
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    version = approve(version=taken_in(exported), actor="ada", may_approve_pickles=True)
    types, there = ({item["name"]: item["type"] for item in each.signature["inputs"]} for each in (version, late_v1))
    assert types == there
    assert load_model("delays:1").predict(departures()).tolist() == load_model("late:1").predict(departures()).tolist()


def test_a_file_that_storage_did_not_take_is_told_with_what_brings_it(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.services.exchange.carried_versions.attach_file", not_answering)
    with pytest.raises(StorageError) as caught:
        taken_in(exported)
    assert str(caught.value) == (
        "delays:1 is here, but without its file plot.svg. When the storage answers, run the command again: it goes on "
        "from there. No answer"
    )


@pytest.mark.parametrize("trusted", [True, False])
def test_an_import_that_was_interrupted_is_finished_by_the_next(
    exported: Path,
    key: Callable[..., None],
    settings: Any,
    inspected_here: None,
    monkeypatch: pytest.MonkeyPatch,
    trusted: bool,
) -> None:
    key(OURS, *([THEIRS] if trusted else []))
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    with monkeypatch.context() as patch:
        patch.setattr("catalog.services.exchange.carried_versions.attach_file", not_answering)
        with pytest.raises(StorageError):
            taken_in(exported)
    assert [file.name for file in attached_files(taken_in(exported))] == ["plot.svg"]
    assert RegisteredModel.objects.get(name="delays").versions.count() == 1
    with pytest.raises(CatalogError, match="The same file is in the catalog as delays:1"):
        taken_in(exported)


def test_a_version_of_others_is_not_finished_by_an_import(
    exported: Path, late_v1: ModelVersion, key: Callable[..., None]
) -> None:
    """That has the same bytes, and came another way."""
    copy_version(version=late_v1, new_name="delays", actor="ada")
    key(OURS, THEIRS)
    with pytest.raises(CatalogError, match="The same file is in the catalog as delays:1, which is READY"):
        taken_in(exported)
    assert find_model_version("delays:1").attachments == []


def not_answering(**asked: Any) -> None:
    raise StorageError("No answer")


def test_what_it_signed_itself_is_trusted(exported: Path) -> None:
    assert taken_in(exported).status == "READY"


@pytest.mark.parametrize("own", ["", OURS])
def test_what_nobody_trusted_has_signed_is_quarantined(
    exported: Path, key: Callable[..., None], settings: Any, inspected_here: None, own: str
) -> None:
    key(own, "x" * 32)
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    version = taken_in(exported)
    assert (version.status, version.origin, version.tags) == ("QUARANTINED", "UPLOADED", {"stage": "eu"})
    assert (version.notes, version.target, version.dataset_reference) == ("Seen", "late", "departures:1")
    assert [path_of(file.key).read_text() for file in attached_files(version)] == ["<svg/>"]
    assert version.metrics["accuracy"]["baseline"] is None
    assert version.provenance["left_out"] == ["the report"]
    assert (version.provenance["imported_from"], version.provenance["signed"]) == ("late:1", False)


def test_a_file_whose_types_are_trusted_is_quarantined_all_the_same(
    db: None, key: Callable[..., None], inspected_here: None, tmp_path: Path
) -> None:
    make_dataset(tmp_path, IRIS.frame, "iris")
    source = write_model(tmp_path, skops_bytes(fitted("tree")))
    version = add_version(name="iris", source=source, actor="ada", dataset="iris:1", target="target")
    folder = export_version(version=version, folder=str(tmp_path / "out"), actor="ada")
    assert (version.status, taken_in(folder).status) == ("READY", "QUARANTINED")


def test_what_was_quarantined_comes_back_with_tags_and_files(
    exported: Path, key: Callable[..., None], settings: Any, inspected_here: None
) -> None:
    key("")
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    taken_in(exported)
    settle()
    before = {name: row for name, row in snapshot().items() if "delays" in name}
    rebuild_from_nothing()
    compare_catalogs(before, {name: row for name, row in snapshot().items() if "delays" in name})


def test_an_untrusted_pickle_is_not_taken_unless_pickles_are(exported: Path, key: Callable[..., None]) -> None:
    key("")
    with pytest.raises(CatalogError, match="loading one runs whatever code is in it, so they are not taken"):
        taken_in(exported)
    assert not RegisteredModel.objects.filter(name="delays").exists()


def test_a_signed_manifest_that_was_changed_is_refused(exported: Path) -> None:
    path = exported / "manifest.json"
    path.write_text(path.read_text().replace('"stage": "eu"', '"stage": "us"'))
    with pytest.raises(CatalogError, match=r"manifest.json: it is not as the catalog wrote it"):
        taken_in(exported)


def test_a_forged_digest_makes_no_signature(exported: Path, settings: Any, inspected_here: None) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    forge(exported / "manifest.json", notes="Trust me")
    assert taken_in(exported).status == "QUARANTINED"


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        ({"kind": "dataset"}, "it is not the manifest of a model's version"),
        ({"sha256": "../x"}, "it is not the manifest of a model's version"),
        ({"registered_model": {"name": "../x", "task": "t", "primary_metric": "p"}}, "it does not hold what the"),
        ({"registered_model": 5}, "it does not hold what such a manifest holds"),
        ({"metrics": 5}, "metrics can't be 5"),
        ({"artifact_format": "exe"}, "artifact_format can't be 'exe'"),
        ({"attachments": [{"name": "../x"}]}, "attachments can't be"),
        ({"notes": "a\0b"}, "it holds a text that no database takes"),
        ({"evaluations": [{"id": "../x", "sha256": "a" * 64}]}, "its evaluations are not such as an export holds"),
        ({"evaluations": 5}, "it does not hold what such a manifest holds"),
        ({"format": 2}, "it has the format 2, and this release reads format 1"),
    ],
)
def test_what_is_no_manifest_of_a_version_is_one_line(exported: Path, forged: dict[str, Any], message: str) -> None:
    forge(exported / "manifest.json", **forged)
    with pytest.raises(CatalogError) as caught:
        taken_in(exported)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert ModelVersion.objects.count() == 1


def test_changed_bytes_are_refused(exported: Path) -> None:
    flip(next(exported.glob("*-model.joblib")))
    with pytest.raises(CatalogError, match="has the SHA-256"):
        taken_in(exported)
    assert ModelVersion.objects.count() == 1


def test_a_changed_attachment_is_refused_before_anything_is_stored(exported: Path) -> None:
    (exported / "attachments" / "plot.svg").write_text("<script/>")
    with pytest.raises(CatalogError, match="has the SHA-256"):
        taken_in(exported)
    assert ModelVersion.objects.count() == 1


def test_data_that_are_not_here_are_named_and_not_linked(exported: Path, late_v1: ModelVersion) -> None:
    DatasetVersion.objects.update(sha256="a" * 64)
    version = taken_in(exported)
    assert (version.dataset_version, version.provenance["dataset"]) == (None, "departures:1")


def test_a_version_that_is_here_is_not_imported_again(exported: Path) -> None:
    with pytest.raises(CatalogError, match="The same file is in the catalog as late:1, which is READY"):
        import_version(folder=str(exported), actor="grace")


def test_a_folder_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=f"`folder`: there is no {tmp_path}/manifest.json. Name a folder that"):
        import_version(folder=str(tmp_path), actor="grace")


def test_what_was_imported_agrees_and_comes_back(exported: Path, key: Callable[..., None]) -> None:
    taken_in(exported)
    settle()
    key("")  # what was there before has no signature
    before = snapshot()
    assert [finding for finding in verify_catalog(deep=True).findings if finding.where.startswith("delays")] == []
    rebuild_from_nothing()
    compare_catalogs(
        {name: row for name, row in before.items() if "delays" in name},
        {name: row for name, row in snapshot().items() if "delays" in name},
    )


@pytest.mark.parametrize("there", ["a file", "a folder with something in it"])
def test_an_export_replaces_nothing(late_v1: ModelVersion, tmp_path: Path, there: str) -> None:
    target = tmp_path / "out"
    if there == "a file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "mine").write_text("mine")
    with pytest.raises(CatalogError, match=r"out is there and not empty. Name a new one"):
        export_version(version=late_v1, folder=str(target), actor="ada")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".catalog-")] == []


def test_an_export_that_fails_leaves_no_folder(late_v1: ModelVersion, tmp_path: Path) -> None:
    flip(path_of(late_v1.stored_key))
    with pytest.raises(CatalogError):
        export_version(version=late_v1, folder=str(tmp_path / "out"), actor="ada")
    assert not (tmp_path / "out").exists()


def test_what_is_out_of_use_is_not_exported(late_v1: ModelVersion, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="late:1 is ARCHIVED: only a version that is READY can be exported"):
        export_version(version=archive(version=late_v1, actor="ada"), folder=str(tmp_path / "out"), actor="ada")
