"""What is measured of one version: metrics beside one answer for all rows, and the checks that take no training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.models import ModelVersion
from catalog.services.evaluation.evaluate_version import evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.evaluation.mute_check import mute_check
from catalog.services.evaluation.recorded_checks import open_checks, recorded_checks, unmade_checks
from catalog.services.registry.change_review import review_promotion
from tests.factories import make_dataset
from tests.services.snapshots import departures


@pytest.fixture
def uploaded(late_v1: ModelVersion, settings: Any) -> ModelVersion:
    """`late:1`, as if it had been trained elsewhere."""
    settings.CATALOG["ALLOW_PICKLE_UPLOADS"] = True
    return as_uploaded(late_v1)


def as_uploaded(version: ModelVersion) -> ModelVersion:
    fields = {"origin": "UPLOADED", "approved_sha256": version.sha256, "dataset_version": None, "report": {}}
    ModelVersion.objects.filter(pk=version.pk).update(**fields)
    return ModelVersion.objects.get(pk=version.pk)


def measure(version: ModelVersion, dataset: str) -> ModelVersion:
    """The version, as it is read after an evaluation."""
    evaluate_version(request=EvaluationRequest(version.reference, dataset=dataset), actor="ada")
    return ModelVersion.objects.get(pk=version.pk)


def codes(version: ModelVersion) -> list[str]:
    return [check.code for check in recorded_checks(version)]


def test_metrics_stand_beside_those_of_one_answer_for_all_rows(late_v1: ModelVersion) -> None:
    evaluation = evaluate_version(request=EvaluationRequest("late:1", like="late:1"), actor="ada").evaluation
    metrics = evaluation.metrics
    assert (metrics["balanced_accuracy"]["baseline"], metrics["roc_auc"]["baseline"]) == (0.5, 0.5)
    assert metrics["accuracy"]["baseline"] >= 0.5
    assert evaluation.checks is None


def test_a_version_from_elsewhere_is_checked_when_it_is_measured(uploaded: ModelVersion, tmp_path: Path) -> None:
    """Of labels that know nothing of the rows it is no better than a dummy, and far too sure."""
    late = np.random.default_rng(0).permutation(departures()["late"].to_numpy())
    make_dataset(tmp_path, departures().assign(late=late), "noise")
    assert unmade_checks(uploaded).endswith("nobody has done that yet.")
    version = measure(uploaded, "noise")
    assert codes(version) == ["below_baseline", "uncalibrated"]
    assert "(overfitted, shared rows, times overlap, folds disagree)" in unmade_checks(version)
    assert review_promotion(version=version, alias="production").reasons == [
        "check below_baseline fired", "check uncalibrated fired"
    ]  # fmt: skip


def test_one_that_is_sound_fires_nothing(uploaded: ModelVersion, tmp_path: Path) -> None:
    make_dataset(tmp_path, departures().iloc[:-1], "same")
    assert codes(measure(uploaded, "same")) == []


def test_a_feature_that_tells_all_and_numbers_the_rows_is_found(
    uploaded: ModelVersion, train: Any, tmp_path: Path
) -> None:
    ordered = departures().sort_values("late").reset_index(drop=True)
    make_dataset(tmp_path, ordered.assign(row=ordered.index), "ordered")
    told = train(name="told", dataset="ordered", features=["row", "distance"], params={"max_depth": 2})
    version = measure(as_uploaded(told), "ordered")
    assert codes(version) == ["leak", "identifier"]


def test_the_newest_evaluation_counts_and_what_was_muted_stays_so(uploaded: ModelVersion, tmp_path: Path) -> None:
    make_dataset(tmp_path, departures().assign(late=departures()["late"].to_numpy()[::-1]), "noise")
    version = measure(uploaded, "noise")
    mute_check(version=version, code="below_baseline", reason="another year", actor="ada")
    version = measure(uploaded, "noise")
    assert "below_baseline" not in [check.code for check in open_checks(version)]
    make_dataset(tmp_path, departures().iloc[:-1], "same")
    assert codes(measure(uploaded, "same")) == []


def test_a_version_that_was_trained_here_keeps_the_checks_of_its_training(late_v1: ModelVersion) -> None:
    late_v1.report["checks"] = [{"code": "leak", "sentence": "It leaks."}]
    late_v1.save(update_fields=["report"])
    version = measure(late_v1, "departures:1")
    assert (codes(version), unmade_checks(version)) == (["leak"], "")
