"""Training in batches, for what does not fit into memory: a pass to look, passes to learn, and a pass to measure.

Each pass opens the dataset's file anew, so it is verified each time and may be evicted from the cache in between.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from catalog.progress import Progress
from catalog.services.datasets.opening import opened_table
from catalog.services.training.plan import TrainingPlan
from catalog.services.training.record import features_of, left_out, recorded, target_type

if TYPE_CHECKING:
    from catalog.ml.features import Signature
    from catalog.ml.training.incremental.batch_learning import BatchLearner, Measured
    from catalog.ml.training.incremental.batches import Columns, Window
    from catalog.ml.training.incremental.feature_statistics import FirstPass


def learn_in_batches(plan: TrainingPlan, caught: list[str], progress: Progress) -> tuple[Any, dict[str, Any]]:
    """The fitted estimator, and what the version records. Raises InvalidData and TrainingFailed."""
    seen = _look(plan, caught, progress)
    learner = _prepare(plan, seen, caught)
    for _ in range(plan.request.epochs):
        _each_window(plan, learner.learn, "fit", caught, progress)
    measured = _measure(plan, learner, seen, caught, progress)
    evaluation = _report(plan, learner, seen, measured, caught, progress)
    return learner.pipeline, evaluation | recorded(plan, _signature(plan, learner, seen))


def _each_window(
    plan: TrainingPlan, use: "Callable[[Window], None]", step: str, caught: list[str], progress: Progress
) -> None:
    """One pass over the dataset: `use` is called with each window in turn."""
    from catalog.ml.training.examples import estimator_errors
    from catalog.ml.training.incremental.batches import windows

    version = plan.dataset_version
    with opened_table(version, progress) as table, progress.step(step, total=version.row_count, unit="rows"):
        for window in windows(table, _columns(plan), progress.advance):
            with estimator_errors(plan.request.estimator, caught):
                use(window)


def _columns(plan: TrainingPlan) -> "Columns":
    from catalog.ml.training.incremental.batches import Columns

    request = plan.request
    return Columns(
        features_of(plan), request.target, target_type(plan), plan.task, request.test_size, request.random_state
    )


def _look(plan: TrainingPlan, caught: list[str], progress: Progress) -> "FirstPass":
    from catalog.ml.training.incremental.feature_statistics import FirstPass

    seen = FirstPass(_columns(plan))
    _each_window(plan, seen.add, "preprocess", caught, progress)
    seen.check()
    caught += seen.warnings()
    return seen


def _prepare(plan: TrainingPlan, seen: "FirstPass", caught: list[str]) -> "BatchLearner":
    from catalog.ml.artifacts.serialization import check_keepable
    from catalog.ml.training.examples import estimator_errors
    from catalog.ml.training.incremental.batch_learning import BatchLearner, build_incremental

    request = plan.request
    with estimator_errors(request.estimator, caught):
        estimator = build_incremental(request.estimator, plan.task, request.params, request.random_state)
        learner = BatchLearner(estimator, request.estimator, seen)
    check_keepable(learner.pipeline, request.artifact_format)
    return learner


def _measure(
    plan: TrainingPlan, learner: "BatchLearner", seen: "FirstPass", caught: list[str], progress: Progress
) -> "Measured":
    from catalog.ml.training.incremental.batch_learning import Measured

    measured = Measured(learner.pipeline, seen)
    _each_window(plan, measured.add, "evaluate", caught, progress)
    return measured


def _report(
    plan: TrainingPlan,
    learner: "BatchLearner",
    seen: "FirstPass",
    measured: "Measured",
    caught: list[str],
    progress: Progress,
) -> dict[str, Any]:
    """Metrics and report, as the version records them."""
    from catalog.ml.evaluation import metrics, report
    from catalog.ml.training.examples import estimator_errors

    request, result = plan.request, measured.result
    with estimator_errors(request.estimator, caught), progress.step("report"):
        values = metrics.measure(result)
        typical, weights = seen.typical_target
        of_baseline = metrics.baseline(plan.task, typical, result.truth, weights=weights)
        made = report.make_report(result)
        frame, truth = measured.sampled
        made["sample"] = report.sample_predictions(learner.pipeline, frame)
    with estimator_errors(request.estimator, caught), progress.step("importances"):
        made["importances"] = report.importances(
            learner.pipeline, frame, truth, metric=plan.primary_metric, random_state=request.random_state
        )
    made |= {"left_out": left_out(plan, seen.features.learnable), "warnings": caught, "search": None}
    made |= {"rows": seen.rows | {"measured": len(result.truth)}, "epochs": request.epochs}
    return {
        "metrics": metrics.described(values, of_baseline, {}),
        "primary_value": values.get(plan.primary_metric),
        "report": made,
    }


def _signature(plan: TrainingPlan, learner: "BatchLearner", seen: "FirstPass") -> "Signature":
    from catalog.ml.training.examples import signature_of

    return signature_of(
        learner.pipeline,
        seen.features.described(features_of(plan)),
        target=plan.request.target,
        target_type=target_type(plan),
        task=plan.task,
    )
