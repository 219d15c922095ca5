"""Files brought out of the catalog: verified, whole or not at all, and audited."""

from pathlib import Path

import pytest

from catalog.models import AuditEvent, ModelVersion
from catalog.services.registry.aliases import promote
from catalog.storage.digests import path_sha256
from tests.commands.conftest import Run
from tests.services import snapshots
from tests.services.integrity.catalogs import flip


def stored(version: ModelVersion) -> Path:
    return snapshots.location() / version.stored_key


def test_a_model_is_fetched_under_its_own_name(
    run: Run, late_v1: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(reference="late:1", alias="production", actor="ada")
    monkeypatch.chdir(tmp_path)
    outcome = run("fetch", "late")
    assert path_sha256(tmp_path / "late-v1-model.joblib") == late_v1.sha256
    assert outcome.out.startswith(f"late:1 (sha256 {late_v1.sha256[:12]}…, ")
    assert outcome.out.endswith(") is in late-v1-model.joblib.\n")


def test_a_dataset_is_fetched_to_the_file_that_is_named(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    data, target = late_v1.dataset_version, tmp_path / "data.csv"
    target.write_text("what was there")
    result = run("fetch", "dataset:departures", "--output", target, "--json").json
    assert data is not None
    assert result == {
        "reference": "dataset:departures:1",
        "sha256": data.sha256,
        "bytes": data.size_bytes,
        "output": str(target),
    }
    assert path_sha256(target) == data.sha256


def test_a_fetch_is_recorded(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    run("fetch", "late:1", "--output", tmp_path / "m.joblib")
    event = AuditEvent.objects.get(verb="downloaded")
    assert (str(event), event.actor, event.to_value) == ("downloaded late:1", "ada", late_v1.sha256[:12])


def test_changed_bytes_are_not_handed_out(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    stored(late_v1).chmod(0o644)
    flip(stored(late_v1))
    target = tmp_path / "m.joblib"
    outcome = run("fetch", "late:1", "--output", target)
    assert (outcome.code, target.exists(), AuditEvent.objects.filter(verb="downloaded").exists()) == (1, False, False)
    assert "is not what the catalog recorded" in outcome.err


def test_a_file_that_is_there_is_not_replaced_unless_it_is_named(
    run: Run, late_v1: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("late-v1-model.joblib").write_text("mine")
    outcome = run("fetch", "late:1")
    assert outcome.err == "There is a file late-v1-model.joblib here. Say with --output where this one shall go."
    assert Path("late-v1-model.joblib").read_text() == "mine"


@pytest.mark.parametrize("status", ["QUARANTINED", "FAILED"])
def test_what_is_not_ready_is_not_fetched(run: Run, late_v1: ModelVersion, tmp_path: Path, status: str) -> None:
    ModelVersion.objects.update(status=status)
    outcome = run("fetch", "late:1", "--output", tmp_path / "m")
    assert (outcome.err, (tmp_path / "m").exists()) == ("late:1 has no file in the catalog.", False)


def test_a_folder_that_is_not_there_is_refused_before_anything_is_read(
    run: Run, late_v1: ModelVersion, tmp_path: Path
) -> None:
    outcome = run("fetch", "late:1", "--output", tmp_path / "none" / "m")
    assert outcome.err == f"There is no folder {tmp_path}/none. Make it first."
