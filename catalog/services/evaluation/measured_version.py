"""A version measured on rows: its metrics beside those of one answer for all rows, and checks that take no training."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from catalog.conf import catalog_settings
from catalog.exceptions import CatalogError, InvalidData
from catalog.ml.artifacts.environment import explain_refusal
from catalog.ml.evaluation.checks.fired_checks import FiredCheck, in_order
from catalog.ml.evaluation.checks.row_checks import LEAK_ROWS, check_identifier, check_leak
from catalog.ml.evaluation.checks.score_checks import check_scores
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.importances import Importances, measure_importances
from catalog.ml.evaluation.metric_names import WEIGHTED_BY, higher_is_better
from catalog.ml.evaluation.metrics import measure, predict_baseline
from catalog.ml.evaluation.report import make_report
from catalog.ml.evaluation.row_selection import choose_rows, predict_rows, read_rows
from catalog.ml.evaluation.scorers import scorer_name
from catalog.ml.signature import Signature
from catalog.ml.tables.reading import TableFile
from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.evaluation.common_rows import CommonRows
from catalog.services.prediction.loading import load_version


@dataclass(frozen=True)
class MeasuredVersion:
    """`metrics` holds a record by metric, `report` what charts are drawn from, both JSON; of a version that was trained
    elsewhere `report` has the checks that fired, too."""

    version: ModelVersion
    held_out: HeldOut
    metrics: dict[str, dict[str, Any]]
    report: dict[str, Any]
    warnings: list[str] = field(default_factory=list)


def measure_version(
    version: ModelVersion, table: TableFile, rows: CommonRows, progress: Progress, *, code_from_version: bool
) -> MeasuredVersion:
    """Raises InvalidData when the rows do not fit the signature, or the estimator refuses them."""
    loaded = load_version(version, code_from_version=code_from_version, progress=progress)
    signature = Signature.from_json(version.signature)
    step = progress.step(f"predict with {version.reference}", total=len(rows.positions), unit="rows")
    with step, _refusals(version):
        predicted = predict_rows(loaded.estimator, table, signature, rows.positions)
        scorer = scorer_name(version.registered_model.primary_metric)
        held_out = replace(predicted, scorer=scorer, weights=rows.weights)
    targets = [output.name for output in signature.outputs]
    baseline = _predict_baseline(held_out, signature.task)
    metrics = _records(held_out, baseline, targets, rows.weighted_by)
    report = make_report(held_out, targets)
    if version.origin == ModelVersion.Origin.UPLOADED and not signature.others:
        with progress.step("check"), _refusals(version):
            measured = MeasuredVersion(version, held_out, metrics, report)
            report |= _check(measured, loaded.estimator, table, rows, baseline)
    return MeasuredVersion(version, held_out, metrics, report, loaded.warnings)


@contextmanager
def _refusals(version: ModelVersion) -> Iterator[None]:
    """What the estimator raises becomes InvalidData, with the versions that may be why."""
    try:
        yield
    except CatalogError:
        raise
    except Exception as error:  # estimators raise whatever their authors chose
        explanation = explain_refusal(error, version.environment.get("versions", {}))
        raise InvalidData(f"{version.reference} refuses these rows: {explanation}") from error


def _predict_baseline(held_out: HeldOut, task: str) -> HeldOut:
    """The one answer that does best on these very rows, for what an uploaded version was trained on is not known."""
    return predict_baseline(
        task,
        held_out.truth,
        held_out.truth,
        weights=held_out.weights,
        test_weights=held_out.weights,
        quantile=held_out.quantile,
        metric=held_out.scorer,
    )


def _records(
    held_out: HeldOut, baseline: HeldOut, targets: Sequence[str], weighted_by: str
) -> dict[str, dict[str, Any]]:
    """By metric."""
    of_baseline, weighed = measure(baseline, targets), {WEIGHTED_BY: weighted_by} if weighted_by else {}
    return {
        name: {"value": value, "baseline": of_baseline.get(name), "higher_is_better": higher_is_better(name), **weighed}
        for name, value in measure(held_out, targets).items()
    }


def _check(
    measured: MeasuredVersion, estimator: Any, table: TableFile, rows: CommonRows, baseline: HeldOut
) -> dict[str, Any]:
    """The checks that fired and the importances that they took, for the report."""
    signature = Signature.from_json(measured.version.signature)
    metric = measured.version.registered_model.primary_metric
    chosen = choose_rows(rows.positions, LEAK_ROWS)
    frame, target = read_rows(table, signature, chosen)
    importances = measure_importances(
        estimator,
        frame,
        target,
        task=signature.task,
        metric=metric,
        random_state=0,
        seconds=catalog_settings().importance_seconds,
        weights=None if rows.weights is None else rows.weights[np.searchsorted(rows.positions, chosen)],
    )
    ranked = [record["feature"] for record in importances.records if record["mean"] > 0]
    found = [
        *check_scores(metric, measured.metrics, measured.held_out, baseline),
        *check_leak(frame, target, ranked, task=signature.task, target_name=signature.target),
        *_check_best(ranked, rows),
    ]
    return {"checks": [check.as_json() for check in in_order(found)], **_importance_records(importances)}


def _check_best(ranked: Sequence[str], rows: CommonRows) -> Iterator[FiredCheck]:
    """The most important feature, by the profile of its column in the data that it was measured on."""
    profiles = {column["name"]: column for column in rows.dataset_version.profile}
    for name in ranked[:1]:
        yield from check_identifier(name, profiles[name])


def _importance_records(importances: Importances) -> dict[str, Any]:
    return {"importances": importances.records, "importances_sampled": importances.sampled}
