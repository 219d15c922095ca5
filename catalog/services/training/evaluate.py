"""The metrics and the report of what was learned, as a version records them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidData
from catalog.ml.evaluation.checks.fired_checks import FiredCheck, in_order
from catalog.ml.evaluation.checks.row_checks import check_identifier, check_leak, check_times
from catalog.ml.evaluation.checks.score_checks import check_scores
from catalog.ml.evaluation.importances import Importances, measure_importances
from catalog.ml.evaluation.metric_names import metric_records
from catalog.ml.evaluation.metrics import measure
from catalog.ml.evaluation.report import make_report, sample_predictions
from catalog.ml.training.learned import Learned
from catalog.services.training.plan import TrainingPlan
from catalog.services.training.training_run import TrainingRun


@dataclass(frozen=True)
class TrainingEvaluation:
    """`metrics` holds a record by metric, `primary_value` the value of the model's primary one; `report` is what charts
    are drawn from. All of it is JSON."""

    metrics: dict[str, dict[str, Any]]
    primary_value: float | None
    report: dict[str, Any]


def evaluate(run: TrainingRun, learned: Learned) -> TrainingEvaluation:
    """Raises TrainingFailed when the estimator refuses the held-out rows."""
    plan = run.plan
    with run.step("report"):
        values = measure(learned.held_out, plan.request.targets)
        report = make_report(learned.held_out, plan.request.targets)
        report["sample"] = sample_predictions(learned.estimator, learned.sample)
    importances = _measure_importances(run, learned)
    report |= {"importances": importances.records, "importances_sampled": importances.sampled}
    report |= {"left_out": _exclude_unlearnable(plan, learned), "warnings": run.warnings, "search": learned.search}
    report |= {"rows": _count_rows(plan, learned), "split": plan.split_rule.as_json()}
    report |= {"param_owners": dict(plan.owners)} if plan.owners else {}
    report |= {"epochs": plan.request.epochs} if plan.request.incremental else {}
    if plan.request.metric and plan.primary_metric not in values:
        raise InvalidData(f"`metric` {plan.primary_metric} has no value for these held-out rows. Choose another.")
    baseline = measure(learned.baseline, plan.request.targets) if learned.baseline else {}
    training = measure(learned.training.predicted, plan.request.targets) if learned.training else {}
    records = metric_records(values, baseline, learned.folds, training, plan.request.sample_weight)
    report["checks"] = [check.as_json() for check in check_training(run, learned, records, importances)]
    return TrainingEvaluation(records, values.get(plan.primary_metric), report)


def check_training(
    run: TrainingRun, learned: Learned, records: dict[str, dict[str, Any]], importances: Importances
) -> list[FiredCheck]:
    """Of several targets those of each, by its name. Without one there is nothing that rows could be right about: only
    whether an identifier is what it goes by is checked."""
    ranked = [record["feature"] for record in importances.records if record["mean"] > 0]
    profiles = {column["name"]: column for column in run.plan.dataset_version.profile}
    with run.progress.step("check"):
        found = [
            *learned.checks,
            *_check_targets(run.plan, learned, records, ranked),
            *(check for name in ranked[:1] for check in check_identifier(name, profiles[name])),
        ]
    return in_order(found)


def _check_targets(
    plan: TrainingPlan, learned: Learned, records: dict[str, dict[str, Any]], ranked: list[str]
) -> Iterator[FiredCheck]:
    """`ranked` are the most important features first, for all targets together."""
    metric, names, baseline, training = plan.primary_metric, plan.request.targets, learned.baseline, learned.training
    if baseline is None or training is None:
        return
    targets = training.target.reshape(len(training.target), -1).T
    for name, held_out, dummy, target in zip(names, learned.held_out.columns, baseline.columns, targets, strict=True):
        asked: Any = {"task": plan.task, "target_name": name}
        own = records if len(names) == 1 else {metric: records.get(f"{metric}.{name}", {})}
        checks = [
            *check_scores(metric, own, held_out, dummy),
            *check_leak(training.frame, target, ranked, **asked),
            *check_times(training.frame, target, plan.features, plan.split_rule, **asked),
        ]
        yield from checks if len(names) == 1 else [check.of_target(name) for check in checks]


def _measure_importances(run: TrainingRun, learned: Learned) -> Importances:
    plan = run.plan
    with run.step("importances"):
        return measure_importances(
            learned.estimator,
            learned.sample,
            learned.sample_target,
            task=plan.task,
            metric=plan.primary_metric,
            random_state=plan.request.random_state,
            seconds=catalog_settings().importance_seconds,
            weights=learned.sample_weights,
        )


def _exclude_unlearnable(plan: TrainingPlan, learned: Learned) -> dict[str, str]:
    """Why columns are no features, or are ones that nothing could be learned from."""
    unlearnable = {feature.name for feature in plan.features} - set(learned.learnable)
    return {**plan.excluded, **dict.fromkeys(sorted(unlearnable), "it has too few values to learn from")}


def _count_rows(plan: TrainingPlan, learned: Learned) -> dict[str, int]:
    """In batches not all held-out rows need have been measured."""
    measured = {"measured": len(learned.held_out.truth)} if plan.request.incremental else {}
    return asdict(learned.rows) | measured
