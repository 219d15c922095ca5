"""What a loaded estimator takes and gives, and whether it answers at all."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from catalog.exceptions import InvalidArtifact, near
from catalog.ml.artifacts.inspection.values import is_plain
from catalog.ml.features import Feature
from catalog.ml.labels import plain_label
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType

TRIED_VALUES = (0.0, 1.0, -1e6, 1e6)


def describe_estimator(
    estimator: Any, *, columns: Mapping[str, str] | None, source: str, target: str, task: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts for the inspection, and the signature as JSON. Raises InvalidArtifact.

    `columns` are the types by name of the dataset `source`, None when no dataset was given: then all features are
    numbers. `task` may be empty; what the estimator is must agree with it.
    """
    _check_usable(estimator)
    actual_task = _task(estimator, task)
    classes = _classes(estimator) if actual_task == "classification" else None
    names = _feature_names(estimator, columns, source, target)
    features = tuple(Feature(name, _type(name, columns, source)) for name in names)
    target_type = ColumnType(columns[target]) if columns and target in columns else _label_type(classes)
    signature = Signature(features, target or "prediction", target_type, actual_task, classes)
    facts = {
        "estimator": f"{type(estimator).__module__}.{type(estimator).__qualname__}",
        "task": actual_task,
        "feature_names": _names_in(estimator),
        "n_features": len(features),
        "classes": None if classes is None else list(classes),
        "notes": _try_rows(estimator, features),
    }
    return facts, signature.as_json()


def _check_usable(estimator: Any) -> None:
    kind = type(estimator).__name__
    if isinstance(estimator, type) or not callable(getattr(estimator, "predict", None)):
        raise InvalidArtifact(f"it holds a {kind}, expected a fitted scikit-learn estimator with predict.")
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        raise InvalidArtifact(f"the {kind} in it is not fitted. Fit it before you save it.") from error
    except TypeError:
        pass  # not scikit-learn's, but it predicts
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise InvalidArtifact(f"the {kind} in it predicts several targets at once; a version has one.")


def _task(estimator: Any, expected: str) -> str:
    known = {"classification": is_classifier, "regression": is_regressor}
    task = next((name for name, test in known.items() if test(estimator)), "")
    task = task or ("classification" if hasattr(estimator, "classes_") else expected)
    if not task:
        raise InvalidArtifact(
            f"the {type(estimator).__name__} in it is neither a classifier nor a regressor. Say in `task` what it does."
        )
    if expected and expected != task:
        raise InvalidArtifact(f"the {type(estimator).__name__} in it does {task}, and {expected} was expected.")
    return task


def _classes(estimator: Any) -> tuple[Any, ...]:
    classes = getattr(estimator, "classes_", None)
    if classes is None or isinstance(classes, list):
        raise InvalidArtifact(f"the {type(estimator).__name__} in it does not say its classes in classes_.")
    plain = tuple(plain_label(label) for label in classes)
    if not all(is_plain(label) for label in plain):
        raise InvalidArtifact("its classes are neither texts, numbers nor booleans.")
    return plain


def _names_in(estimator: Any) -> list[str] | None:
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _feature_names(estimator: Any, columns: Mapping[str, str] | None, source: str, target: str) -> list[str]:
    """As the estimator was fitted; else the dataset's columns in their order, else x0, x1, … as scikit-learn says."""
    names = _names_in(estimator)
    if names is not None:
        if not all(is_plain(name) and name for name in names):
            raise InvalidArtifact("a feature of it has a name that is no text.")
        if len(set(names)) != len(names):
            raise InvalidArtifact("two of its features have the same name.")
        return names
    count = getattr(estimator, "n_features_in_", None)
    others = [name for name in columns or () if name != target]
    if columns and count in {None, len(others)}:
        return others
    if columns:
        raise InvalidArtifact(
            f"it takes {count} features and does not name them, and {source} has {len(others)} columns besides "
            f"{'the target' if target else 'no target: set `target`'}. Fit it on a DataFrame, or leave out `dataset`."
        )
    if count is None:
        raise InvalidArtifact(
            "it does not say how many features it takes. Fit it on a DataFrame, or name its `dataset`."
        )
    return [f"x{number}" for number in range(count)]


def _type(name: str, columns: Mapping[str, str] | None, source: str) -> ColumnType:
    if columns is None:
        return ColumnType.NUMBER
    if name not in columns:
        raise InvalidArtifact(f"it was fitted on the column {name!r}, which {source} has not.{near(name, columns)}")
    kind = ColumnType(columns[name])
    if kind is ColumnType.UNSUPPORTED:
        raise InvalidArtifact(f"it was fitted on the column {name!r}, whose type in {source} is not supported.")
    return kind


def _label_type(classes: tuple[Any, ...] | None) -> ColumnType:
    if classes is None:
        return ColumnType.NUMBER
    for kind, column in ((bool, ColumnType.BOOLEAN), (int, ColumnType.INTEGER), (float, ColumnType.NUMBER)):
        if all(isinstance(label, kind) for label in classes):
            return column
    return ColumnType.STRING


def _try_rows(estimator: Any, features: tuple[Feature, ...]) -> list[str]:
    """Predict a few made-up rows: what crashes does so here. An error is no reason to refuse, but worth a note."""
    rows = {
        feature.name: pd.Categorical(["?"] * len(TRIED_VALUES)) if feature.is_category else np.array(TRIED_VALUES)
        for feature in features
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.predict(pd.DataFrame(rows))
    except Exception as error:  # estimators raise whatever their authors chose
        lines = str(error).strip().splitlines() or [""]
        return [f"Predicting made-up rows raised {type(error).__name__}: {lines[0][:200]}"]
    return []
