"""The estimators that people name, and how a whole pipeline is built around one."""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from catalog.exceptions import InvalidRequest, near
from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.column_params import NOTHING_BY_NAME, ColumnParams, set_columns
from catalog.ml.training.estimator_checks import (
    accepts,
    check_params,
    check_task,
    check_values,
    write_no_files,
)
from catalog.ml.training.estimator_names import TARGETLESS_TASKS
from catalog.ml.training.label_encoding import label_prefix
from catalog.ml.training.preprocessing import Preparation, make_preprocessor

# Who gives one of these chooses the seed.
SEEDS = ("random_state", "random_seed", "seed")


@dataclass(frozen=True)
class TableEntry:
    """Classes by task, how their inputs are prepared, and parameters that differ from scikit-learn's defaults."""

    classes: Mapping[str, str]
    preparation: Preparation = Preparation.SCALED
    defaults: Mapping[str, Any] = field(default_factory=dict)


def _entry(
    classifier: str | None, regressor: str | None, preparation: Preparation = Preparation.SCALED, **defaults: Any
) -> TableEntry:
    paths = {"classification": classifier, "regression": regressor}
    return TableEntry({task: f"sklearn.{path}" for task, path in paths.items() if path}, preparation, defaults)


def _targetless(task: str, path: str, preparation: Preparation = Preparation.DENSE, **defaults: Any) -> TableEntry:
    return TableEntry({task: f"sklearn.{path}"}, preparation, defaults)


ESTIMATORS: dict[str, TableEntry] = {
    "decision_tree": _entry("tree:DecisionTreeClassifier", "tree:DecisionTreeRegressor", Preparation.TREES),
    "dummy": _entry("dummy:DummyClassifier", "dummy:DummyRegressor", Preparation.TREES),
    "elastic_net": _entry(None, "linear_model:ElasticNet"),
    "extra_trees": _entry("ensemble:ExtraTreesClassifier", "ensemble:ExtraTreesRegressor", Preparation.TREES),
    "gaussian_mixture": _targetless("clustering", "mixture:GaussianMixture"),
    "hist_gradient_boosting": _entry(
        "ensemble:HistGradientBoostingClassifier", "ensemble:HistGradientBoostingRegressor", Preparation.HISTOGRAM
    ),
    "isolation_forest": _targetless("outliers", "ensemble:IsolationForest", Preparation.TREES),
    "kmeans": _targetless("clustering", "cluster:KMeans", n_clusters=8),
    "knn": _entry("neighbors:KNeighborsClassifier", "neighbors:KNeighborsRegressor"),
    "lasso": _entry(None, "linear_model:Lasso"),
    "linear_regression": _entry(None, "linear_model:LinearRegression"),
    "local_outlier_factor": _targetless("outliers", "neighbors:LocalOutlierFactor", novelty=True),
    "logistic_regression": _entry("linear_model:LogisticRegression", None, max_iter=1000),
    "mlp": _entry("neural_network:MLPClassifier", "neural_network:MLPRegressor", early_stopping=True),
    "naive_bayes": _entry("naive_bayes:GaussianNB", None, Preparation.DENSE),
    "random_forest": _entry("ensemble:RandomForestClassifier", "ensemble:RandomForestRegressor", Preparation.TREES),
    "ridge": _entry("linear_model:RidgeClassifier", "linear_model:Ridge"),
    "sgd": _entry("linear_model:SGDClassifier", "linear_model:SGDRegressor"),
    "svm": _entry("svm:SVC", "svm:SVR"),
}


def import_named(path: str, field: str) -> Any:
    """What `module:name` names. Raises InvalidRequest, which names the field of the request, when it can't be."""
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidRequest(
            f"`{field}` {path}: can't import {name or path!r} from {module!r} ({error}). "
            "Write module:name, with the module importable from this folder."
        ) from error


def entry_of(estimator: str) -> TableEntry:
    """The table's entry; of a class by its path one without defaults, that takes no sparse matrix."""
    return ESTIMATORS.get(estimator, TableEntry({}, Preparation.DENSE))


def find_class(estimator: str, task: str) -> type:
    """The class that `estimator` means for the task. Raises InvalidRequest."""
    if ":" in estimator:
        return _check_class(import_named(estimator, "estimator"), estimator)
    if estimator not in ESTIMATORS:
        raise InvalidRequest(
            f"`estimator` {estimator!r} is not in the table.{near(estimator, ESTIMATORS)} Or write module:Class."
        )
    paths = ESTIMATORS[estimator].classes
    if task not in paths and task in TARGETLESS_TASKS:
        names = ", ".join(name for name, entry in ESTIMATORS.items() if task in entry.classes)
        raise InvalidRequest(
            f"`estimator` {estimator} has no {task}. For it there are: {names}, or write module:Class."
        )
    if task not in paths:
        raise InvalidRequest(f"`estimator` {estimator} has no {task}; it is for {' and '.join(paths)}.")
    estimator_class: type[Any] = import_named(paths[task], "estimator")
    return estimator_class


def _check_class(imported: Any, path: str) -> type:
    if not (inspect.isclass(imported) and all(hasattr(imported, name) for name in ("fit", "predict", "get_params"))):
        raise InvalidRequest(
            f"`estimator` {path} is not a scikit-learn estimator class with fit, predict and get_params."
        )
    return imported


def make_estimator(
    estimator: str,
    task: str,
    params: Mapping[str, Any],
    *,
    random_state: int,
    search_space: Mapping[str, Any] = MappingProxyType({}),
    with_defaults: bool = True,
) -> Any:
    """Unfitted, with these parameters over the table's defaults, and the random state, if it has one.

    `search_space` has values of the parameters that a search will set. Raises InvalidRequest, without reading data, for
    a parameter that it does not have and for a value that it refuses.
    """
    found = find_class(estimator, task)
    try:
        made = found()
    except TypeError as error:
        raise InvalidRequest(f"{found.__name__} can't be made without arguments ({error}).") from error
    check_params(made, {**search_space, **params}, found.__name__)
    check_task(made, f"`estimator` {estimator}", task)
    if accepts(made, "random_state", random_state) and not any(name in params for name in SEEDS):
        made.set_params(random_state=random_state)
    made.set_params(**({**entry_of(estimator).defaults, **params} if with_defaults else params))
    write_no_files(made)
    check_values(made, estimator)
    return made


def build_pipeline(
    unfitted: Any,
    name: str,
    *,
    features: Sequence[Feature],
    cardinality: Mapping[str, int],
    n_classes: int | None,
    random_state: int,
    by_name: ColumnParams = NOTHING_BY_NAME,
) -> Any:
    """An unfitted Pipeline: `preprocess`, made for the features and this kind of estimator, then `estimator`, a clone.

    `name` is what the estimator is asked for by; `cardinality` counts the categories of each text feature; `n_classes`
    is 0 for regression, and None without a target or with several. Where parameters name columns, texts are coded: what
    one-hot columns there will be hangs on the rows.
    """
    preparation, last = entry_of(name).preparation, clone(unfitted)
    if preparation is Preparation.DENSE and by_name.name_columns:
        preparation = Preparation.HISTOGRAM
    prepared = make_preprocessor(
        preparation,
        features=features,
        cardinality=cardinality,
        n_classes=n_classes,
        random_state=random_state,
        as_categories={*by_name.categorical}
        & {feature.name for feature in features if feature.type is not ColumnType.STRING},
    )
    prefix = label_prefix(last)
    if last.get_params().get(f"{prefix}categorical_features") == "from_dtype":
        last.set_params(**{f"{prefix}categorical_features": prepared.categorical_positions or None})
    set_columns(last, by_name, prepared.outputs, prepared.categorical_positions, prefix=prefix)
    return Pipeline([("preprocess", prepared.transformer), ("estimator", last)])
