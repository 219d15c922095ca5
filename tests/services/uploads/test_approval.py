from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import CatalogError, DigestMismatch, InvalidArtifact, LoadFailed, NotPermitted, NotReady
from catalog.models import AuditEvent, ModelVersion
from catalog.services.prediction.loading import _ModelCache, load_version
from catalog.services.registry.references import get_model_version
from catalog.services.uploads.add_version import add_version
from catalog.services.uploads.approval import approve, needed_permission, reject, why_not_approvable
from tests.hostile_models import COMPRESSIONS, SUFFIXES, fitted, touching_pickle
from tests.ml.artifacts.inspection.test_examine import KD_TREE, neighbors
from tests.summary import count
from tests.uploading import write_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspected_here")]


@pytest.fixture
def quarantined(tmp_path: Path) -> ModelVersion:
    """`iris:1`, uploaded by ada: skops with types beyond the trusted."""
    return add_version(name="iris", source=write_model(tmp_path, neighbors()), actor="ada")


@pytest.fixture
def pickled(tmp_path: Path, settings: Any) -> ModelVersion:
    """`iris:1`, uploaded by ada: a plain pickle of a tree."""
    import pickle

    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    source = write_model(tmp_path, pickle.dumps(fitted("tree")), "m.pkl")
    return add_version(name="iris", source=source, actor="ada")


def stored_state(version: ModelVersion) -> tuple[str, str]:
    version = ModelVersion.objects.get(pk=version.pk)
    return version.status, version.approved_sha256


def test_an_approved_version_is_ready_and_loads(quarantined: ModelVersion) -> None:
    version = approve(version=quarantined, actor="bob", reason="I know KDTree.")
    assert (version.status, version.approved_sha256, version.approved_types) == ("READY", version.sha256, KD_TREE)
    assert len(version.signature["inputs"]) == 4
    assert len(load_version(get_model_version("iris:1")).estimator.classes_) == 3


def test_the_event_says_who_why_and_all_that_changed(quarantined: ModelVersion) -> None:
    approve(version=quarantined, actor="bob", reason="I know KDTree.")
    event = AuditEvent.objects.get(verb="approved")
    assert (event.actor, event.from_value, event.to_value) == ("bob", "QUARANTINED", "READY")
    assert event.reason == "I know KDTree."
    version = ModelVersion.objects.get()
    assert event.changes == {name: getattr(version, name) for name in event.changes}
    assert set(event.changes) >= {"status", "approved_sha256", "approved_types", "signature", "inspection"}


def test_the_uploader_can_not_approve(quarantined: ModelVersion) -> None:
    with pytest.raises(NotPermitted, match="iris:1 was uploaded by ada: somebody else must approve it"):
        approve(version=quarantined, actor="ada")
    assert stored_state(quarantined) == ("QUARANTINED", "")


def test_skops_and_pickles_need_different_permissions(quarantined: ModelVersion) -> None:
    assert needed_permission(quarantined) == "approve_modelversion"
    for kind in ("joblib", "pickle"):
        quarantined.artifact_format = kind
        assert needed_permission(quarantined) == "approve_pickle_artifact"


def test_a_pickle_needs_its_own_permission(pickled: ModelVersion) -> None:
    with pytest.raises(NotPermitted, match=r"takes the permission approve_pickle_artifact: loading it runs code"):
        approve(version=pickled, actor="bob")
    assert stored_state(pickled) == ("QUARANTINED", "")
    assert approve(version=pickled, actor="bob", may_approve_pickles=True).status == "READY"


def test_a_pickle_is_neither_approved_nor_loaded_while_pickles_are_off(pickled: ModelVersion, settings: Any) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = False
    with pytest.raises(NotPermitted, match="CATALOG_ALLOW_PICKLE_UPLOADS is off"):
        approve(version=pickled, actor="bob", may_approve_pickles=True)
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    version = approve(version=pickled, actor="bob", may_approve_pickles=True)
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = False
    with pytest.raises(NotPermitted, match="iris:1 is an uploaded pickle file, and CATALOG_ALLOW_PICKLE_UPL"):
        load_version(version)


def test_an_estimator_loaded_before_is_not_given_out_once_pickles_are_off(pickled: ModelVersion, settings: Any) -> None:
    loaded, version = _ModelCache(), approve(version=pickled, actor="bob", may_approve_pickles=True)
    loaded.get(version, False)
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = False
    with pytest.raises(NotPermitted):
        loaded.get(version, False)


def test_changed_bytes_are_not_approved(quarantined: ModelVersion) -> None:
    path = Path(quarantined.artifact.path)
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    with pytest.raises(DigestMismatch, match=f"expected {quarantined.sha256}"):
        approve(version=quarantined, actor="bob")
    assert stored_state(quarantined) == ("QUARANTINED", "")
    count("hostile models refused")


def test_a_changed_digest_voids_the_approval(quarantined: ModelVersion, tmp_path: Path) -> None:
    version = approve(version=quarantined, actor="bob")
    other = add_version(name="other", source=write_model(tmp_path, neighbors()), actor="ada")
    ModelVersion.objects.filter(pk=version.pk).update(sha256=other.sha256, artifact=other.artifact.name)
    with pytest.raises(NotPermitted, match="the approval is void"):
        load_version(get_model_version("iris:1"))
    count("hostile models refused")


def test_bytes_changed_after_the_approval_are_not_loaded(pickled: ModelVersion, tmp_path: Path) -> None:
    version = approve(version=pickled, actor="bob", may_approve_pickles=True)
    evil = touching_pickle(tmp_path / "marker")
    Path(version.artifact.path).write_bytes(evil + b"." * (version.size_bytes - len(evil)))
    (cached,) = (tmp_path / "cache").rglob(version.sha256)
    cached.write_bytes(evil)
    with pytest.raises(DigestMismatch, match="It was not opened"):
        load_version(version)
    assert not (tmp_path / "marker").exists()
    count("hostile models refused")


def test_types_that_left_the_trusted_after_the_approval_stay_approved(quarantined: ModelVersion, settings: Any) -> None:
    settings.CATALOG["TRUSTED_TYPES"] = KD_TREE[:1]
    version = approve(version=quarantined, actor="bob")
    settings.CATALOG["TRUSTED_TYPES"] = []
    load_version(version)


def test_a_version_whose_approved_types_were_taken_away_is_not_loaded(quarantined: ModelVersion) -> None:
    version = approve(version=quarantined, actor="bob")
    version.approved_types = KD_TREE[:1]
    with pytest.raises(InvalidArtifact, match=r"needs types that are not trusted: .*KDTree"):
        load_version(version)


@pytest.mark.parametrize("behind_arrays", [False, True])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_no_pickle_runs_unless_somebody_approved_it(
    compression: str, behind_arrays: bool, tmp_path: Path, settings: Any
) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    content = COMPRESSIONS[compression](touching_pickle(tmp_path / "marker", behind_arrays=behind_arrays))
    source = write_model(tmp_path, content, f"m{SUFFIXES[compression]}")
    version = add_version(name="iris", source=source, actor="ada", task="regression")
    attempts: list[dict[str, Any]] = [{"actor": "ada", "may_approve_pickles": True}, {"actor": "bob"}]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            approve(version=version, **attempt)
    reject(version=version, actor="bob", reason="No.")
    with pytest.raises(CatalogError):
        approve(version=version, actor="bob", may_approve_pickles=True)
    with pytest.raises(CatalogError):
        load_version(version)
    assert not (tmp_path / "marker").exists()
    count("hostile models refused")


def test_what_can_not_be_loaded_stays_quarantined(tmp_path: Path, settings: Any) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    source = write_model(tmp_path, b"\x80\x04cnowhere\nThing\n.", "m.pkl")
    version = add_version(name="iris", source=source, actor="ada", task="regression")
    with pytest.raises((InvalidArtifact, LoadFailed), match="The file of iris:1 is refused: the file can't be loaded"):
        approve(version=version, actor="bob", may_approve_pickles=True)
    assert stored_state(version) == ("QUARANTINED", "")


def test_an_approval_learns_what_a_pickle_is(pickled: ModelVersion) -> None:
    assert pickled.signature == {}
    version = approve(version=pickled, actor="bob", may_approve_pickles=True)
    assert version.inspection["trees"] == 1
    assert version.inspection["file_name"] == "m.pkl"
    assert version.signature["inputs"][0]["name"] == "sepal length (cm)"


def test_a_rejected_version_is_closed_for_good(quarantined: ModelVersion) -> None:
    version = reject(version=quarantined, actor="bob", reason="Whose is it?")
    assert version.status == "REJECTED"
    again: Callable[..., ModelVersion]
    for again in (approve, reject):
        with pytest.raises(NotReady, match="iris:1 is REJECTED: only a version that is QUARANTINED"):
            again(version=version, actor="bob")
    event = AuditEvent.objects.get(verb="rejected")
    assert (event.changes, event.reason) == ({"status": "REJECTED"}, "Whose is it?")


def test_the_uploader_may_withdraw(quarantined: ModelVersion) -> None:
    assert reject(version=quarantined, actor="ada").status == "REJECTED"


def test_two_people_at_once_decide_once(quarantined: ModelVersion) -> None:
    reject(version=quarantined, actor="carol")
    with pytest.raises(NotReady, match="iris:1 is REJECTED"):
        approve(version=quarantined, actor="bob")
    assert stored_state(quarantined) == ("REJECTED", "")


def test_a_button_knows_why_it_is_off(quarantined: ModelVersion, settings: Any) -> None:
    assert why_not_approvable(quarantined, "bob") == ""
    assert "uploaded by ada" in why_not_approvable(quarantined, "ada")
    quarantined.artifact_format = "joblib"
    assert "CATALOG_ALLOW_PICKLE_UPLOADS is off" in why_not_approvable(quarantined, "bob")
