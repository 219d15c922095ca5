"""What can be said of an unfitted estimator, whoever wrote it, before it is given data."""

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

from sklearn.base import clone, is_classifier, is_clusterer, is_outlier_detector, is_regressor

from catalog.exceptions import InvalidRequest, near

WORDS = {
    "classification": "a classifier",
    "regression": "a regressor",
    "clustering": "a clusterer",
    "outliers": "an outlier detector",
}
KINDS = {
    "classification": is_classifier,
    "regression": is_regressor,
    "clustering": is_clusterer,
    "outliers": is_outlier_detector,
}
WRITES_FILES = "allow_writing_files"  # a parameter of CatBoost's


def check_params(unfitted: Any, params: Mapping[str, Any], of: str) -> None:
    """Raises InvalidRequest for a parameter that the estimator, which people call `of`, does not have.

    A parameter of a step is written as `step__name`.
    """
    for name, value in params.items():
        if not accepts(unfitted, name, value):
            raise InvalidRequest(f"{of} has no parameter {name!r}.{near(name, list_parameters(unfitted))}")


def accepts(unfitted: Any, name: str, value: Any = None) -> bool:
    """Whether `set_params` takes the parameter, by `get_params`, by the constructor's signature, or by trying it.

    A fresh CatBoost object knows none of its parameters, and LightGBM's takes more than it names.
    """
    own = unfitted.get_params()
    if name in own:
        return True
    step, _, rest = name.rpartition("__")
    if step:
        return hasattr(own.get(step), "get_params") and accepts(own[step], rest, value)
    signature = _constructor_parameters(unfitted)
    if name in signature:
        return signature[name].kind is not inspect.Parameter.VAR_KEYWORD
    return _takes_keywords(signature) and _can_be_set(unfitted, name, value)


def list_parameters(unfitted: Any) -> list[str]:
    """The names that `get_params` and the constructor know."""
    signature = _constructor_parameters(unfitted)
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return sorted({*unfitted.get_params(), *(name for name, entry in signature.items() if entry.kind not in variable)})


def _constructor_parameters(unfitted: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(type(unfitted)).parameters
    except (TypeError, ValueError):  # a class of C that tells nothing
        return {}


def _takes_keywords(signature: Mapping[str, inspect.Parameter]) -> bool:
    return any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in signature.values())


def _can_be_set(unfitted: Any, name: str, value: Any) -> bool:
    try:
        clone(clone(unfitted).set_params(**{name: value}))
    except Exception:  # estimators raise whatever their authors chose
        return False
    return True


def check_values(unfitted: Any, name: str) -> None:
    """Raises InvalidRequest for a value that the estimator, which people call `name`, refuses before it looks at data.

    Scikit-learn's check their parameters first when they are fitted; whatever else they then say of no data is no news.
    No other's `fit` is called: planning runs nobody's code for longer than it takes to make the object.
    """
    if find_packages(unfitted) != {"sklearn"}:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clone(unfitted).fit(None, None)
    except Exception as error:  # as above
        if type(error).__name__ == "InvalidParameterError":
            raise InvalidRequest(f"{name}: {error}") from error


def find_packages(unfitted: Any) -> set[str]:
    """The packages that the classes of the estimator and of its parts stand in."""
    parts = [unfitted, *(value for value in unfitted.get_params().values() if hasattr(value, "fit"))]
    return {type(part).__module__.partition(".")[0] for part in parts}


def check_task(unfitted: Any, name: str, task: str) -> None:
    """Raises InvalidRequest when the estimator says of itself that it is for another task; some say nothing."""
    kind = _kind(unfitted)
    if kind not in {"", task}:
        raise InvalidRequest(
            f"{name} is {WORDS[kind]}, and the task is {task}. Give {WORDS[task]}, or say `task` {kind}."
        )


def _kind(unfitted: Any) -> str:
    try:
        return next((task for task, is_kind in KINDS.items() if is_kind(unfitted)), "")
    except (AttributeError, TypeError):  # no class of scikit-learn's, which has no tags
        return ""


def write_no_files(unfitted: Any) -> Any:
    """The estimator, of which CatBoost's write nothing into the current folder, unless its author has chosen."""
    parts = [unfitted, *(part for part in unfitted.get_params().values() if hasattr(part, "get_params"))]
    for part in parts:
        if WRITES_FILES in _constructor_parameters(part) and part.get_params().get(WRITES_FILES) is None:
            part.set_params(**{WRITES_FILES: False})
    return unfitted


def may_predict(unfitted: Any) -> bool:
    """Some can only tell when they are fitted: a StackingClassifier has the methods of its last estimator."""
    return hasattr(unfitted, "predict") or bool(_kind(unfitted))
