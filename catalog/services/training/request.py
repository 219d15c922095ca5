"""What a training is asked to do. It imports no library that the web process or a command's help could do without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from catalog.exceptions import InvalidRequest
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.models.names import check_name
from catalog.services.registry.aliases import check_alias

SEARCH_FOLDS = 5
# What a training is called, kept with or followed by, and where it is done: no part of how it is done.
NOT_REPEATED = {"name", "dataset", "notes", "alias", "reason", "compare_with", "engine"}


@dataclass(frozen=True)
class TrainingRequest:
    """As the user gave it. `dataset` is a reference; `pipeline` is `module:callable` and replaces `estimator`;
    `artifact_format` is joblib or skops; `incremental` trains in batches, `epochs` times over all rows;
    `engine` is local or, for a search, dask; `text` are columns of free text to learn from; `split` is random,
    `time:COLUMN` or `group:COLUMN`, also for the folds; `metric` is the main one, the catalog's or a scorer of
    scikit-learn; `sample_weight` is a column by which rows weigh in the fit, `class_weight` is balanced when each class
    shall weigh alike; `compare_with` is an alias of the model or a reference, and
    `reason` says why the version shall hold `alias`. `target` may name several columns,
    with commas between; once the dataset is known it is the first, and the others are `other_targets`."""

    name: str
    dataset: str
    target: str = ""
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
    text: Sequence[str] = ()
    split: str = "random"
    metric: str = ""
    sample_weight: str = ""
    class_weight: str = ""
    compare_with: str = ""
    reason: str = ""
    other_targets: Sequence[str] = ()

    @property
    def targets(self) -> list[str]:
        """Of a request whose columns are known, all that are predicted; empty without a target."""
        return [self.target, *self.other_targets] if self.target else []

    @property
    def target_text(self) -> str:
        """The targets as a version records and shows them."""
        return ", ".join(self.targets)

    @property
    def split_kind(self) -> str:
        return self.split.partition(":")[0]

    @property
    def split_column(self) -> str:
        """What rows are split by; empty at random."""
        return self.split.partition(":")[2]

    @property
    def compared_reference(self) -> str:
        """Of the version that the new one is compared with; empty for none."""
        is_alias = self.compare_with and not {":", "@"} & set(self.compare_with)
        return f"{self.name}@{self.compare_with}" if is_alias else self.compare_with

    @property
    def folds(self) -> int:
        """Of cross-validation and of the search; a search has five unless others are asked for."""
        return self.cv or (SEARCH_FOLDS if self.search else 0)

    @property
    def choices(self) -> dict[str, Any]:
        """What the training was asked for beyond the defaults, as JSON: with it and the dataset it can be repeated."""
        asked = {each.name: (getattr(self, each.name), each) for each in fields(self) if each.name not in NOT_REPEATED}
        return {name: value for name, (value, each) in asked.items() if value and value != each.default}

    @property
    def estimator_name(self) -> str:
        """What people call the estimator: the table's name, a path, or the path of the callable that makes it."""
        return self.pipeline or self.estimator


def check_request(request: TrainingRequest) -> None:
    """Raises CatalogError for every contradiction within the request, which needs neither catalog nor estimator."""
    check_name(request.name, "a model")
    if request.alias:
        check_alias(request.alias)
    _check_target(request)
    _check_numbers(request)
    _check_split(request)
    _check_search(request)
    check_features(request)
    check_text(request)
    _check_weights(request)
    _check_incremental(request)


def _check_target(request: TrainingRequest) -> None:
    """Raises InvalidRequest for a task that lacks a target, or for one that has none of what goes with it."""
    if request.task not in TARGETLESS_TASKS:
        if not request.target:
            raise InvalidRequest(
                "`target` is missing: name the column to predict, or say `task` clustering or outliers: they have none."
            )
        return
    if request.split != "random":
        raise InvalidRequest(f"`split`: `task` {request.task} has no target to be scored by. Leave it out.")
    for name in ("target", "cv", "search", "incremental", "metric", "sample_weight", "class_weight", "compare_with"):
        if getattr(request, name):
            raise InvalidRequest(
                f"`{name}`: `task` {request.task} has no target to predict or to be scored by. Leave it out."
            )


def _check_numbers(request: TrainingRequest) -> None:
    if not 0 < request.test_size < 1:
        raise InvalidRequest(f"`test_size` must be between 0 and 1, as 0.2 is, not {request.test_size}.")
    if request.cv < 0 or request.cv == 1:
        raise InvalidRequest(f"`cv` must be 2 or more, not {request.cv}.")
    if not 0 <= request.random_state < 2**32:
        raise InvalidRequest(f"`random_state` must be from 0 to 4294967295, not {request.random_state}.")
    if request.search_iterations < 1:
        raise InvalidRequest(f"`search_iterations` must be 1 or more, not {request.search_iterations}.")
    if request.epochs < 1:
        raise InvalidRequest(f"`epochs` must be 1 or more, not {request.epochs}.")


def _check_split(request: TrainingRequest) -> None:
    is_by_column = request.split_kind in {"time", "group"} and bool(request.split_column)
    if request.split != "random" and not is_by_column:
        raise InvalidRequest(f"`split` must be random, time:COLUMN or group:COLUMN, not {request.split!r}.")
    if request.split_column in request.targets:
        raise InvalidRequest(
            f"`split`: {request.split_column!r} is the target, and rows are not held out by what is to be predicted."
        )
    if is_by_column and request.incremental:
        raise InvalidRequest("`incremental` and `split`: rows are held out by what they hold. Leave one of them out.")


def _check_weights(request: TrainingRequest) -> None:
    if request.class_weight not in {"", "balanced"}:
        raise InvalidRequest(f"`class_weight` must be balanced, or left out, not {request.class_weight!r}.")
    for name in ("sample_weight", "class_weight"):
        if getattr(request, name) and request.incremental:
            raise InvalidRequest(f"`incremental` and `{name}`: rows in batches weigh alike. Leave one of them out.")
    if request.class_weight and request.pipeline:
        raise InvalidRequest("`class_weight` and `pipeline`: a pipeline is used as it is. Weigh the classes in it.")


def _check_search(request: TrainingRequest) -> None:
    if bool(request.search) != (request.search_space is not None):
        raise InvalidRequest("`search` and `search_space` go together: how to search, and the values to try.")
    if request.engine != "local" and not request.search:
        raise InvalidRequest("`engine` dask spreads the candidates of a search over a cluster: give `search`, too.")


def check_features(request: TrainingRequest) -> None:
    """Raises InvalidRequest for features that contradict the target, the weight or one another."""
    if request.sample_weight and request.sample_weight in {*request.targets, *request.features, *request.text}:
        raise InvalidRequest(
            f"`sample_weight`: {request.sample_weight!r} weighs the rows, and can't be a feature or the target."
        )
    for name in request.targets:
        if name in request.features:
            raise InvalidRequest(f"`features`: {name!r} is the target and can't be a feature.")
    if len(set(request.targets)) != len(request.targets):
        raise InvalidRequest("`target` names a column twice.")
    if len(set(request.features)) != len(request.features):
        raise InvalidRequest("`features` names a column twice.")


def check_text(request: TrainingRequest) -> None:
    """Raises InvalidRequest for columns of free text that are said to be something else, too."""
    for name in request.text:
        if name in request.targets or name in request.drop:
            raise InvalidRequest(f"`text`: {name!r} is the target or left out, and can't be learned from.")
    if request.text and request.incremental:
        raise InvalidRequest("`incremental` and `text`: the words of all rows are learned at once. Leave one out.")


def _check_incremental(request: TrainingRequest) -> None:
    """Raises InvalidRequest for what can't be had with `incremental`, or only with it."""
    if not request.incremental:
        if request.epochs != 1:
            raise InvalidRequest("`epochs` goes with `incremental`: how often to learn from all rows.")
        return
    if request.pipeline:
        raise InvalidRequest(
            "`incremental` and `pipeline`: a pipeline learns from all rows at once. Name the class of its last step "
            "with `estimator` module:Class; numbers are scaled and texts encoded before it."
        )
    for name in ("cv", "search"):
        if getattr(request, name):
            raise InvalidRequest(
                f"`incremental` and `{name}`: each fold would take passes of its own over all rows. Choose parameters "
                "on a sample in memory, then train incrementally with them."
            )
