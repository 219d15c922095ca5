"""Training on all rows in memory: read, split, build, fit, and predict the held-out rows."""

from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import clone

from catalog.exceptions import TrainingFailed
from catalog.ml.artifacts.serialization import check_serializable
from catalog.ml.evaluation.checks.fired_checks import FiredCheck
from catalog.ml.evaluation.checks.row_checks import check_shared_rows
from catalog.ml.evaluation.held_out import HeldOut
from catalog.ml.evaluation.metrics import cross_validate_metrics, predict_baseline, predict_held_out, weights_of
from catalog.ml.evaluation.quantiles import find_quantile
from catalog.ml.features import Feature, with_categories
from catalog.ml.training.column_params import set_weights
from catalog.ml.training.estimators import build_pipeline
from catalog.ml.training.examples import (
    Examples,
    count_categories,
    naming_infinity,
    read_examples,
    select_learnable,
)
from catalog.ml.training.fit_progress import count_fits, count_rounds, fit_reporting
from catalog.ml.training.label_encoding import check_labels, encode_labels, for_several, label_prefix, parameter_prefix
from catalog.ml.training.learned import Learned, TrainingSample, count_training_rows
from catalog.ml.training.parameter_search import run_search
from catalog.ml.training.split_rules import Folds, make_folds, make_split_folds
from catalog.ml.training.splitting import RowCounts, Split, check_folds, check_targets, split_rows
from catalog.services.datasets.opening import open_dataset_table
from catalog.services.distributed.dask_search import fitting_on
from catalog.services.training.plan import TrainingPlan
from catalog.services.training.row_weights import fit_parameters
from catalog.services.training.training_run import TrainingRun

# With so many values, the chance that one fold holds all of them is below one in 100,000.
VALUES_FOR_FOLDS = 20


def learn_in_memory(run: TrainingRun) -> Learned:
    """Raises InvalidData and TrainingFailed."""
    rows, missing_target = _split(run.plan, _read(run))
    features = with_categories(run.plan.features, rows.train)
    rows = rows.with_categories(features)
    learnable = _select_learnable(run.plan, rows)
    estimator = _build(run.plan, rows, learnable)
    estimator, search = _fit(run, estimator, rows)
    with run.step("evaluate"):
        asked: Any = {"task": run.plan.task, "metric": run.plan.primary_metric, "weights": rows.test_weights}
        held_out = predict_held_out(estimator, rows.test, rows.test_target, **asked)
        baseline, training = _predict_baseline(run.plan, estimator, rows), _sample_training(run.plan, estimator, rows)
    return Learned(
        estimator=estimator,
        features=features,
        learnable=[feature.name for feature in learnable],
        rows=RowCounts(len(rows.train), len(rows.test), missing_target),
        held_out=held_out,
        baseline=baseline,
        folds=_cross_validate(run, estimator, rows),
        sample=rows.test,
        sample_target=rows.test_target,
        sample_weights=rows.test_weights,
        training=training,
        search=search,
        checks=_check_rows(run.plan, rows),
    )


def _check_rows(plan: TrainingPlan, rows: Split) -> list[FiredCheck]:
    """Without a target nothing is measured that would be better on rows that it knows."""
    if not plan.request.target:
        return []
    return list(check_shared_rows(rows.train, rows.train_target, rows.test, rows.test_target))


def _predict_baseline(plan: TrainingPlan, estimator: Any, rows: Split) -> HeldOut | None:
    """Nothing predicts at random where there is no target."""
    if not plan.request.target:
        return None
    return predict_baseline(
        plan.task,
        rows.train_target,
        rows.test_target,
        weights=rows.train_weights,
        test_weights=rows.test_weights,
        quantile=find_quantile(estimator),
        metric=plan.primary_metric,
    )


def _sample_training(plan: TrainingPlan, estimator: Any, rows: Split) -> TrainingSample | None:
    if not plan.request.target:
        return None
    order = np.random.default_rng(plan.request.random_state).permutation(len(rows.train))
    chosen = order[: count_training_rows(rows.train.shape[1])]
    frame, target = rows.train.iloc[chosen], rows.train_target[chosen]
    weights = weights_of(frame, rows.indexed_weights)
    asked: Any = {"task": plan.task, "metric": plan.primary_metric, "weights": weights}
    return TrainingSample(frame, target, predict_held_out(estimator, frame, target, **asked))


def _read(run: TrainingRun) -> Examples:
    plan, version = run.plan, run.plan.dataset_version
    request, progress = plan.request, run.progress
    with open_dataset_table(version, progress) as table, progress.step("read", total=version.data_bytes, unit="bytes"):
        examples = read_examples(
            table,
            plan.features,
            request.target,
            plan.target_type,
            plan.task,
            progress.advance,
            rule=plan.split_rule,
            weight=request.sample_weight,
            others=plan.other_types,
        )
    check_targets(examples.target, task=plan.task, names=request.targets, test_size=request.test_size)
    return examples


def _split(plan: TrainingPlan, examples: Examples) -> tuple[Split, int]:
    """The rows, and how many had no target. Nobody else holds the examples, so they are free while it is fitted."""
    request = plan.request
    rows = split_rows(
        examples.frame,
        examples.target,
        plan.split_rule,
        task=plan.task,
        by=examples.split_by,
        weights=examples.weights,
    )
    if request.folds and rows.train_by is None:
        check_folds(rows, task=plan.task, fold_count=request.folds)
    return rows, examples.missing_target


def _select_learnable(plan: TrainingPlan, rows: Split) -> list[Feature]:
    """The features with values enough to learn from, also within each fold. A pipeline of one's own takes all."""
    if plan.request.pipeline:
        return list(plan.features)
    return select_learnable(rows.train, plan.features, minimum=VALUES_FOR_FOLDS if plan.request.folds else 1)


def _build(plan: TrainingPlan, rows: Split, learnable: list[Feature]) -> Any:
    if plan.request.other_targets:
        return _build_for_several(plan, rows, learnable)
    labels = np.unique(rows.train_target) if plan.task == "classification" else np.array([])
    if plan.request.pipeline:
        check_labels(plan.estimator, labels, plan.request.pipeline)
        return plan.estimator
    encoded = encode_labels(clone(plan.estimator), labels)
    set_weights(encoded, plan.by_name, labels, prefix=label_prefix(encoded))
    return _build_around(encoded, plan, rows, learnable, n_classes=len(labels) if plan.request.target else None)


def _build_for_several(plan: TrainingPlan, rows: Split, learnable: list[Feature]) -> Any:
    if plan.request.pipeline:
        check_labels(plan.estimator, rows.train_target, plan.request.pipeline)
        return plan.estimator
    estimator = for_several(plan.estimator, plan.task, rows.train_target)
    return _build_around(estimator, plan, rows, learnable, n_classes=None)


def _build_around(
    estimator: Any, plan: TrainingPlan, rows: Split, learnable: list[Feature], *, n_classes: int | None
) -> Any:
    return build_pipeline(
        estimator,
        plan.request.estimator,
        features=learnable,
        cardinality=count_categories(rows.train, learnable),
        n_classes=n_classes,
        random_state=plan.request.random_state,
        by_name=plan.by_name,
    )


def _fit(run: TrainingRun, estimator: Any, rows: Split) -> tuple[Any, dict[str, Any] | None]:
    """The fitted estimator, and what a search tried."""
    check_serializable(estimator, run.plan.request.artifact_format)
    pa.default_memory_pool().release_unused()  # Arrow keeps what the rows were read into
    plan, request, search, advance = run.plan, run.plan.request, None, run.progress.advance
    if request.search:
        fits = count_fits(plan.space, method=request.search, folds=request.folds, iterations=request.search_iterations)
        with naming_infinity(rows.train), run.step("fit", total=fits, unit="fits"):
            estimator, search = _search(run, estimator, rows)
    else:
        with naming_infinity(rows.train), run.step("fit", total=count_rounds(estimator), unit="rounds"):
            target = rows.train_target if request.target else None
            fit_reporting(estimator, rows.train, target, advance, _fit_params(plan, estimator, rows))
    if not hasattr(estimator, "predict"):
        raise TrainingFailed(f"{request.estimator_name} has no predict now that it is fitted.")
    return estimator, search


def _search(run: TrainingRun, estimator: Any, rows: Split) -> tuple[Any, dict[str, Any]]:
    plan, request = run.plan, run.plan.request
    with fitting_on(request.engine, estimator) as left_out:
        found = run_search(
            estimator,
            rows.train,
            rows.train_target,
            method=request.search,
            space=plan.space,
            prefix="" if request.pipeline else parameter_prefix(estimator),
            task=plan.task,
            metric=plan.primary_metric,
            folds=_folds(plan, rows),
            iterations=request.search_iterations,
            random_state=request.random_state,
            on_fit=run.progress.advance if request.engine == "local" else None,
            weights=rows.indexed_weights,
            fit_params=_fit_params(plan, estimator, rows),
        )
    run.warnings.extend(left_out)
    return found


def _fit_params(plan: TrainingPlan, estimator: Any, rows: Split) -> dict[str, np.ndarray]:
    return fit_parameters(plan.request, estimator, rows.train_target, rows.train_weights)


def _cross_validate(run: TrainingRun, estimator: Any, rows: Split) -> dict[str, dict[str, float]]:
    request = run.plan.request
    if not request.cv:
        return {}
    with run.step("cross-validate"):
        return cross_validate_metrics(
            clone(estimator),
            rows.train,
            rows.train_target,
            task=run.plan.task,
            splitter=_folds(run.plan, rows),
            metric=run.plan.primary_metric,
            weights=rows.indexed_weights,
            fit_params=_fit_params(run.plan, estimator, rows),
            targets=request.targets,
        )


def _folds(plan: TrainingPlan, rows: Split) -> Folds:
    """Of cross-validation and of a search: split as the held-out rows were."""
    count = plan.request.folds
    if rows.train_by is None:
        return make_folds(plan.task, count, plan.request.random_state, n_targets=len(plan.request.targets))
    return make_split_folds(plan.split_rule, rows.train_by, count)
