"""Checks of what was measured: against the baseline, training rows and folds, by class, and of probabilities."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy import stats

from catalog.ml.evaluation.checks.fired_checks import CheckCode, FiredCheck
from catalog.ml.evaluation.difference import FEWEST_ROWS, Difference, Verdict
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.paired_bootstrap import compare
from catalog.ml.labels import label_text

CARRIED_OVER = 0.5  # of what was gained over the baseline on training rows, the part that held-out rows must keep
SPREAD = 0.5  # of the folds, by what is gained over the baseline
FEWEST_OF_CLASS = 5
CLASSES_NAMED = 3
BINS, MISCALIBRATION, LEAST_PROBABLE = 10, 0.1, 0.001


def check_scores(
    metric: str, records: Mapping[str, Mapping[str, Any]], held_out: HeldOut, baseline: HeldOut
) -> list[FiredCheck]:
    """`metric` is the main one, `records` are those of a version, `baseline` is what a dummy predicts of the rows."""
    checks = [*_check_classes(held_out), *_check_calibration(held_out)]
    record = records.get(metric, {})
    if record.get("baseline") is None:
        return checks
    [difference, *_] = [*compare(held_out, baseline, metrics=[metric]), None]
    return [
        *_check_baseline(metric, record, difference),
        *_check_training(metric, record, difference),
        *_check_folds(metric, record),
        *checks,
    ]


def _gain(record: Mapping[str, Any], value: float) -> float:
    """Over the baseline, in the direction that is better."""
    gain: float = value - record["baseline"]
    return gain if record["higher_is_better"] else -gain


def _check_baseline(metric: str, record: Mapping[str, Any], difference: Difference | None) -> Iterator[FiredCheck]:
    """Of few rows chance is not measured: there the values decide."""
    is_measured = difference is not None and difference.rows >= FEWEST_ROWS
    is_chance = is_measured and difference is not None and difference.verdict != Verdict.BETTER
    if not is_chance and _gain(record, record["value"]) > 0:
        return
    shown = f"{metric} {record['value']:.4g}, against {record['baseline']:.4g}"
    beyond = f", {difference.text} on {difference.rows:,} rows" if is_measured and difference is not None else ""
    yield FiredCheck(
        CheckCode.BELOW_BASELINE, f"It is no better than one answer for all rows, beyond chance: {shown}{beyond}."
    )


def _check_training(metric: str, record: Mapping[str, Any], difference: Difference | None) -> Iterator[FiredCheck]:
    """Fires when held-out rows keep less than half of the gain, and chance does not explain the distance."""
    if record.get("training") is None or difference is None or difference.rows < FEWEST_ROWS:
        return
    there, here = _gain(record, record["training"]), _gain(record, record["value"])
    margin = (difference.high - difference.low) / 2  # none where it answers as the baseline does
    if there > 0 and here < CARRIED_OVER * there and there - here > margin > 0:
        yield FiredCheck(
            CheckCode.OVERFITTED,
            f"It does far better on rows that it learned from: {metric} {record['training']:.4g} there, "
            f"{record['value']:.4g} on held-out rows. It knows them by heart: simplify it, or learn from more rows.",
        )


def _check_folds(metric: str, record: Mapping[str, Any]) -> Iterator[FiredCheck]:
    if "standard_deviation" not in record:
        return
    spread = record["standard_deviation"]
    if spread > SPREAD * max(_gain(record, record["mean"]), 0.0):
        yield FiredCheck(
            CheckCode.FOLDS_DISAGREE,
            f"The folds disagree: {metric} {record['mean']:.4g} ± {spread:.2g}, where one answer for all rows gives "
            f"{record['baseline']:.4g}. How good it is hangs on the rows that are held out.",
        )


def _check_classes(held_out: HeldOut) -> Iterator[FiredCheck]:
    if held_out.classes is None:
        return
    counts = {label: int((held_out.truth == label).sum()) for label in held_out.classes}
    few = sorted(((count, label_text(label)) for label, count in counts.items() if count < FEWEST_OF_CLASS))
    if few:
        named = ", ".join(f"{label!r} {count}" for count, label in few[:CLASSES_NAMED])
        more = f" and {len(few) - CLASSES_NAMED} more" if len(few) > CLASSES_NAMED else ""
        yield FiredCheck(
            CheckCode.FEW_ROWS_OF_CLASS,
            f"Of these classes fewer than {FEWEST_OF_CLASS} rows were measured: {named}{more}. How well they are "
            "predicted is not known: get more rows of them, measure more, or leave them out.",
        )


def _check_calibration(held_out: HeldOut) -> Iterator[FiredCheck]:
    """Of the class that each row is given, as Guo et al. 2017 measure it ("On calibration of modern neural networks");
    that it is no chance is told by the statistic of Hosmer and Lemeshow."""
    scores, classes = held_out.scores, held_out.classes
    if scores is None or classes is None or not held_out.are_probabilities or len(scores) < FEWEST_ROWS:
        return
    confidence, is_right = scores.max(axis=1), held_out.truth == classes[scores.argmax(axis=1)]
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    rows, right, expected, variance = (
        np.bincount(bins, weights=values, minlength=BINS)
        for values in (np.ones(len(bins)), is_right, confidence, confidence * (1 - confidence))
    )
    error = float(np.abs(right - expected).sum() / rows.sum())
    squares = (right - expected)[rows > 0] ** 2 / np.maximum(variance[rows > 0], np.finfo(float).eps)
    if error >= MISCALIBRATION and stats.chi2.sf(squares.sum(), int((rows > 0).sum())) < LEAST_PROBABLE:
        yield FiredCheck(
            CheckCode.UNCALIBRATED,
            f"Its probabilities are off by {error:.2f} on average: it is {confidence.mean():.0%} sure of its answers, "
            f"and {is_right.mean():.0%} are right. Calibrate it, or do not rely on them.",
        )
