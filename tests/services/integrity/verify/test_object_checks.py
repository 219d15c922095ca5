from pathlib import Path
from typing import Any

import pytest

from catalog.models import DatasetVersion, ModelVersion, Prediction
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.registry.curation import archive, move_to_trash
from tests.services.integrity.catalogs import (
    another,
    flip,
    kinds,
    later,
    only_finding,
    settle,
)


@pytest.mark.parametrize("state", ["READY", "QUARANTINED", "ARCHIVED", "TRASHED"])
def test_a_missing_object_is_found_in_every_state(sound: ModelVersion, state: str) -> None:
    version = another(sound, status="QUARANTINED" if state == "QUARANTINED" else "READY")
    if state == "ARCHIVED":
        archive(version=version, actor="ada")
    if state == "TRASHED":
        move_to_trash(version=version, actor="ada")
    settle()
    Path(version.artifact.path).unlink()
    finding = only_finding()
    assert (finding.kind, finding.where, finding.repair) == ("object missing", "late:2", None)
    assert version.artifact.path in finding.what


def test_a_missing_dataset_and_a_missing_receipts_output_are_found(sound: ModelVersion, receipt: Prediction) -> None:
    Path(DatasetVersion.objects.get().file.path).unlink()
    Path(receipt.output.path).unlink()
    found = verify_catalog().findings
    assert [finding.where for finding in found] == ["departures:1", f"receipt {receipt.pk}"]


def test_an_object_of_another_size_is_found(sound: ModelVersion) -> None:
    with Path(sound.artifact.path).open("ab") as file:
        file.write(b"more")
    finding = only_finding()
    assert finding.kind == "object changed"
    assert f"has {sound.size_bytes + 4:,} bytes, expected {sound.size_bytes:,}" in finding.what


def test_an_object_with_another_token_is_found(sound: ModelVersion) -> None:
    ModelVersion.objects.update(upload_token="x" * 32)
    assert "object changed" in kinds(verify_catalog())


@pytest.mark.parametrize("part", [0, 0.5, 1])
def test_a_changed_byte_of_an_object_is_found_by_deep(sound: ModelVersion, part: float) -> None:
    flip(Path(sound.artifact.path), part)
    assert verify_catalog().findings == []
    finding = only_finding(deep=True)
    assert (finding.kind, finding.where) == ("object changed", "late:1")
    assert f"expected {sound.sha256}" in finding.what


def test_deep_leaves_the_cache_alone(sound: ModelVersion, settings: Any) -> None:
    before = sorted(Path(settings.CATALOG["CACHE_DIR"]).rglob("*"))
    for path in before:
        if path.is_file():
            path.unlink()
    verify_catalog(deep=True)
    assert not [path for path in Path(settings.CATALOG["CACHE_DIR"]).rglob("*") if path.is_file()]


def test_a_write_that_stopped_is_found_after_an_hour(sound: ModelVersion) -> None:
    another(sound, status="PENDING")
    assert verify_catalog(now=later(hours=5)).findings == []
    finding = only_finding(now=later(hours=7))
    assert (finding.kind, finding.where) == ("abandoned write", "late:2")
