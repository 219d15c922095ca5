import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import CatalogError, InvalidArtifact, InvalidRequest, StorageError
from catalog.models import AuditEvent, Dataset, ModelVersion
from catalog.services.prediction.loading import load_version
from catalog.services.registry.references import get_model_version
from catalog.services.uploads.add_version import add_version
from catalog.storage.local import LocalCatalogStorage
from tests.factories import make_dataset
from tests.hostile_models import (
    IRIS,
    fitted,
    skops_bytes,
    touching_pickle,
)
from tests.ml.artifacts.inspection.test_examine import KD_TREE, neighbors
from tests.uploading import assert_nothing_is_left, write_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inspected_here")]


def test_types_beyond_the_trusted_put_it_in_quarantine(tmp_path: Path) -> None:
    version = add_version(name="iris", source=write_model(tmp_path, neighbors()), actor="ada")
    assert version.status == "QUARANTINED"
    assert version.inspection["untrusted"] == KD_TREE
    assert (version.signature, version.approved_sha256) == ({}, "")
    with pytest.raises(CatalogError, match="iris:1 is QUARANTINED"):
        get_model_version("iris:1")
    with pytest.raises(CatalogError, match="only a version that is READY can be loaded"):
        load_version(version)


def test_trusted_types_of_the_settings_make_it_ready(tmp_path: Path, settings: Any) -> None:
    settings.CATALOG["TRUSTED_TYPES"] = KD_TREE
    version = add_version(name="iris", source=write_model(tmp_path, neighbors()), actor="ada")
    assert version.status == "READY"
    load_version(version)
    settings.CATALOG["TRUSTED_TYPES"] = []
    with pytest.raises(InvalidArtifact, match=r"iris:1 .* needs types that are not trusted: .*KDTree"):
        load_version(version)


def test_what_was_said_and_found_is_recorded(tmp_path: Path) -> None:
    make_dataset(tmp_path, IRIS.frame, "iris")
    version = add_version(
        name="iris",
        source=write_model(tmp_path, skops_bytes(fitted("tree"))),
        actor="ada",
        dataset="iris:1",
        target="target",
        metrics={"balanced_accuracy": 0.9, "log_loss": 0.3, "rmse": 2},
        notes="From the notebook.",
    )
    version = ModelVersion.objects.get(pk=version.pk)
    assert version.dataset_reference == "iris:1"
    assert (version.target, version.notes, version.created_by) == ("target", "From the notebook.", "ada")
    assert version.primary_value == 0.9
    assert {name: metric["higher_is_better"] for name, metric in version.metrics.items()} == {
        "balanced_accuracy": True, "log_loss": False, "rmse": False,
    }  # fmt: skip
    assert version.estimator == "DecisionTreeClassifier"
    assert version.signature["output"] == {"name": "target", "type": "integer", "classes": [0, 1, 2]}
    assert version.environment["versions"]["scikit-learn"] == __import__("sklearn").__version__
    event = AuditEvent.objects.get(object_type="model")
    assert (event.verb, event.from_value, event.to_value) == ("model_uploaded", "PENDING", "READY")


def test_the_stored_object_is_the_file(tmp_path: Path) -> None:
    content = skops_bytes(fitted("logistic"))
    version = add_version(name="iris", source=write_model(tmp_path, content), actor="ada")
    assert Path(version.artifact.path).read_bytes() == content
    assert version.sha256 == hashlib.sha256(content).hexdigest()


def test_a_browsers_file_is_known_by_the_name_that_people_gave(tmp_path: Path) -> None:
    source = write_model(tmp_path, skops_bytes(fitted("logistic")), "upload1234")
    version = add_version(name="iris", source=source, file_name="C:\\models\\iris.skops", actor="ada")
    assert version.inspection["file_name"].endswith("iris.skops")


def test_a_file_that_is_larger_than_allowed_is_not_copied(tmp_path: Path, settings: Any) -> None:
    settings.CATALOG["MODEL_BYTES"] = 100
    with pytest.raises(InvalidArtifact, match=r"bytes, and at most 100 are allowed. Set CATALOG_MODEL_BYTES"):
        add_version(name="iris", source=write_model(tmp_path, neighbors()), actor="ada")
    assert_nothing_is_left()


def test_the_same_bytes_are_not_added_twice(tmp_path: Path) -> None:
    source = write_model(tmp_path, skops_bytes(fitted("logistic")))
    add_version(name="iris", source=source, actor="ada")
    with pytest.raises(InvalidRequest, match="The same file is in the catalog as iris:1, which is READY"):
        add_version(name="iris", source=source, actor="bob")
    assert add_version(name="other", source=source, actor="bob").reference == "other:1"


def test_the_models_task_decides(tmp_path: Path) -> None:
    add_version(name="iris", source=write_model(tmp_path, skops_bytes(fitted("logistic"))), actor="ada")
    with pytest.raises(InvalidRequest, match="iris is a classification model, and this version is for regression"):
        add_version(name="iris", source=write_model(tmp_path, b""), actor="ada", task="regression")
    with pytest.raises(InvalidArtifact, match="does regression, and classification was expected"):
        add_version(name="iris", source=write_model(tmp_path, skops_bytes(fitted("boosting"))), actor="ada")
    assert ModelVersion.objects.count() == 1


def test_a_file_that_does_not_tell_its_task_needs_it_said(tmp_path: Path, settings: Any) -> None:
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    source = write_model(tmp_path, touching_pickle(tmp_path / "marker"), "m.pkl")
    with pytest.raises(InvalidRequest, match=r"m\.pkl does not say what it does. Set `task` to classification or"):
        add_version(name="iris", source=source, actor="ada")
    assert_nothing_is_left()


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"metrics": {"a b": 1}}, "is not the name of a metric"),
        ({"metrics": {"accuracy": float("nan")}}, "must be a finite number"),
        ({"task": "clustering"}, "is neither classification nor regression"),
        ({"dataset": "nothing"}, "There is no dataset 'nothing'"),
        ({"target": "x" * 300}, "`target` has 300 characters"),
    ],
)
def test_requests_that_make_no_sense_are_refused(request_: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=message):
        add_version(name="iris", source=write_model(tmp_path, neighbors()), actor="ada", **request_)
    assert_nothing_is_left()


def test_a_failed_store_leaves_a_failed_row_and_no_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*given: Any, **options: Any) -> None:
        raise StorageError("The bucket is full.")

    caplog.set_level(logging.CRITICAL)
    source = write_model(tmp_path, skops_bytes(fitted("logistic")))
    with monkeypatch.context() as patched:
        patched.setattr(LocalCatalogStorage, "put", refuse)
        with pytest.raises(StorageError, match="The bucket is full"):
            add_version(name="iris", source=source, actor="ada")
    assert ModelVersion.objects.get().status == "FAILED"
    assert add_version(name="iris", source=source, actor="ada").reference == "iris:2"


def test_a_dataset_in_the_trash_is_not_referred_to(tmp_path: Path) -> None:
    from catalog.services.registry.curation import move_to_trash

    move_to_trash(version=make_dataset(tmp_path, IRIS.frame, "iris"), actor="ada")
    with pytest.raises(CatalogError, match="iris:1 is TRASHED"):
        add_version(name="iris", source=write_model(tmp_path, neighbors()), actor="ada", dataset="iris:1")
    assert Dataset.objects.count() == 1
    assert not ModelVersion.objects.exists()
