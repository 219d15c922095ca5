"""What load_model and Follower find with the bucket alone: what the database says, and nothing on the bucket's word
that the catalog did not write."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog import Follower, load_model
from catalog.exceptions import DigestMismatch, InvalidData, InvalidRequest, NotFound, NotPermitted, NotReady, NotSigned
from catalog.models import ModelVersion
from catalog.services.persistence.signing import sign_manifest
from catalog.services.prediction.loading import _ModelCache
from catalog.services.registry.aliases import promote, remove_alias, roll_back
from catalog.storage.keys import published_alias, version_manifest
from tests.factories import write_csv
from tests.services.integrity.catalogs import another, forge, path_of, settle
from tests.services.prediction.test_loaded_model import ESTIMATORS, READERS, commanded
from tests.services.snapshots import departures

HOURS = 3600.0
EVIL = "0" * 64


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.prediction.loading._model_cache", _ModelCache())


@pytest.fixture
def published(late_v1: ModelVersion) -> Path:
    """Of `late@production`, which leads to `late:1`."""
    promote(reference="late:1", alias="production", actor="ada")
    settle()
    return path_of(published_alias("late", "production"))


@pytest.fixture
def no_queries(published: Path, django_assert_num_queries: Any) -> Iterator[None]:
    with django_assert_num_queries(0):
        yield


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both versions have the same bytes: those in memory and in the cache would do."""
    monkeypatch.setattr("catalog.services.prediction.loading._model_cache", _ModelCache())
    for path in path_of("").parent.glob("cache/*/*"):
        path.unlink()


def move(reference: str) -> None:
    promote(reference=reference, alias="production", actor="ada")
    settle()


@pytest.mark.parametrize("reference", ["late", "late@production", "late:1"])
def test_it_is_the_model_that_the_database_gives(published: Path, reference: str) -> None:
    asked, found = load_model(reference), load_model(reference, bucket_only=True)
    assert (found.reference, found.sha256, found.metrics) == (asked.reference, asked.sha256, asked.metrics)
    assert found.signature == asked.signature
    rows = departures().drop(columns="late")
    assert found.predict(rows).tolist() == asked.predict(rows).tolist()


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.django_db
def test_predictions_are_those_of_the_command(tmp_path: Path, estimator: str) -> None:
    from tests.factories import make_dataset, make_version

    make_dataset(tmp_path, departures(), "departures")
    make_version(tmp_path, name="late", dataset="departures", target="late", estimator=estimator)
    move("late:1")
    source = write_csv(departures().drop(columns="late"), tmp_path, "new.csv")
    expected, model = commanded(source, "late:1"), load_model("late", bucket_only=True)
    for read in READERS.values():
        rows = read(source)
        assert model.predict(rows).tolist() == expected["prediction"].tolist()
        difference = np.abs(model.predict_proba(rows) - expected.iloc[:, 1:].to_numpy()).max()
        assert difference <= (1e-12 if estimator == "logistic_regression" else 0)


def test_no_database_is_asked(no_queries: None) -> None:
    assert load_model("late", bucket_only=True).predict(departures().to_dict("records")[0]).shape == (1,)


def test_the_setting_says_so_for_all(published: Path, settings: Any, django_assert_num_queries: Any) -> None:
    settings.CATALOG["BUCKET_ONLY"] = True
    with django_assert_num_queries(0):
        assert load_model("late").reference == "late:1"
        with Follower("late", seconds=HOURS) as follower:
            assert follower.model.reference == "late:1"


def test_a_follower_goes_with_what_is_published(published: Path, late_v1: ModelVersion) -> None:
    another(late_v1)
    with load_model("late", bucket_only=True).follow(seconds=HOURS) as follower:
        move("late:2")
        assert (follower.check(), follower.model.reference) == (True, "late:2")
        roll_back(name="late", alias="production", actor="ada")
        settle()
        assert (follower.check(), follower.model.reference) == (True, "late:1")
        remove_alias(name="late", alias="production", actor="ada")
        settle()
        assert (follower.check(), follower.model.reference) == (False, "late:1")
        assert "leads to no version now" in follower.failure


@pytest.mark.parametrize("what", ["changed", "missing", "of another scikit-learn", "of other predictions"])
def test_a_version_that_does_not_load_does_not_serve(
    published: Path, late_v1: ModelVersion, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another(late_v1)
    if what == "of another scikit-learn":
        other.environment["versions"]["scikit-learn"] = "0.1.0"
    if what == "of other predictions":
        other.report["sample"]["predictions"][0] = "neither"
    other.save(update_fields=["environment", "report"])
    with Follower("late", seconds=HOURS, bucket_only=True) as follower:
        forget(monkeypatch)
        if what == "changed":
            artifact = path_of(other.stored_key)
            artifact.write_bytes(artifact.read_bytes()[:-1])
        if what == "missing":
            path_of(other.stored_key).unlink()
        move("late:2")
        assert (follower.check(), follower.model.reference) == (False, "late:1")
        assert "late:2" in follower.failure or "late/v0002" in follower.failure


def test_what_was_signed_is_taken_and_nothing_else(published: Path, settings: Any) -> None:
    settings.CATALOG["MANIFEST_KEY"] = "k" * 32
    for reference in ("late", "late:1"):
        with pytest.raises(NotSigned, match=r"not signed with CATALOG_MANIFEST_KEY.* It was not used"):
            load_model(reference, bucket_only=True)
    values = json.loads(published.read_text())
    del values["manifest_sha256"]
    published.write_text(sign_manifest(json.dumps(values, indent=1)))
    assert load_model("late", bucket_only=True).reference == "late:1"


def test_what_was_published_of_another_alias_or_model_is_not_taken(published: Path) -> None:
    for key in (published_alias("late", "staging"), published_alias("early", "production")):
        path_of(key).parent.mkdir(parents=True, exist_ok=True)
        path_of(key).write_bytes(published.read_bytes())
    for reference in ("late@staging", "early"):
        with pytest.raises(InvalidData, match="manifest of something else"):
            load_model(reference, bucket_only=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"artifact": "models/late/v0001/evil.joblib"},
        {"sha256": EVIL},
        {"number": "1"},
        {"artifact_format": "pickle"},
        {"signature": None, "sha256": None},
    ],
)
def test_an_artifact_that_lies_elsewhere_is_not_taken(published: Path, changed: dict[str, Any]) -> None:
    forge(published, version=json.loads(published.read_text())["version"] | changed)
    with pytest.raises(InvalidData, match=r"not where its artifact lies|does not hold what is published"):
        load_model("late", bucket_only=True)


def test_changed_bytes_are_refused(published: Path) -> None:
    published.write_bytes(published.read_bytes().replace(b'"number": 1', b'"number": 2'))
    with pytest.raises(DigestMismatch, match=r"production\.json: it is not as the catalog wrote it"):
        load_model("late", bucket_only=True)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\x00"])
def test_what_is_no_manifest_is_refused(published: Path, content: bytes) -> None:
    published.write_bytes(content)
    with pytest.raises((DigestMismatch, InvalidData), match=r"production\.json"):
        load_model("late", bucket_only=True)


def test_a_version_in_quarantine_and_an_upload_without_approval_are_not_loaded(published: Path) -> None:
    version = json.loads(published.read_text())["version"]
    forge(published, version=version | {"status": "QUARANTINED"})
    with pytest.raises(NotReady, match="late:1 is QUARANTINED"):
        load_model("late", bucket_only=True)
    forge(published, version=version | {"origin": "UPLOADED", "approved_sha256": EVIL})
    with pytest.raises(NotPermitted, match="the approval is void"):
        load_model("late", bucket_only=True)


def test_what_is_not_published_is_one_line_that_says_what_to_do(published: Path) -> None:
    with pytest.raises(NotFound, match=r"^late@staging is not published: no version has held it"):
        load_model("late@staging", bucket_only=True)
    with pytest.raises(NotFound, match=r"v0007/manifest\.json, or the keys may not read it\.$"):
        load_model("late:7", bucket_only=True)
    assert not path_of(version_manifest("late", 7)).exists()


def test_a_number_is_not_followed(published: Path) -> None:
    with pytest.raises(InvalidRequest, match="is one version and never another"):
        Follower("late:1", bucket_only=True)
