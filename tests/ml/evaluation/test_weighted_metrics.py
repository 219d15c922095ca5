from dataclasses import replace

import numpy as np
import pytest

from catalog.ml.evaluation.class_ranking import ONE_AGAINST_ALL, ONE_AGAINST_ONE
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metrics import measure, score
from catalog.ml.evaluation.paired_bootstrap import compare
from catalog.ml.evaluation.weighted_metrics import weighted_metrics

RANDOM = np.random.default_rng(5)


def classified(count: int, *, classes: int, round_scores: bool = False, words: bool = False) -> HeldOut:
    labels = np.array([f"class {at}" for at in range(classes)]) if words else np.arange(classes)
    scores = RANDOM.random((count, classes)) + 0.01
    scores = np.round(scores, 1) + 0.05 if round_scores else scores
    scores /= scores.sum(axis=1, keepdims=True)
    truth = np.concatenate([np.arange(classes), RANDOM.integers(classes, size=count - classes)])
    return HeldOut(labels[truth], labels[scores.argmax(axis=1)], labels, scores, are_probabilities=True)


RESULTS = {
    "two classes": classified(300, classes=2),
    "equal scores": classified(300, classes=2, round_scores=True),
    "words": classified(200, classes=2, words=True),
    "many classes": classified(500, classes=5, words=True),
    "no scores": HeldOut(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]), np.array([0, 1])),
    "a class that is never true": HeldOut(np.array([0, 1, 1, 0]), np.array([0, 2, 1, 0]), np.array([0, 1, 2])),
    "numbers": HeldOut(RANDOM.normal(size=301), RANDOM.normal(size=301)),
    "a quantile": HeldOut(RANDOM.normal(size=300), RANDOM.normal(size=300), quantile=0.8),
    "an even number of numbers": HeldOut(RANDOM.normal(size=300), RANDOM.normal(size=300)),
}


@pytest.mark.parametrize("name", RESULTS)
def test_with_weights_of_one_the_metrics_are_those_of_scikit_learn(name: str) -> None:
    result = RESULTS[name]
    weights = np.ones(len(result.truth))
    values = {metric: of(weights) for metric, of in weighted_metrics(result).items()}
    assert values == pytest.approx(measure(result), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", ["two classes", "equal scores", "many classes", "numbers"])
def test_a_row_that_counts_twice_is_two_rows(name: str) -> None:
    result = RESULTS[name]
    times = RANDOM.integers(1, 4, size=len(result.truth))
    repeated = measure(result.take(np.repeat(np.arange(len(times)), times)))
    values = {metric: of(times.astype(float)) for metric, of in weighted_metrics(result).items()}
    assert values == pytest.approx(repeated, rel=1e-9)


@pytest.mark.parametrize("name", ["two classes", "equal scores", "many classes", "numbers", "a quantile"])
def test_with_any_weights_the_metrics_are_those_of_scikit_learn(name: str) -> None:
    result = RESULTS[name]
    weights = RANDOM.random(len(result.truth)) + 0.01
    values = {metric: of(weights) for metric, of in weighted_metrics(result).items()}
    assert values == pytest.approx(measure(replace(result, weights=weights)), rel=1e-9)


def test_a_scorer_is_given_the_weights_of_rows_that_have_some() -> None:
    result = replace(RESULTS["numbers"], scorer="neg_mean_absolute_percentage_error", weights=np.ones(301))
    weights = RANDOM.random(301)
    expected = measure(replace(result, weights=weights))[result.scorer]
    assert weighted_metrics(result)[result.scorer](weights) == pytest.approx(expected)


@pytest.mark.parametrize("scorer", [*ONE_AGAINST_ALL, *ONE_AGAINST_ONE])
@pytest.mark.parametrize("name", ["two classes", "many classes"])
def test_the_area_under_the_curve_of_several_classes_is_that_of_scikit_learns_scorer(name: str, scorer: str) -> None:
    result = replace(RESULTS[name], scorer=scorer)
    times = RANDOM.integers(1, 4, size=len(result.truth))
    of = weighted_metrics(result)[scorer]
    assert of(np.ones(len(times))) == pytest.approx(score(result), rel=1e-12)
    assert of(times.astype(float)) == pytest.approx(
        score(result.take(np.repeat(np.arange(len(times)), times))), rel=1e-12
    )


def test_a_scorer_of_several_classes_is_called_once_for_all_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    result = replace(RESULTS["many classes"], scorer="roc_auc_ovo")
    monkeypatch.setattr("catalog.ml.evaluation.weighted_metrics.score", lambda *given: pytest.fail("once a draw"))
    [difference] = compare(result, result, metrics=["roc_auc_ovo"])
    assert difference.verdict == "same"


def test_pairs_of_more_classes_than_can_be_ranked_for_each_draw_are_left_out() -> None:
    result = replace(classified(200, classes=11), scorer="roc_auc_ovo")
    assert "roc_auc_ovo" not in weighted_metrics(result)
    assert "roc_auc_ovr" in weighted_metrics(replace(result, scorer="roc_auc_ovr"))
