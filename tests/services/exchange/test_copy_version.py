"""Copies: the same bytes and all that is known of them, under a number and a key of their own."""

from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import CatalogError, DigestMismatch, StorageError
from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.exchange.copy_version import copy_version
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.attachments import attach_file, attached_files
from catalog.services.registry.curation import archive, write_notes
from catalog.services.registry.references import find_model_version
from catalog.services.registry.tags import change_tags
from tests.catalog_rows import compare_catalogs, snapshot
from tests.services.integrity.catalogs import flip, make_sound, path_of, settle
from tests.services.integrity.rebuilds import rebuild_from_nothing

KEPT = (
    "sha256",
    "size_bytes",
    "metrics",
    "params",
    "signature",
    "target",
    "estimator",
    "dataset_version",
    "notes",
    "tags",
)


def copied(version: ModelVersion, **options: Any) -> ModelVersion:
    copy_version(version=version, new_name="delays", actor="grace", **options)
    return find_model_version("delays:1")


def test_what_predicts_no_column_is_copied(late_v1: ModelVersion) -> None:
    RegisteredModel.objects.update(task="clustering")
    late_v1.registered_model.refresh_from_db()
    assert copied(late_v1).registered_model.task == "clustering"


def test_a_copy_is_the_same_but_for_its_name_and_number(late_v1: ModelVersion) -> None:
    write_notes(version=late_v1, notes="Seen", actor="ada")
    version = change_tags(subject=late_v1, tags={"stage": "eu"}, actor="ada")
    copy = copied(version)
    assert {name: getattr(copy, name) for name in KEPT} == {name: getattr(version, name) for name in KEPT}
    assert (copy.reference, copy.status, copy.created_by) == ("delays:1", "READY", "grace")
    assert path_of(copy.stored_key).read_bytes() == path_of(version.stored_key).read_bytes()
    assert copy.stored_key.startswith("models/delays/v0001/")
    assert copy.upload_token != version.upload_token


def test_evaluations_and_files_are_copied_too(late_v1: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "plot.svg").write_text("<svg/>")
    version = attach_file(version=late_v1, source=str(tmp_path / "plot.svg"), actor="ada")
    measured = evaluate_version(request=EvaluationRequest("late:1", like="late:1"), actor="ada").evaluation
    copy = copied(version)
    assert [path_of(file.key).read_text() for file in attached_files(copy)] == ["<svg/>"]
    (evaluation,) = copy.evaluations.all()
    assert (evaluation.metrics, evaluation.created_by, evaluation.created_at) == (
        measured.metrics, "ada", measured.created_at
    )  # fmt: skip


def test_a_copy_knows_what_it_was_made_of(late_v1: ModelVersion) -> None:
    copy = copied(late_v1, reason="For Europe")
    assert copy.provenance == {
        "copied_from": "late:1",
        "created_by": "ada",
        "created_at": late_v1.created_at.isoformat(),
    }
    event = AuditEvent.objects.get(verb="copied")
    assert (event.reference, event.actor, event.reason) == ("delays:1", "grace", "A copy of late:1: For Europe")


def test_a_copy_can_be_searched_as_its_original(late_v1: ModelVersion) -> None:
    copy = copied(change_tags(subject=late_v1, tags={"stage": "eu"}, actor="ada"))
    assert sorted(map(str, copy.indexed_metrics.all())) == sorted(map(str, late_v1.indexed_metrics.all()))
    assert [str(tag) for tag in copy.indexed_tags.all()] == ["stage=eu"]


def test_copies_agree_with_the_bucket_and_come_back(late_v1: ModelVersion) -> None:
    make_sound(late_v1)
    copied(late_v1)
    settle()
    before = snapshot()
    assert verify_catalog(deep=True, replay=True).findings == []
    assert rebuild_from_nothing().findings == []
    compare_catalogs(before, snapshot())


def test_a_copy_gets_the_main_metric_of_the_model_it_goes_to(late_v1: ModelVersion) -> None:
    RegisteredModel.objects.create(name="delays", task="classification", primary_metric="accuracy")
    assert copied(late_v1).primary_value == late_v1.metrics["accuracy"]["value"]


@pytest.mark.parametrize(
    ("new_name", "message"),
    [
        ("late", "`new_name`: late:1 is a version of late already."),
        ("taken", "taken is a regression model, and this version is for classification. Give it another name."),
        ("No Name", "'No Name' can't be the name of a model"),
    ],
)
def test_what_can_not_be_copied_there_is_refused_before_it_is_read(
    late_v1: ModelVersion, new_name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.services.exchange.copy_version.open_verified", lambda *given: pytest.fail("read"))
    RegisteredModel.objects.create(name="taken", task="regression", primary_metric="r2")
    with pytest.raises(CatalogError) as caught:
        copy_version(version=late_v1, new_name=new_name, actor="ada")
    assert str(caught.value).startswith(message)
    assert ModelVersion.objects.count() == 1


def test_the_same_is_not_copied_twice(late_v1: ModelVersion) -> None:
    copied(late_v1)
    with pytest.raises(CatalogError, match="The same file is in the catalog as delays:1, which is READY"):
        copied(late_v1)


def test_a_copy_that_was_interrupted_is_finished_by_the_next(
    late_v1: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plot.svg").write_text("<svg/>")
    version = attach_file(version=late_v1, source=str(tmp_path / "plot.svg"), actor="ada")
    evaluate_version(request=EvaluationRequest("late:1", like="late:1"), actor="ada")
    for step in ("add_evaluations", "attach_carried"):
        with monkeypatch.context() as patch:
            patch.setattr(f"catalog.services.exchange.copy_version.{step}", not_answering)
            with pytest.raises(StorageError):
                copied(version)
    copy = copied(version)
    assert (copy.evaluations.count(), [file.name for file in attached_files(copy)]) == (1, ["plot.svg"])
    assert copy.registered_model.versions.count() == 1


def not_answering(*asked: Any, **options: Any) -> None:
    raise StorageError("No answer")


def test_what_is_out_of_use_is_not_copied(late_v1: ModelVersion) -> None:
    with pytest.raises(CatalogError, match="late:1 is ARCHIVED: only a version that is READY can be copied"):
        copied(archive(version=late_v1, actor="ada"))


def test_changed_bytes_are_not_copied(late_v1: ModelVersion) -> None:
    flip(path_of(late_v1.stored_key))
    with pytest.raises(DigestMismatch):
        copied(late_v1)
    assert ModelVersion.objects.count() == 1
