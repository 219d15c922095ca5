"""A version measured on rows that it has not seen, alone or beside another on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from catalog.exceptions import counted
from catalog.ml.evaluation.difference import Difference
from catalog.ml.evaluation.flips import Segment, count_flips, measure_segments
from catalog.ml.evaluation.paired_bootstrap import compare
from catalog.ml.evaluation.row_selection import read_values
from catalog.models import AuditEvent, Evaluation, ModelVersion
from catalog.progress import Progress
from catalog.services.datasets.opening import open_dataset_table
from catalog.services.evaluation.common_rows import CommonRows, find_dataset_rows, find_held_out_rows, weigh_rows
from catalog.services.evaluation.evaluation_request import EvaluationRequest, check_request, find_versions
from catalog.services.evaluation.measured_version import MeasuredVersion, measure_version
from catalog.services.persistence.audit import record_event
from catalog.services.persistence.manifests import queue_evaluation_manifest
from catalog.services.persistence.writes import Guard, unguarded
from catalog.services.prediction.loading import check_code_permitted
from catalog.services.registry.curation import lock_in_use
from catalog.services.registry.references import get_dataset_version, get_model_version


@dataclass(frozen=True)
class Evaluated:
    """`evaluation` is of the version that was asked for, `other` of the one that it was compared with."""

    evaluation: Evaluation
    other: Evaluation | None = None
    differences: list[Difference] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def evaluate_version(
    *,
    request: EvaluationRequest,
    actor: str,
    progress: Progress | None = None,
    guard: Guard[Evaluation] = unguarded,
) -> Evaluated:
    """Measure a version, and compare it when another is named; both are recorded.

    Parameters
    ----------
    request : EvaluationRequest
        The version, the rows, and what it is compared with.
    actor : str
        The name that the evaluations and their events are recorded under.
    progress : Progress, optional
        Told of each step.
    guard : callable, optional
        Called with the evaluation in the transaction that records it; may raise to refuse that.

    Returns
    -------
    Evaluated
        The evaluations, and the differences with the interval that chance alone explains.

    Raises
    ------
    InvalidRequest, NotFound, NotReady
        For what contradicts itself or the catalog, and when too few rows are left that no version was trained on.
    InvalidData
        When the rows do not fit a version's signature, or its estimator refuses them.
    """
    check_request(request)
    check_code_permitted(request.code_from_version)
    progress = progress or Progress()
    version, other = find_versions(request)
    rows, results, values = _measure(request, [version] if other is None else [version, other], progress)
    evaluations = [_evaluation(result, rows, actor) for result in results]
    differences: list[Difference] = []
    segments: list[Segment] = []
    if other is not None:
        with progress.step("compare"):
            differences, segments = _compare(evaluations, results, request.by, values)
    _record(evaluations, actor, guard)
    warnings = [*_unknown_training(results), *(warning for result in results for warning in result.warnings)]
    return Evaluated(evaluations[0], None if other is None else evaluations[1], differences, segments, warnings)


def _measure(
    request: EvaluationRequest, versions: list[ModelVersion], progress: Progress
) -> tuple[CommonRows, list[MeasuredVersion], list[object]]:
    """All on the same rows, with what the column `by` holds in each of these; nothing where none is named."""
    rows, weight = _find_rows(request, versions, progress)
    with open_dataset_table(rows.dataset_version, progress) as table:
        rows = weigh_rows(rows, table, weight)
        measured = [
            measure_version(version, table, rows, progress, code_from_version=request.code_from_version)
            for version in versions
        ]
        return rows, measured, read_values(table, request.by, rows.positions) if request.by else []


def _compare(
    evaluations: list[Evaluation], measured: list[MeasuredVersion], by: str, values: list[object]
) -> tuple[list[Difference], list[Segment]]:
    """The first with the second, which the first evaluation records; segments by what the column `by` holds."""
    evaluation, beside = evaluations
    first, second = (result.held_out for result in measured)
    differences, segments = compare(first, second), measure_segments(first, second, values) if by else []
    evaluation.against, evaluation.against_sha256 = beside.model_version.reference, beside.model_sha256
    evaluation.differences = [difference.as_json() for difference in differences]
    evaluation.flips = {
        **count_flips(first, second),
        "by": by,
        "segments": [segment.as_json() for segment in segments],
        "other_training_rows": beside.training_rows,
    }
    return differences, segments


def _unknown_training(measured: Sequence[MeasuredVersion]) -> list[str]:
    return [
        f"{result.version.reference} was uploaded: whether it has seen these rows is not known."
        for result in measured
        if result.version.dataset_version is None
    ]


def _find_rows(request: EvaluationRequest, measured: list[ModelVersion], progress: Progress) -> tuple[CommonRows, str]:
    """And the column by which they weigh: that which is asked for, or that of the version whose held-out rows they
    are."""
    include = request.include_training_rows
    if request.like:
        like = get_model_version(request.like)
        found = find_held_out_rows(like, measured, include_training_rows=include, progress=progress)
        return found, request.sample_weight or like.weighted_by
    dataset_version = get_dataset_version(request.dataset)
    found = find_dataset_rows(dataset_version, measured, include_training_rows=include, progress=progress)
    return found, request.sample_weight


def _evaluation(measured: MeasuredVersion, rows: CommonRows, actor: str) -> Evaluation:
    return Evaluation(
        model_version=measured.version,
        model_sha256=measured.version.sha256,
        dataset_version=rows.dataset_version,
        rows_of=rows.rows_of,
        rows_sha256=rows.sha256,
        row_count=len(rows.positions),
        training_rows=rows.training_rows[measured.version.reference],
        metrics=measured.metrics,
        report=measured.report,
        created_by=actor,
    )


def _record(evaluations: list[Evaluation], actor: str, guard: Guard[Evaluation]) -> None:
    with transaction.atomic():
        lock_in_use(evaluations[0].dataset_version)
        for evaluation in evaluations:
            lock_in_use(evaluation.model_version)
            evaluation.save(force_insert=True)
            queue_evaluation_manifest(evaluation)
            record_event(
                verb=AuditEvent.Verb.EVALUATED,
                subject=evaluation.model_version,
                actor=actor,
                to_value=counted(evaluation.row_count, "row"),
            )
        guard(evaluations[0])
