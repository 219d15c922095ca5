from pathlib import Path

from catalog.models import Alias, ModelVersion, Prediction
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.storage.local import LocalCatalogStorage
from tests.services.integrity.catalogs import (
    later,
    only_finding,
    path_of,
)


def test_an_object_of_no_row_is_found_after_a_day(sound: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"left")
    LocalCatalogStorage(location=path_of("")).put(
        "models/late/v0007/aaaaaaaaaaaa-model.joblib", tmp_path / "x", upload_token="t" * 32, sha256=""
    )
    assert verify_catalog(now=later(hours=23)).findings == []
    finding = only_finding(now=later(hours=25))
    assert (finding.kind, finding.what) == ("orphan", "belongs to no row")
    assert finding.where.endswith("models/late/v0007/aaaaaaaaaaaa-model.joblib")


def test_a_file_of_somebody_else_is_found_and_left_to_people(sound: ModelVersion) -> None:
    path_of("notes.txt").write_text("ours")
    finding = only_finding(now=later(days=2))
    assert (finding.kind, finding.repair) == ("orphan", None)
    assert "not stored by the catalog" in finding.to_do


def test_versions_that_the_database_lacks_are_one_finding_a_parent(sound: ModelVersion) -> None:
    Alias.objects.all().delete()
    Prediction.objects.all().delete()
    ModelVersion.objects.all().delete()
    found = verify_catalog(now=later(days=2)).findings
    lacking = {finding.where: finding.what for finding in found if finding.kind == "not in the database"}
    assert lacking == {
        "model late": "1 version in storage, not in the database",
    } | {key: what for key, what in lacking.items() if "receipt" in what}
    assert any("1 receipt in storage" in what for what in lacking.values())
    assert {str(finding.kind) for finding in found} == {"not in the database", "alias"}
    assert all(finding.repair is None for finding in found)
