"""The estimators that people name, and how a whole pipeline is built around one."""

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.exceptions import InvalidRequest, near
from catalog.ml.features import Feature
from catalog.ml.training.preprocessing import Preparation, preprocessor


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


ESTIMATORS: dict[str, TableEntry] = {
    "decision_tree": _entry("tree:DecisionTreeClassifier", "tree:DecisionTreeRegressor", Preparation.TREES),
    "dummy": _entry("dummy:DummyClassifier", "dummy:DummyRegressor", Preparation.TREES),
    "elastic_net": _entry(None, "linear_model:ElasticNet"),
    "extra_trees": _entry("ensemble:ExtraTreesClassifier", "ensemble:ExtraTreesRegressor", Preparation.TREES),
    "hist_gradient_boosting": _entry(
        "ensemble:HistGradientBoostingClassifier", "ensemble:HistGradientBoostingRegressor", Preparation.HISTOGRAM
    ),
    "knn": _entry("neighbors:KNeighborsClassifier", "neighbors:KNeighborsRegressor"),
    "lasso": _entry(None, "linear_model:Lasso"),
    "linear_regression": _entry(None, "linear_model:LinearRegression"),
    "logistic_regression": _entry("linear_model:LogisticRegression", None, max_iter=1000),
    "mlp": _entry("neural_network:MLPClassifier", "neural_network:MLPRegressor", early_stopping=True),
    "naive_bayes": _entry("naive_bayes:GaussianNB", None, Preparation.DENSE),
    "random_forest": _entry("ensemble:RandomForestClassifier", "ensemble:RandomForestRegressor", Preparation.TREES),
    "ridge": _entry("linear_model:RidgeClassifier", "linear_model:Ridge"),
    "sgd": _entry("linear_model:SGDClassifier", "linear_model:SGDRegressor"),
    "svm": _entry("svm:SVC", "svm:SVR"),
}


def import_named(path: str, option: str) -> Any:
    """What `module:name` names. Raises InvalidRequest when it can't be imported."""
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidRequest(
            f"{option} {path}: can't import {name or path!r} from {module!r} ({error}). "
            "Write module:name, with the module importable from this folder."
        ) from error


def candidate_classes(estimator: str, task: str) -> list[type]:
    """The classes that `estimator` may mean for `task`; both of the table's when the task is `auto`."""
    if ":" in estimator:
        return [_checked_class(import_named(estimator, "--estimator"), estimator)]
    if estimator not in ESTIMATORS:
        raise InvalidRequest(
            f"--estimator {estimator!r} is not in the table.{near(estimator, ESTIMATORS)} Or write module:Class."
        )
    paths = ESTIMATORS[estimator].classes
    if task != "auto" and task not in paths:
        raise InvalidRequest(f"--estimator {estimator} has no {task}; it is for {' and '.join(paths)}.")
    return [import_named(path, "--estimator") for name, path in paths.items() if task in {"auto", name}]


def _checked_class(found: Any, path: str) -> type:
    if not (inspect.isclass(found) and all(hasattr(found, method) for method in ("fit", "predict", "get_params"))):
        raise InvalidRequest(
            f"--estimator {path} is not a scikit-learn estimator class with fit, predict and get_params."
        )
    return found


def check_params(known: Mapping[str, Any], names: Sequence[str], of: str) -> None:
    """Raises InvalidRequest for a parameter that `of` does not have, naming the near ones."""
    for name in names:
        if name not in known:
            raise InvalidRequest(f"{of} has no parameter {name!r}.{near(name, known)}")


def check_request(estimator: str, task: str, param_names: Sequence[str]) -> None:
    """Raises InvalidRequest unless some class that `estimator` may mean has all the parameters. Reads no data."""
    classes = candidate_classes(estimator, task)
    accepted = {name for found in classes for name in _instance(found, {}).get_params()}
    check_params(dict.fromkeys(accepted), param_names, " or ".join(found.__name__ for found in classes))


def check_values(estimator: str, task: str, params: Mapping[str, Any]) -> None:
    """Raises InvalidRequest for a value that the estimator would refuse when it is fitted. Reads no data."""
    for found in candidate_classes(estimator, task):
        instance = _instance(found, params)
        try:
            getattr(instance, "_validate_params", lambda: None)()
        except ValueError as error:
            raise InvalidRequest(f"{estimator}: {error}") from error


def build(
    estimator: str,
    task: str,
    params: Mapping[str, Any],
    *,
    features: Sequence[Feature],
    levels: Mapping[str, int],
    n_classes: int,
    random_state: int,
) -> Any:
    """An unfitted Pipeline: `preprocess`, made for the features and this kind of estimator, then `estimator`.

    `levels` counts the categories of each text feature; `n_classes` is 0 for regression.
    """
    entry = entry_of(estimator)
    last = make_estimator(estimator, task, {**entry.defaults, **params}, random_state)
    prepared = preprocessor(
        entry.preparation, features=features, levels=levels, n_classes=n_classes, random_state=random_state
    )
    if entry.preparation is Preparation.HISTOGRAM and "categorical_features" not in params:
        last.set_params(categorical_features=prepared.categorical_positions or None)
    from sklearn.pipeline import Pipeline

    return Pipeline([("preprocess", prepared.transformer), ("estimator", last)])


def entry_of(estimator: str) -> TableEntry:
    """The table's entry; of a class by its path one without defaults, that takes no sparse matrix."""
    return ESTIMATORS.get(estimator, TableEntry({}, Preparation.DENSE))


def make_estimator(estimator: str, task: str, params: Mapping[str, Any], random_state: int) -> Any:
    """Unfitted, with these parameters and the random state, if it has one."""
    [found] = candidate_classes(estimator, task)
    last = _instance(found, params)
    if "random_state" in last.get_params() and "random_state" not in params:
        last.set_params(random_state=random_state)
    return last


def _instance(found: type, params: Mapping[str, Any]) -> Any:
    try:
        instance = found()
    except TypeError as error:
        raise InvalidRequest(f"{found.__name__} can't be made without arguments ({error}).") from error
    check_params(instance.get_params(), list(params), found.__name__)
    return instance.set_params(**params)


def call_pipeline(path: str, params: Mapping[str, Any]) -> Any:
    """The estimator that the callable `module:callable` returns, with `params` set on it and nothing else done."""
    factory = import_named(path, "--pipeline")
    if not callable(factory):
        raise InvalidRequest(f"--pipeline {path} is not callable.")
    made = factory()
    if not all(hasattr(made, method) for method in ("fit", "predict", "get_params")):
        raise InvalidRequest(f"--pipeline {path} returned {type(made).__name__}, expected a scikit-learn estimator.")
    check_params(made.get_params(), list(params), f"the pipeline of {path}")
    return made.set_params(**params)
