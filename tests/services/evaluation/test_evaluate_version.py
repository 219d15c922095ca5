from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.models import AuditEvent, Evaluation, ModelVersion, UnstoredManifest
from catalog.services.evaluation.evaluate_version import Evaluated, evaluate_version
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.registry.comparability import Basis, compare_versions
from catalog.services.registry.references import get_model_version
from tests.factories import make_dataset
from tests.services.snapshots import departures

HELD_OUT = 60  # of 300 rows


def evaluate(reference: str, **fields: Any) -> Evaluated:
    return evaluate_version(request=EvaluationRequest(reference, **fields), actor="ada")


def values(metrics: dict[str, Any]) -> dict[str, float]:
    return {name: metric["value"] for name, metric in metrics.items()}


@pytest.mark.parametrize("is_recorded", [True, False])
def test_on_its_own_held_out_rows_a_version_has_its_own_metrics(late_v1: ModelVersion, is_recorded: bool) -> None:
    if not is_recorded:  # as versions of before
        late_v1.report.pop("split", None)
        late_v1.save(update_fields=["report"])
    evaluation = evaluate("late:1", like="late:1").evaluation
    assert (evaluation.row_count, evaluation.training_rows, evaluation.rows_of) == (HELD_OUT, 0, "late:1")
    assert values(evaluation.metrics) == pytest.approx(values(late_v1.metrics), rel=1e-12)


def test_two_versions_are_compared_on_the_same_rows(train: Any) -> None:
    version = train(params={"max_depth": 2})
    evaluated = evaluate(version.reference, like="late:1")
    assert evaluated.other is not None
    assert evaluated.evaluation.rows_sha256 == evaluated.other.rows_sha256
    assert (evaluated.evaluation.against, evaluated.other.against) == ("late:1", "")
    difference = next(each for each in evaluated.differences if each.metric == "accuracy")
    expected = (evaluated.evaluation.metrics, evaluated.other.metrics)
    assert (difference.first, difference.second) == pytest.approx([each["accuracy"]["value"] for each in expected])
    assert sum(evaluated.evaluation.flips[name] for name in ("gained", "lost", "equal")) == HELD_OUT


def test_rows_that_either_was_trained_on_are_left_out(train: Any) -> None:
    version = train(random_state=7)
    evaluation = evaluate(version.reference, like="late:1").evaluation
    assert 10 <= evaluation.row_count < HELD_OUT / 2
    assert evaluation.training_rows == 0


def test_training_rows_are_measured_when_that_is_said_and_counted_and_decide_nothing(train: Any) -> None:
    version = train(random_state=7)
    evaluation = evaluate(version.reference, like="late:1", include_training_rows=True).evaluation
    assert evaluation.row_count == HELD_OUT
    assert HELD_OUT / 2 < evaluation.training_rows < HELD_OUT
    assert compare_versions(version, get_model_version("late:1")).basis == Basis.OTHER_ROWS
    beside = evaluate("late:1", like="late:1", against=version.reference, include_training_rows=True).evaluation
    assert (beside.training_rows, beside.has_training_rows) == (0, True)


def test_equal_rows_of_another_dataset_are_known_as_training_rows(train: Any, tmp_path: Path) -> None:
    shuffled = departures().sample(frac=1, random_state=3)
    make_dataset(tmp_path, shuffled, "shuffled")
    evaluation = evaluate("late:1", dataset="shuffled:1").evaluation
    assert evaluation.row_count == HELD_OUT


def test_of_its_own_dataset_only_the_held_out_rows_are_measured(late_v1: ModelVersion) -> None:
    assert evaluate("late:1", dataset="departures:1").evaluation.row_count == HELD_OUT


def test_too_few_rows_are_refused_in_words_that_tell_what_to_do(train: Any, tmp_path: Path) -> None:
    make_dataset(tmp_path, departures().head(30), "few")
    with pytest.raises(InvalidRequest, match=r"Too few rows: of 30 with a target, late:1 was trained on \d+"):
        evaluate("late:1", dataset="few:1")
    assert not Evaluation.objects.exists()


def test_an_incremental_version_is_measured_on_the_rows_that_its_hash_holds_out(train: Any) -> None:
    version = train(estimator="naive_bayes", incremental=True)
    evaluation = evaluate(version.reference, like=version.reference).evaluation
    assert evaluation.row_count == version.report["rows"]["test"]
    assert values(evaluation.metrics) == pytest.approx(values(version.metrics), rel=1e-9)


@pytest.mark.parametrize("split", ["time:time_hour", "group:carrier"])
def test_a_version_split_by_a_column_is_measured_on_the_rows_that_it_held_out(train: Any, split: str) -> None:
    version = train(split=split, cv=2)
    evaluation = evaluate(version.reference, like=version.reference).evaluation
    assert version.report["split"]["kind"] == split.partition(":")[0]
    assert evaluation.row_count == version.report["rows"]["test"]
    assert values(evaluation.metrics) == pytest.approx(values(version.metrics), rel=1e-9)
    assert "mean" in version.metrics["accuracy"]


def test_rows_of_a_dataset_weigh_by_the_column_that_is_named(late_v1: ModelVersion) -> None:
    plain, weighed = (
        evaluate("late:1", dataset="departures:1", sample_weight=column).evaluation for column in ("", "distance")
    )
    assert weighed.rows_text == "60 of the rows of departures:1, weighed by distance"
    assert values(plain.metrics) != pytest.approx(values(weighed.metrics), rel=1e-3)
    assert plain.metrics["balanced_accuracy"]["baseline"] == weighed.metrics["balanced_accuracy"]["baseline"] == 0.5
    with pytest.raises(InvalidData, match="`sample_weight`: 'dep_time' must hold a number of 0 or more"):
        evaluate("late:1", dataset="departures:1", sample_weight="dep_time")


def test_a_version_without_a_target_has_nothing_to_be_measured_by(train: Any) -> None:
    train(name="groups", target="", task="clustering", estimator="sklearn.cluster:KMeans", params={"n_clusters": 2})
    with pytest.raises(InvalidRequest, match="groups:1 predicts no column"):
        evaluate("groups:1", like="late:1")


def test_segments_tell_for_which_values_it_differs(train: Any) -> None:
    version = train(params={"max_depth": 1})
    evaluated = evaluate(version.reference, like="late:1", by="origin")
    assert {segment.value for segment in evaluated.segments} <= {"EWR", "JFK", "LGA"}
    assert [segment.gain for segment in evaluated.segments] == sorted(segment.gain for segment in evaluated.segments)
    assert evaluated.evaluation.flips["by"] == "origin"


def test_what_was_measured_is_an_event_of_each_version_and_has_its_manifest(
    train: Any, django_capture_on_commit_callbacks: Any
) -> None:
    version = train(params={"max_depth": 2})
    with django_capture_on_commit_callbacks(execute=True):
        evaluate(version.reference, like="late:1")
    events = AuditEvent.objects.filter(verb=AuditEvent.Verb.EVALUATED)
    assert {(event.reference, event.to_value) for event in events} == {("late:1", "60 rows"), ("late:2", "60 rows")}
    assert not UnstoredManifest.objects.filter(key__startswith="evaluations/").exists()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "`dataset` or `like`"),
        ({"dataset": "departures:1", "like": "late:1"}, "`dataset` or `like`"),
        ({"dataset": "departures:1", "by": "origin"}, "`by` tells where"),
        ({"dataset": "departures:1", "against": "late:1"}, "can't be compared with itself"),
    ],
)
def test_a_request_that_contradicts_itself_is_refused(
    late_v1: ModelVersion, fields: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        evaluate("late:1", **fields)


def test_versions_that_predict_something_else_are_not_compared(train: Any) -> None:
    train(name="far", target="origin")
    with pytest.raises(InvalidRequest, match="their metrics can't be compared"):
        evaluate("far:1", like="late:1")


def test_what_an_estimator_raises_is_one_line_with_the_versions(
    late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drift(*given: Any) -> None:
        raise TypeError("an unexpected keyword\nfar below")

    monkeypatch.setattr("catalog.services.evaluation.measured_version.predict_rows", drift)
    with pytest.raises(InvalidData, match=r"^late:1 refuses these rows: TypeError: an unexpected keyword Trained wit"):
        evaluate("late:1", like="late:1")
