from dataclasses import replace

import numpy as np
import pytest

from catalog.exceptions import InvalidData
from catalog.ml.evaluation.difference import Difference, Verdict
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.paired_bootstrap import DRAWS, SCORED_ROWS, STANDARD_ERRORS, compare


def answers(right: np.ndarray, truth: np.ndarray) -> HeldOut:
    """Answers to a yes or no question, right where `right` says so."""
    return HeldOut(truth, np.where(right, truth, 1 - truth), np.array([0, 1]))


def pair(rows: int, first: float, second: float, seed: int = 0) -> tuple[HeldOut, HeldOut]:
    """Two versions that are right in these parts of the rows."""
    random = np.random.default_rng(seed)
    truth = random.integers(2, size=rows)
    return answers(random.random(rows) < first, truth), answers(random.random(rows) < second, truth)


def only(differences: list[Difference], metric: str) -> Difference:
    return next(difference for difference in differences if difference.metric == metric)


def test_a_version_that_is_clearly_right_more_often_is_better() -> None:
    difference = only(compare(*pair(2_000, 0.9, 0.7)), "accuracy")
    assert difference.verdict == Verdict.BETTER
    assert difference.low < difference.value < difference.high
    assert difference.rows == 2_000


def test_a_lower_error_is_better() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=500)
    near, far = (HeldOut(truth, truth + spread * random.normal(size=500)) for spread in (0.1, 1.0))
    verdicts = {difference.metric: difference.verdict for difference in compare(near, far)}
    assert verdicts == dict.fromkeys(
        ("r2", "mean_absolute_error", "root_mean_squared_error", "median_absolute_error"), Verdict.BETTER
    )


def test_a_small_difference_on_few_rows_is_within_chance() -> None:
    difference = only(compare(*pair(100, 0.80, 0.79)), "accuracy")
    assert difference.verdict == Verdict.CHANCE


def test_on_very_few_rows_nothing_is_better() -> None:
    truth = np.array([0, 1] * 10)
    right, mostly_wrong = np.ones(20, dtype=bool), np.arange(20) < 3
    difference = only(compare(answers(right, truth), answers(mostly_wrong, truth)), "accuracy")
    assert difference.low > 0
    assert difference.verdict == Verdict.CHANCE


def test_equal_predictions_are_the_same() -> None:
    first, _ = pair(200, 0.8, 0.8)
    assert {difference.verdict for difference in compare(first, first)} == {Verdict.SAME}


def test_the_standard_error_of_accuracy_is_that_of_a_paired_mean() -> None:
    first, second = pair(4_000, 0.8, 0.75)
    difference = only(compare(first, second, metrics=["accuracy"]), "accuracy")
    gains = (first.predicted == first.truth).astype(float) - (second.predicted == second.truth)
    error = gains.std(ddof=1) / 4_000**0.5
    assert (difference.high - difference.low) / (2 * STANDARD_ERRORS) == pytest.approx(error, rel=0.15)


def test_of_many_rows_a_part_is_drawn_and_scaled_to_all() -> None:
    first, second = pair(40_000, 0.8, 0.79)
    difference = only(compare(first, second, metrics=["accuracy"]), "accuracy")
    gains = (first.predicted == first.truth).astype(float) - (second.predicted == second.truth)
    assert (difference.high - difference.low) / (2 * STANDARD_ERRORS) == pytest.approx(gains.std() / 200, rel=0.15)
    assert difference.value == pytest.approx(gains.mean())


def test_a_scorer_is_asked_of_fewer_rows_for_each_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def score(result: HeldOut) -> float:
        asked.append(len(result.truth))
        return float(np.mean(result.truth == result.predicted))

    monkeypatch.setattr("catalog.ml.evaluation.weighted_metrics.score", score)
    results = [replace(result, scorer="precision") for result in pair(40_000, 0.8, 0.79)]
    difference = only(compare(results[0], results[1], metrics=["precision"]), "precision")
    assert (asked[:2], set(asked[2:]), len(asked)) == ([40_000, 40_000], {SCORED_ROWS}, 2 + 2 * DRAWS)
    gains = (results[0].predicted == results[0].truth).astype(float) - (results[1].predicted == results[1].truth)
    assert (difference.high - difference.low) / (2 * STANDARD_ERRORS) == pytest.approx(gains.std() / 200, rel=0.15)


def test_the_same_rows_give_the_same_interval_each_time() -> None:
    first, second = pair(300, 0.8, 0.7)
    assert compare(first, second) == compare(first, second)


def test_other_rows_are_refused() -> None:
    (first, _), (other, _) = pair(300, 0.8, 0.7), pair(300, 0.8, 0.7, seed=1)
    with pytest.raises(InvalidData, match="not measured on the same rows"):
        compare(first, other)


def test_rows_that_weigh_nothing_are_not_there() -> None:
    first, second = pair(400, 0.8, 0.7)
    weights = (np.arange(400) % 4 > 0).astype(float)
    weighed = compare(*(replace(each, weights=weights) for each in (first, second)))
    assert weighed == compare(*(each.take(np.flatnonzero(weights)) for each in (first, second)))
    assert weighed[0].rows == 300


def test_rows_that_weigh_more_move_the_difference_and_widen_its_interval() -> None:
    first, second = pair(1_000, 0.8, 0.75)
    gains = (first.predicted == first.truth).astype(float) - (second.predicted == second.truth)
    weights = np.where(np.arange(1_000) < 50, 20.0, 1.0)
    [difference] = compare(*(replace(each, weights=weights) for each in (first, second)), metrics=["accuracy"])
    assert difference.value == pytest.approx(np.average(gains, weights=weights))
    [plain] = compare(first, second, metrics=["accuracy"])
    assert difference.high - difference.low > 1.5 * (plain.high - plain.low)


def test_rows_that_weigh_otherwise_are_refused() -> None:
    first, second = pair(300, 0.8, 0.7)
    with pytest.raises(InvalidData, match="do not weigh alike"):
        compare(replace(first, weights=np.full(300, 2.0)), second)


def test_a_difference_survives_its_way_through_json() -> None:
    [difference] = compare(*pair(300, 0.8, 0.7), metrics=["accuracy"])
    assert Difference.from_json(difference.as_json()) == difference
