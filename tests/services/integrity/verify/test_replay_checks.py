from typing import Any

import pytest

from catalog.ml.prediction.predictor import Predictor
from catalog.models import ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog


def test_replay_finds_a_model_that_predicts_otherwise(sound: ModelVersion) -> None:
    sample = sound.report["sample"]
    report = {
        **sound.report,
        "sample": {**sample, "predictions": [not sample["predictions"][0], *sample["predictions"][1:]]},
    }
    ModelVersion.objects.update(report=report)
    found = [finding for finding in verify_catalog(replay=True).findings if finding.kind == "not reproduced"]
    assert [finding.where for finding in found] == ["late:1"]
    assert "1 of 20 sample rows are predicted otherwise than in training: row 1 as" in found[0].what


def test_replay_says_why_a_model_can_not_be_loaded(sound: ModelVersion, settings: Any) -> None:
    environment = {**sound.environment, "versions": {**sound.environment["versions"], "scikit-learn": "1.2.3"}}
    ModelVersion.objects.update(environment=environment)
    found = [finding for finding in verify_catalog(replay=True).findings if finding.kind == "not reproduced"]
    assert "1.2.3" in found[0].what


def test_replay_tells_the_versions_when_the_estimator_raises(
    sound: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drift(*given: Any) -> None:
        raise TypeError("an unexpected keyword")

    monkeypatch.setattr(Predictor, "ask_table", drift)
    (found,) = [finding for finding in verify_catalog(replay=True).findings if finding.kind == "not reproduced"]
    assert "the estimator refuses its own sample: TypeError: an unexpected keyword Trained with python" in found.what
