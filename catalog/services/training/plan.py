"""What a training will do: the request against one dataset version, with all that can be checked before data are read.

It imports scikit-learn: whoever must not asks catalog.services.training.request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.conf import catalog_settings
from catalog.exceptions import InvalidRequest, NotPermitted, near
from catalog.ml.evaluation.metric_names import PINBALL, PRIMARY_METRIC
from catalog.ml.evaluation.quantiles import find_quantile
from catalog.ml.evaluation.scorers import check_metric, scorer_name
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.column_params import (
    NOTHING_BY_NAME,
    WEIGHTS,
    ColumnParams,
    check_column_params,
    take_column_params,
)
from catalog.ml.training.estimators import make_estimator
from catalog.ml.training.incremental.batch_learning import check_incremental
from catalog.ml.training.own_pipeline import call_pipeline, check_takes_several
from catalog.ml.training.parameter_search import parse_space
from catalog.ml.training.split_rules import SplitKind, SplitRule
from catalog.models import DatasetVersion, RegisteredModel
from catalog.services.registry.aliases import is_protected
from catalog.services.registry.references import get_dataset_version, get_model_version
from catalog.services.training.column_choice import name_columns
from catalog.services.training.feature_choice import choose_features
from catalog.services.training.request import TrainingRequest, check_request
from catalog.services.training.row_weights import check_weighing, weigh_classes
from catalog.services.training.task_choice import choose_target_types, choose_task

NO_OWNERS: Mapping[str, str] = {}
LONGEST_TARGET = 255
ORDERED_TYPES = {"integer", "number", "date", "timestamp", "timestamp_utc"}


@dataclass(frozen=True)
class TrainingPlan:
    """The request against one dataset version.

    `estimator` is unfitted: the last step of the pipeline, or the whole when the request names a `pipeline`. `excluded`
    says why a column is no feature; `target_types` has the type that each target is read as; `space` what a search
    tries; `by_name` are the parameters by column and class, `owners` who took each parameter of one's own pipeline.
    """

    request: TrainingRequest
    dataset_version: DatasetVersion
    task: str
    features: tuple[Feature, ...]
    target_types: Mapping[str, ColumnType]
    excluded: Mapping[str, str]
    estimator: Any
    space: Mapping[str, Any]
    by_name: ColumnParams
    owners: Mapping[str, str]
    primary_metric: str

    @property
    def target_type(self) -> ColumnType:
        """Of the first target; that of a cluster where there is none."""
        return next(iter(self.target_types.values()), ColumnType.INTEGER)

    @property
    def other_types(self) -> dict[str, ColumnType]:
        """Of the further targets, by name."""
        return dict(list(self.target_types.items())[1:])

    @property
    def split_rule(self) -> SplitRule:
        """Which rows are held out; it is recorded, so that other versions can be measured on the same ones."""
        request, types = self.request, {column["name"]: column["type"] for column in self.dataset_version.schema}
        kind = SplitKind.HASH if request.incremental else SplitKind(request.split_kind)
        column = request.split_column
        return SplitRule(kind, request.test_size, request.random_state, column, types[column] if column else "")


def plan_training(request: TrainingRequest) -> TrainingPlan:
    """Raises CatalogError for every contradiction that shows without reading the data."""
    check_request(request)
    _check_alias(request.alias)
    space = parse_space(request.search_space, request.search) if request.search else {}
    version = get_dataset_version(request.dataset)
    request = name_columns(request, version.column_names)
    types = {column["name"]: column["type"] for column in version.schema}
    _check_columns(request, version, types)
    _check_split_type(request, types)
    _check_weight_type(request, types)
    task = choose_task(request, version)
    features, excluded = choose_features(request, version)
    by_name, owners = NOTHING_BY_NAME, NO_OWNERS
    if request.pipeline:
        own = call_pipeline(request.pipeline, request.params, task=task, search_space=_first_values(space))
        estimator, owners = own.estimator, own.owners
        if request.other_targets:
            check_takes_several(estimator, request.pipeline, task)
    else:
        params, by_name = take_column_params(request.params)
        estimator = _make_estimator(request, params, task, space)
        check_column_params(by_name, estimator, features=features, task=task)
    _check_several(request, by_name)
    metric = _choose_metric(request, task, estimator)
    _check_compared(request, task)
    check_weighing(request, task, estimator)
    targets = choose_target_types(request, version, task)
    return TrainingPlan(request, version, task, features, targets, excluded, estimator, space, by_name, owners, metric)


def _check_alias(alias: str) -> None:
    """Raises NotPermitted where who trains a version can't promote it."""
    if alias and catalog_settings().four_eyes and is_protected(alias):
        raise NotPermitted(
            f"`alias`: who trains a version does not promote it to {alias} (CATALOG_FOUR_EYES). Leave it out, and let "
            "somebody else promote it."
        )


def _check_columns(request: TrainingRequest, version: DatasetVersion, types: Mapping[str, str]) -> None:
    """Raises InvalidRequest for a column that is not there."""
    for field, names in (
        ("target", request.targets),
        ("features", request.features),
        ("drop", request.drop),
        ("text", request.text),
        ("split", [request.split_column] if request.split_column else []),
        ("sample_weight", [request.sample_weight] if request.sample_weight else []),
    ):
        for name in names:
            if name not in types:
                raise InvalidRequest(f"`{field}`: {version.reference} has no column {name!r}.{near(name, types)}")


def _check_several(request: TrainingRequest, by_name: ColumnParams) -> None:
    """Raises InvalidRequest for what is not done with several targets."""
    if not request.other_targets:
        return
    if request.incremental:
        raise InvalidRequest("`incremental` and several columns as `target`: batches learn one target. Leave one out.")
    if by_name.weights:
        raise InvalidRequest(f"`params` {WEIGHTS}: of several targets each has classes of its own. Leave it out.")
    for name in ("metric", "sample_weight", "class_weight", "compare_with"):
        if getattr(request, name):
            raise InvalidRequest(f"`{name}` goes with one target. Leave it out, or train a model of each.")
    if (length := len(request.target_text)) > LONGEST_TARGET:
        raise InvalidRequest(f"`target`: the names have {length} characters; they can have {LONGEST_TARGET}.")


def _check_split_type(request: TrainingRequest, types: Mapping[str, str]) -> None:
    kind = types.get(request.split_column, "")
    if request.split_kind == "time" and kind not in ORDERED_TYPES:
        raise InvalidRequest(
            f"`split`: {request.split_column!r} is {kind}, and time goes by a date, a timestamp or a number."
        )


def _choose_metric(request: TrainingRequest, task: str, unfitted: Any) -> str:
    """What the model is judged by already, what was asked for, or what the task has.

    Raises InvalidRequest for another metric than that of the model's versions, or one that measures nothing here.
    """
    natural = PRIMARY_METRIC[task] if find_quantile(unfitted) is None else PINBALL
    if request.metric:
        check_metric(request.metric, task, is_weighed=bool(request.sample_weight))
    model = RegisteredModel.objects.filter(name=request.name).first()
    if model is None:
        return request.metric or natural
    if request.metric not in {"", model.primary_metric}:
        raise InvalidRequest(
            f"`metric`: {model.name} is judged by {model.primary_metric}, and could not be by {request.metric} as well."
            " Leave it out, or give this one another name."
        )
    if natural != model.primary_metric and {natural, model.primary_metric} == {PINBALL, PRIMARY_METRIC["regression"]}:
        what = ("a quantile", "means") if model.primary_metric != PINBALL else ("a mean", "quantiles")
        raise InvalidRequest(
            f"{model.name} predicts {what[1]}, and this would be {what[0]}: they can't be compared. "
            "Give it another name."
        )
    if request.sample_weight and scorer_name(model.primary_metric):
        check_metric(model.primary_metric, task, is_weighed=True)
    return model.primary_metric


def _check_weight_type(request: TrainingRequest, types: Mapping[str, str]) -> None:
    kind = types.get(request.sample_weight, "number")
    if kind not in {"integer", "number"}:
        raise InvalidRequest(f"`sample_weight`: {request.sample_weight!r} is {kind}, and weights are numbers.")


def _check_compared(request: TrainingRequest, task: str) -> None:
    """Raises CatalogError when the version to compare with is not there, or predicts something else."""
    if not request.compare_with:
        return
    other = get_model_version(request.compared_reference)
    predicted = (other.signature["task"], other.signature["output"]["name"])
    if predicted != (task, request.target):
        raise InvalidRequest(
            f"`compare_with`: {other.reference} predicts {predicted[1]!r} by {predicted[0]}, and this would predict "
            f"{request.target!r} by {task}: their metrics can't be compared."
        )


def _first_values(space: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[0] if isinstance(values, list) else None for name, values in space.items()}


def _make_estimator(request: TrainingRequest, params: Mapping[str, Any], task: str, space: Mapping[str, Any]) -> Any:
    made = make_estimator(
        request.estimator,
        task,
        params,
        random_state=request.random_state,
        search_space=_first_values(space),
        with_defaults=not request.incremental,
    )
    if request.incremental:
        check_incremental(made, request.estimator, task)
    return weigh_classes(made, request, task)
