"""Training in batches, for what does not fit into memory: a pass to look, passes to learn, and a pass to measure.

Each pass opens the dataset's file anew, so it is verified each time and may be evicted from the cache in between.
"""

from collections.abc import Callable
from dataclasses import replace

from catalog.ml.artifacts.serialization import check_serializable
from catalog.ml.evaluation.metrics import predict_baseline
from catalog.ml.evaluation.scorers import scorer_name
from catalog.ml.training.column_params import set_weights
from catalog.ml.training.examples import naming_infinity
from catalog.ml.training.incremental.batch_learning import BatchLearner
from catalog.ml.training.incremental.batches import Batch, ExampleColumns, read_batches
from catalog.ml.training.incremental.held_out_batches import HeldOutBatches
from catalog.ml.training.incremental.table_statistics import TableStatistics
from catalog.ml.training.learned import Learned
from catalog.services.datasets.opening import open_dataset_table
from catalog.services.training.plan import TrainingPlan
from catalog.services.training.training_run import TrainingRun


def learn_in_batches(run: TrainingRun) -> Learned:
    """Raises InvalidData and TrainingFailed."""
    seen = _look(run)
    learner = _build(run, seen)
    for _ in range(run.plan.request.epochs):
        _pass_over(run, "fit", learner.learn)
    held_out, scorer = HeldOutBatches(learner.pipeline, seen), scorer_name(run.plan.primary_metric)
    _pass_over(run, "evaluate", held_out.add)
    result, (sample, sample_target) = replace(held_out.result, scorer=scorer), held_out.sampled
    values, weights = seen.typical_target
    with run.listen():
        baseline = predict_baseline(run.plan.task, values, result.truth, weights=weights, metric=scorer)
        training = held_out.training
        training = replace(training, predicted=replace(training.predicted, scorer=scorer))
    return Learned(
        estimator=learner.pipeline,
        features=seen.features.features_with_categories,
        learnable=[feature.name for feature in seen.features.learnable],
        rows=seen.rows,
        held_out=result,
        baseline=baseline,
        sample=sample,
        sample_target=sample_target,
        training=training,
    )


def _pass_over(run: TrainingRun, step: str, use: Callable[[Batch], None]) -> None:
    """One pass over the dataset: `use` is called with each batch in turn."""
    version, progress = run.plan.dataset_version, run.progress
    with open_dataset_table(version, progress) as table, progress.step(step, total=version.row_count, unit="rows"):
        for batch in read_batches(table, _columns(run.plan), progress.advance):
            with naming_infinity(batch.frame), run.listen():
                use(batch)


def _columns(plan: TrainingPlan) -> ExampleColumns:
    request = plan.request
    return ExampleColumns(
        plan.features, request.target, plan.target_type, plan.task, request.test_size, request.random_state
    )


def _look(run: TrainingRun) -> TableStatistics:
    seen = TableStatistics(_columns(run.plan))
    _pass_over(run, "preprocess", seen.add)
    seen.check()
    run.warnings.extend(seen.warnings())
    return seen


def _build(run: TrainingRun, seen: TableStatistics) -> BatchLearner:
    request = run.plan.request
    with run.listen():
        if seen.classes is not None:
            set_weights(run.plan.estimator, run.plan.by_name, seen.classes)
        learner = BatchLearner(run.plan.estimator, request.estimator, seen)
    check_serializable(learner.pipeline, request.artifact_format)
    return learner
