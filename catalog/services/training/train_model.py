"""Training: from a dataset version to a READY model version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.datasets.opening import opened_table
from catalog.services.persistence.writes import Guard, unguarded
from catalog.services.registry.aliases import AliasChange, promote
from catalog.services.training.plan import TrainingPlan, TrainingRequest, plan_training
from catalog.services.training.record import features_of, left_out, recorded, target_type
from catalog.services.training.store import store_trained

if TYPE_CHECKING:
    from catalog.ml.features import Feature, Signature
    from catalog.ml.training.examples import Examples
    from catalog.ml.training.splitting import Split


# With so many values, the chance that one fold holds all of them is below one in 100,000.
VALUES_FOR_FOLDS = 20


@dataclass(frozen=True)
class Trained:
    """The version, the change of its alias if one was asked for, and what the user should hear."""

    version: ModelVersion
    promoted: AliasChange | None
    seconds: Mapping[str, float]
    warnings: list[str] = field(default_factory=list)


def train_model(
    *, request: TrainingRequest, actor: str, progress: Progress | None = None, guard: Guard[ModelVersion] = unguarded
) -> Trained:
    """Train, evaluate and store a version, and promote it when the request names an alias. Raises CatalogError.

    Until the version is stored nothing is written: a refused request leaves neither a row nor an object. `guard` is
    called with the version in the transaction that makes it READY, and may raise to refuse that.
    """
    progress = progress or Progress()
    plan = plan_training(request)
    caught: list[str] = []
    estimator, described = _learn(plan, caught, progress)
    version = store_trained(plan, estimator, described, actor, progress, guard)
    promoted = promote(reference=version.reference, alias=request.alias, actor=actor) if request.alias else None
    return Trained(version, promoted, progress.seconds, caught)


def _learn(plan: TrainingPlan, caught: list[str], progress: Progress) -> tuple[Any, dict[str, Any]]:
    """The fitted estimator, and what the version records."""
    if plan.request.incremental:
        from catalog.services.training.train_incrementally import learn_in_batches

        return learn_in_batches(plan, caught, progress)
    rows, missing_target = _split(plan, _read(plan, progress))
    estimator = _build(plan, rows)
    estimator, searched = _fit(plan, estimator, rows, caught, progress)
    evaluation = _evaluate(plan, estimator, rows, caught, progress)
    evaluation["report"] |= {"warnings": caught, "search": searched, "rows": _row_counts(rows, missing_target)}
    return estimator, evaluation | recorded(plan, _signature(plan, estimator, rows))


def _read(plan: TrainingPlan, progress: Progress) -> "Examples":
    from catalog.ml.training.examples import read_examples
    from catalog.ml.training.splitting import check_target

    version, request = plan.dataset_version, plan.request
    with opened_table(version, progress) as table, progress.step("read", total=version.data_bytes, unit="bytes"):
        examples = read_examples(
            table, features_of(plan), request.target, target_type(plan), plan.task, progress.advance
        )
    check_target(examples.target, task=plan.task, name=request.target, test_size=request.test_size)
    return examples


def _split(plan: TrainingPlan, examples: "Examples") -> "tuple[Split, int]":
    """The rows, and how many had no target. Nobody else holds the examples, so they are free while it is fitted."""
    from catalog.ml.training.splitting import check_folds, split

    request = plan.request
    rows = split(
        examples.frame, examples.target, task=plan.task, test_size=request.test_size, random_state=request.random_state
    )
    if request.folds:
        check_folds(rows, task=plan.task, fold_count=request.folds)
    return rows, examples.missing_target


def _learnable(plan: TrainingPlan, rows: "Split") -> "list[Feature]":
    """The features with values enough to learn from, also within each fold. A pipeline of one's own takes all."""
    from catalog.ml.training.examples import with_values

    if plan.request.pipeline:
        return features_of(plan)
    return with_values(rows.train, features_of(plan), minimum=VALUES_FOR_FOLDS if plan.request.folds else 1)


def _build(plan: TrainingPlan, rows: "Split") -> Any:
    from catalog.ml.training.estimators import build, call_pipeline
    from catalog.ml.training.examples import category_levels

    request, features = plan.request, _learnable(plan, rows)
    if request.pipeline:
        return call_pipeline(request.pipeline, request.params)
    return build(
        request.estimator,
        plan.task,
        request.params,
        features=features,
        levels=category_levels(rows.train, features),
        n_classes=len(set(rows.train_target.tolist())) if plan.task == "classification" else 0,
        random_state=request.random_state,
    )


def _fit(
    plan: TrainingPlan, estimator: Any, rows: "Split", caught: list[str], progress: Progress
) -> tuple[Any, dict[str, Any] | None]:
    """The fitted estimator, and what a search tried."""
    from catalog.ml.artifacts.serialization import check_keepable
    from catalog.ml.training import fitting
    from catalog.ml.training.examples import estimator_errors

    request = plan.request
    check_keepable(estimator, request.artifact_format)
    with estimator_errors(request.pipeline or request.estimator, caught), progress.step("fit"):
        if not request.search:
            return fitting.fit(estimator, rows.train, rows.train_target), None
        from catalog.ml.training.search import run_search
        from catalog.services.distributed.dask_search import fitting_on

        prefix = "" if request.pipeline else "estimator__"
        with fitting_on(request.engine):
            return run_search(
                estimator,
                rows.train,
                rows.train_target,
                method=request.search,
                space={f"{prefix}{name}": values for name, values in plan.space.items()},
                task=plan.task,
                metric=plan.primary_metric,
                fold_count=request.folds,
                iterations=request.search_iterations,
                random_state=request.random_state,
            )


def _evaluate(
    plan: TrainingPlan, estimator: Any, rows: "Split", caught: list[str], progress: Progress
) -> dict[str, Any]:
    """Metrics and report, as the version records them."""
    from sklearn.base import clone

    from catalog.ml.evaluation import metrics, report
    from catalog.ml.training.examples import estimator_errors

    request, of_folds = plan.request, {}
    with estimator_errors(request.pipeline or request.estimator, caught):
        with progress.step("evaluate"):
            result = metrics.held_out(estimator, rows.test, rows.test_target)
            values = metrics.measure(result)
            of_baseline = metrics.baseline(plan.task, rows.train_target, rows.test_target)
        if request.cv:
            with progress.step("cross-validate"):
                splitter = metrics.folds(plan.task, request.cv, request.random_state)
                of_folds = metrics.cross_validated(clone(estimator), rows.train, rows.train_target, splitter=splitter)
        with progress.step("report"):
            made = report.make_report(result)
            made["sample"] = report.sample_predictions(estimator, rows.test)
        with progress.step("importances"):
            made["importances"] = report.importances(
                estimator, rows.test, rows.test_target, metric=plan.primary_metric, random_state=request.random_state
            )
    made["left_out"] = left_out(plan, _learnable(plan, rows))
    return {
        "metrics": metrics.described(values, of_baseline, of_folds),
        "primary_value": values.get(plan.primary_metric),
        "report": made,
    }


def _row_counts(rows: "Split", missing_target: int) -> dict[str, int]:
    return {"train": len(rows.train), "test": len(rows.test), "missing_target": missing_target}


def _signature(plan: TrainingPlan, estimator: Any, rows: "Split") -> "Signature":
    from catalog.ml.training.examples import make_signature

    return make_signature(
        estimator,
        rows,
        features_of(plan),
        target=plan.request.target,
        target_type=target_type(plan),
        task=plan.task,
    )
