"""A new version compared at once, and the alias that it is to get, after the review that any promotion has."""

from typing import Any

import pytest

from catalog.exceptions import InvalidRequest, NotFound
from catalog.models import Alias, AuditEvent, Evaluation, ModelVersion
from catalog.services.registry.aliases import promote
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import Trained, train_model

SOUND: list[Any] = []


@pytest.fixture
def in_production(late_v1: ModelVersion) -> ModelVersion:
    promote(reference="late:1", alias="production", actor="ada")
    return late_v1


@pytest.fixture
def no_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.services.training.evaluate.check_training", lambda *given: SOUND)


def train(**fields: Any) -> Trained:
    asked = {"name": "late", "dataset": "departures", "target": "late", "estimator": "logistic_regression", **fields}
    return train_model(request=TrainingRequest(**asked), actor="ada")


@pytest.mark.parametrize("named", ["production", "late:1", "late@production"])
def test_a_new_version_is_compared_on_its_own_held_out_rows(in_production: ModelVersion, named: str) -> None:
    trained = train(compare_with=named)
    assert trained.compared is not None
    evaluation = trained.compared.evaluation
    assert (evaluation.model_version, evaluation.against) == (trained.version, "late:1")
    assert (evaluation.rows_of, evaluation.row_count, evaluation.training_rows) == ("late:2", 60, 0)
    assert {difference.metric for difference in trained.compared.differences} >= {"accuracy", "balanced_accuracy"}
    assert Evaluation.objects.count() == 2


def test_what_is_to_be_compared_with_is_looked_for_before_anything_is_read(late_v1: ModelVersion) -> None:
    with pytest.raises(NotFound, match="late has no version with the alias 'production'"):
        train(compare_with="production")
    with pytest.raises(
        InvalidRequest, match="`compare_with`: late:1 predicts 'late' by classification, and this would"
    ):
        train(name="far", target="distance", task="regression", estimator="ridge", compare_with="late:1")
    assert ModelVersion.objects.count() == 1


def test_a_version_that_can_not_be_compared_stands_and_says_why(in_production: ModelVersion) -> None:
    """Another seed holds out other rows, most of which the one in production was trained on: of 15 few are left."""
    trained = train(compare_with="production", random_state=7, test_size=0.05)
    assert trained.compared is None
    [warning] = [text for text in trained.warnings if "is not compared" in text]
    assert warning.startswith("late:2 was trained and is not compared: Too few rows")
    assert trained.version.status == "READY"


@pytest.mark.usefixtures("no_checks")
def test_a_sound_first_version_gets_its_alias_without_a_reason(db: None, departures_v1: Any) -> None:
    assert train(alias="production").promoted is not None


def test_an_alias_that_takes_a_reason_is_not_moved_without(in_production: ModelVersion) -> None:
    with pytest.raises(
        InvalidRequest, match="late:2 was trained and is not promoted: it was not measured on the rows of"
    ):
        train(alias="production", random_state=7)
    assert ModelVersion.objects.get(number=2).status == "READY"
    assert Alias.objects.get().model_version == in_production


def test_the_reason_is_kept_with_the_promotion(in_production: ModelVersion) -> None:
    trained = train(alias="production", random_state=7, reason="the old one leaks")
    assert Alias.objects.get().model_version == trained.version
    assert AuditEvent.objects.filter(verb="promoted").latest("pk").reason == "the old one leaks"


def test_an_alias_that_is_not_protected_takes_none(in_production: ModelVersion) -> None:
    assert train(alias="candidate", random_state=7).promoted is not None


def test_what_stays_as_it_was_is_no_warning(in_production: ModelVersion) -> None:
    said = train(alias="candidate").warnings
    promote(reference="late:1", alias="candidate", actor="ada")
    assert train(alias="candidate").warnings == said
