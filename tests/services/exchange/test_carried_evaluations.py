"""Evaluations go with their version to another catalog, and refer there to the data that are the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import OperationalError

from catalog.exceptions import CatalogError
from catalog.models import DatasetVersion, Evaluation, ModelVersion
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.exchange.export_version import export_version
from catalog.services.exchange.import_version import import_version
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.comparability import Basis, compare_versions
from catalog.services.registry.references import find_model_version
from tests.admin.people import unused_dataset_version
from tests.catalog_rows import Rows, compare_catalogs, snapshot
from tests.services.integrity.catalogs import forge, settle
from tests.services.integrity.rebuilds import rebuild_from_nothing
from tests.services.snapshots import later_version

OWN = "o" * 32
CARRIED = ("rows_sha256", "row_count", "training_rows", "metrics", "report", "created_by", "created_at", "model_sha256")


@pytest.fixture
def measured(late_v1: ModelVersion, key: Callable[..., None]) -> Evaluation:
    """Of `late:1` on its held-out rows, in a catalog that signs."""
    key(OWN)
    return evaluate_version(request=EvaluationRequest("late:1", like="late:1"), actor="ada").evaluation


def exported(tmp_path: Path) -> Path:
    return export_version(version=find_model_version("late:1"), folder=str(tmp_path / "out"), actor="ada")


def taken_in(folder: Path) -> ModelVersion:
    import_version(folder=str(folder), name="delays", actor="grace")
    return find_model_version("delays:1")


def imported_rows() -> Rows:
    return {name: row for name, row in snapshot().items() if "delays" in name or row.get("model_version") == "delays:1"}


def test_an_evaluation_comes_with_its_version(measured: Evaluation, tmp_path: Path) -> None:
    version = taken_in(exported(tmp_path))
    (evaluation,) = version.evaluations.all()
    assert {name: getattr(evaluation, name) for name in CARRIED} == {name: getattr(measured, name) for name in CARRIED}
    assert (evaluation.pk != measured.pk, evaluation.rows_of) == (True, "delays:1")
    assert evaluation.dataset_version.reference == "departures:1"
    assert version.provenance["left_out"] == []


def test_an_import_without_its_evaluations_is_finished_by_the_next(
    measured: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exported(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("catalog.services.exchange.import_version.add_evaluations", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            taken_in(folder)
    assert taken_in(folder).evaluations.count() == 1
    with pytest.raises(CatalogError, match="The same file is in the catalog as delays:1"):
        taken_in(folder)


def test_what_it_was_compared_with_is_known_by_its_digest(measured: Evaluation, tmp_path: Path) -> None:
    other = later_version(find_model_version("late:1"), sha256="b" * 64)
    Evaluation.objects.update(against="elsewhere:7", against_sha256=other.sha256, differences=[])
    assert compare_versions(taken_in(exported(tmp_path)), other).basis == Basis.COMPARED


def test_an_evaluation_on_data_that_are_not_here_is_named(measured: Evaluation, tmp_path: Path) -> None:
    folder = exported(tmp_path)
    DatasetVersion.objects.update(sha256="a" * 64)
    version = taken_in(folder)
    assert version.provenance["left_out"] == ["1 evaluation on departures:1, which was not here"]
    assert not version.evaluations.exists()


def test_an_evaluation_whose_data_come_later_is_added_to_the_others(measured: Evaluation, tmp_path: Path) -> None:
    later = unused_dataset_version(measured.dataset_version, 2, None)
    DatasetVersion.objects.filter(pk=later.pk).update(sha256="b" * 64)
    fields = {field.attname: getattr(measured, field.attname) for field in measured._meta.concrete_fields}
    Evaluation.objects.create(**{**fields, "id": uuid4(), "dataset_version_id": later.pk, "rows_sha256": "d" * 64})
    folder = exported(tmp_path)
    DatasetVersion.objects.filter(pk=later.pk).update(sha256="a" * 64)
    assert taken_in(folder).evaluations.count() == 1
    DatasetVersion.objects.filter(pk=later.pk).update(sha256="b" * 64)
    assert taken_in(folder).evaluations.count() == 2
    with pytest.raises(CatalogError, match="The same file is in the catalog as delays:1"):
        taken_in(folder)


def test_evaluations_that_nobody_trusted_has_signed_are_stated_and_not_measured(
    measured: Evaluation, key: Callable[..., None], settings: Any, inspected_here: None, tmp_path: Path
) -> None:
    folder = exported(tmp_path)
    key("")
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    version = taken_in(folder)
    (stated,) = version.provenance["evaluations"]
    assert (stated["dataset"], stated["rows"], stated["rows_of"], stated["by"]) == ("departures:1", 60, "late:1", "ada")
    assert stated["metrics"] == {name: metric["value"] for name, metric in measured.metrics.items()}
    assert version.provenance["left_out"] == ["the report", "all but the metrics of its evaluations"]
    assert (version.status, version.evaluations.exists()) == ("QUARANTINED", False)


def test_carried_evaluations_agree_and_come_back(
    measured: Evaluation, key: Callable[..., None], tmp_path: Path
) -> None:
    taken_in(exported(tmp_path))
    settle()
    key("")  # what was there before has no signature
    before = imported_rows()
    (evaluation,) = (name for name in before if name.startswith("evaluation "))
    where = [finding.where for finding in verify_catalog().findings]
    assert [name for name in where if "delays" in name or name == evaluation] == []
    rebuild_from_nothing()
    compare_catalogs(before, imported_rows())


@pytest.mark.parametrize("spoil", ["changed", "missing", "of another version"])
def test_a_spoiled_evaluation_is_refused_before_anything_is_stored(
    measured: Evaluation, tmp_path: Path, spoil: str
) -> None:
    if spoil == "of another version":
        Evaluation.objects.update(model_sha256="c" * 64)
    folder = exported(tmp_path)
    path = folder / "evaluations" / f"{measured.pk}.json"
    if spoil == "changed":
        forge(path, row_count=1)
    elif spoil == "missing":
        path.unlink()
    expected = {"changed": "has the SHA-256", "missing": "is missing. Export the version again"}
    with pytest.raises(CatalogError, match=expected.get(spoil, "json: it is of another version")):
        taken_in(folder)
    assert ModelVersion.objects.count() == 1
