"""What a training is asked to do, and all that can be checked of it before data are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.exceptions import InvalidData, InvalidRequest, near
from catalog.models import DatasetVersion, RegisteredModel
from catalog.models.names import check_name
from catalog.services.registry.references import get_dataset_version

AUTO_CLASSES = 20
SEARCH_FOLDS = 5


@dataclass(frozen=True)
class TrainingRequest:
    """As the user gave it. `dataset` is a reference; `pipeline` is `module:callable` and replaces `estimator`;
    `artifact_format` is joblib or skops; `incremental` trains in batches, `epochs` times over all rows;
    `engine` is local or, for a search, dask."""

    name: str
    dataset: str
    target: str
    task: str = "auto"
    estimator: str = "hist_gradient_boosting"
    pipeline: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    features: Sequence[str] = ()
    drop: Sequence[str] = ()
    test_size: float = 0.2
    cv: int = 0
    search: str = ""
    search_space: Any = None
    search_iterations: int = 20
    engine: str = "local"
    random_state: int = 0
    notes: str = ""
    alias: str = ""
    artifact_format: str = "joblib"
    incremental: bool = False
    epochs: int = 1

    @property
    def folds(self) -> int:
        """Of cross-validation and of the search; a search has five unless others are asked for."""
        return self.cv or (SEARCH_FOLDS if self.search else 0)


@dataclass(frozen=True)
class TrainingPlan:
    """The request against one dataset version. `left_out` says why a column is no feature."""

    request: TrainingRequest
    dataset_version: DatasetVersion
    task: str
    features: list[dict[str, Any]]
    target: dict[str, Any]
    left_out: dict[str, str]
    space: dict[str, Any]

    @property
    def primary_metric(self) -> str:
        from catalog.ml.evaluation.metric_names import PRIMARY_METRIC

        return PRIMARY_METRIC[self.task]


def plan_training(request: TrainingRequest) -> TrainingPlan:
    """Raises CatalogError for every contradiction that shows without reading the data."""
    from catalog.ml.training.estimators import call_pipeline, check_request

    check_name(request.name, "a model")
    if request.alias:
        check_name(request.alias, "an alias")
    _check_numbers(request)
    _check_together(request)
    space = _search_space(request)
    if request.pipeline:
        call_pipeline(request.pipeline, {**request.params, **dict.fromkeys(space)})
    else:
        check_request(request.estimator, request.task, [*request.params, *space])
    version = get_dataset_version(request.dataset)
    columns = {column["name"]: column for column in version.schema}
    for option, names in (("--target", [request.target]), ("--features", request.features), ("--drop", request.drop)):
        for name in names:
            if name not in columns:
                raise InvalidRequest(f"{option}: {version.reference} has no column {name!r}.{near(name, columns)}")
    task = _task(request, version)
    if not request.pipeline:
        check_request(request.estimator, task, [*request.params, *space])
    _check_incremental(request, task)
    features, left_out = _features(request, version)
    return TrainingPlan(request, version, task, features, columns[request.target], left_out, space)


def _check_numbers(request: TrainingRequest) -> None:
    if not 0 < request.test_size < 1:
        raise InvalidRequest(f"--test-size {request.test_size} must be between 0 and 1, as in 0.2.")
    if request.cv < 0 or request.cv == 1:
        raise InvalidRequest(f"--cv {request.cv} must be 2 or more.")
    if not 0 <= request.random_state < 2**32:
        raise InvalidRequest(f"--random-state {request.random_state} must be from 0 to 4294967295.")
    if request.engine != "local" and not request.search:
        raise InvalidRequest("--engine dask spreads the candidates of a search over a cluster: say --search, too.")
    if request.search_iterations < 1:
        raise InvalidRequest(f"--search-iterations {request.search_iterations} must be 1 or more.")


def _check_together(request: TrainingRequest) -> None:
    """Raises InvalidRequest for what can't be had with --incremental, or only with it."""
    if request.epochs < 1:
        raise InvalidRequest(f"--epochs {request.epochs} must be 1 or more.")
    if not request.incremental:
        if request.epochs != 1:
            raise InvalidRequest("--epochs goes with --incremental: how often to learn from all rows.")
        return
    if request.pipeline:
        raise InvalidRequest(
            "--incremental and --pipeline: a pipeline learns from all rows at once. Name the class of its last step "
            "with --estimator module:Class; numbers are scaled and texts encoded before it."
        )
    for option, value in (("--cv", request.cv), ("--search", request.search)):
        if value:
            raise InvalidRequest(
                f"--incremental and {option}: each fold would take passes of its own over all rows. Choose parameters "
                "on a sample in memory, then train incrementally with them."
            )


def _check_incremental(request: TrainingRequest, task: str) -> None:
    """Raises InvalidRequest when the estimator can't learn in batches."""
    if request.incremental:
        from catalog.ml.training.incremental.batch_learning import build_incremental

        build_incremental(request.estimator, task, request.params, request.random_state)


def _search_space(request: TrainingRequest) -> dict[str, Any]:
    if bool(request.search) != (request.search_space is not None):
        raise InvalidRequest("--search and --search-space go together: how to search, and the values to try.")
    if not request.search:
        return {}
    from catalog.ml.training.search import parse_space

    return parse_space(request.search_space, request.search)


def _task(request: TrainingRequest, version: DatasetVersion) -> str:
    """The task, checked against the target's type and the model's other versions."""
    profile = next((column for column in version.profile if column["name"] == request.target), None)
    if profile is None or profile["type"] not in {"integer", "number", "boolean", "string"}:
        kind = next(column["type"] for column in version.schema if column["name"] == request.target)
        raise InvalidData(
            f"The target {request.target!r} is a {kind}: it must be a number, an integer, boolean or text."
        )
    task = request.task if request.task != "auto" else _natural_task(profile)
    if task == "regression" and profile["type"] in {"boolean", "string"}:
        raise InvalidData(
            f"The target {request.target!r} is {profile['type']}, and --task regression needs a number. "
            "Use --task classification."
        )
    if task == "classification" and profile["type"] == "number" and profile["distinct"] > AUTO_CLASSES:
        raise InvalidData(
            f"The target {request.target!r} is a number with {profile['distinct']} different values: "
            "classes are few. Use --task regression."
        )
    model = RegisteredModel.objects.filter(name=request.name).first()
    if model is not None and model.task != task:
        raise InvalidRequest(
            f"{model.name} is a {model.task} model, and this would be {task} of {request.target!r}. "
            f"Give it another name, or say --task {model.task}."
        )
    return task


def _natural_task(profile: dict[str, Any]) -> str:
    if profile["type"] in {"boolean", "string"}:
        return "classification"
    few = 2 if profile["type"] == "number" else AUTO_CLASSES
    return "classification" if profile["distinct_is_exact"] and profile["distinct"] <= few else "regression"


def _features(request: TrainingRequest, version: DatasetVersion) -> tuple[list[dict[str, Any]], dict[str, str]]:
    columns = {column["name"]: column for column in version.schema}
    if request.target in request.features:
        raise InvalidRequest(f"--features: {request.target!r} is the target and can't be a feature.")
    if len(set(request.features)) != len(request.features):
        raise InvalidRequest("--features names a column twice.")
    chosen = [name for name in request.features or columns if name != request.target and name not in request.drop]
    left_out = {}
    for name in chosen:
        if columns[name]["type"] == "unsupported":
            left_out[name] = "its type is not supported"
        elif columns[name]["nulls"] == version.row_count:
            left_out[name] = "it has no values"
        elif not (request.features or request.pipeline) and _is_identifier(name, version):
            left_out[name] = "it is an identifier: every row has its own text"
    kept = [columns[name] for name in chosen if name not in left_out]
    if not kept:
        because = "; ".join(f"{name}: {reason}" for name, reason in left_out.items()) or "no other column is there"
        raise InvalidRequest(f"Nothing is left as a feature ({because}).")
    return kept, left_out


def _is_identifier(name: str, version: DatasetVersion) -> bool:
    """A text column without repeated values. Estimated counts are taken to be distinct within three standard errors."""
    profile = next(column for column in version.profile if column["name"] == name)
    if profile["type"] != "string":
        return False
    filled = profile["count"] - profile["nulls"]
    if profile["distinct_is_exact"]:
        return bool(profile["distinct"] == filled)
    return bool(profile["distinct"] >= 0.9 * filled and profile["top"] and profile["top"][0]["count"] == 1)
