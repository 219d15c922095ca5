"""How a version was made, and what was measured of it since: what its page tells beside its own metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.ml.evaluation.difference import Difference
from catalog.ml.training.split_texts import split_text
from catalog.models import Evaluation, ModelVersion
from catalog.services.jobs.durations import seconds_text
from catalog.services.registry.facts import newest_evaluations
from catalog.services.training.repeat_command import repeat_command

EVALUATIONS_SHOWN = 10


@dataclass(frozen=True)
class ClassScore:
    """Of the held-out rows of one class: how many of those that are called so are, and how many of them are found."""

    label: str
    precision: float | None
    recall: float | None
    rows: int


@dataclass(frozen=True)
class MeasuredSince:
    """An evaluation, its main metric beside that of one answer for all rows, and how it differs from the version
    beside it."""

    evaluation: Evaluation
    value: float | None
    baseline: float | None
    difference: Difference | None


def making_context(version: ModelVersion) -> dict[str, Any]:
    report = version.report
    seconds = sum(report.get("seconds", {}).values())
    return {
        "split_text": split_text(report["split"]) if report.get("split") else "",
        "seconds_text": f"{seconds:.2g} s" if seconds < 10 else seconds_text(seconds),
        "is_timed": "seconds" in report,
        "repeat_command": repeat_command(version),
        "class_scores": class_scores(report),
        "evaluations": _evaluations(version),
    }


def class_scores(report: Mapping[str, Any]) -> list[ClassScore]:
    """From the confusion matrix; none where it leaves out classes, of which rows would be missing."""
    matrix = report.get("confusion_matrix")
    if not matrix or matrix["classes_left_out"]:
        return []
    counts = matrix["counts"]
    called = [sum(row[at] for row in counts) for at in range(len(counts))]
    return [
        ClassScore(
            label,
            counts[at][at] / called[at] if called[at] else None,
            counts[at][at] / sum(counts[at]) if sum(counts[at]) else None,
            sum(counts[at]),
        )
        for at, label in enumerate(matrix["labels"])
    ]


def _evaluations(version: ModelVersion) -> list[MeasuredSince]:
    """The newest, in one query."""
    main = version.registered_model.primary_metric
    found = []
    for evaluation in newest_evaluations(version, most=EVALUATIONS_SHOWN):
        differences = [Difference.from_json(values) for values in evaluation.differences]
        difference = next((each for each in differences if each.metric == main), None)
        metric = evaluation.metrics.get(main, {})
        found.append(MeasuredSince(evaluation, metric.get("value"), metric.get("baseline"), difference))
    return found
