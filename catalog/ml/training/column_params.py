"""Parameters by column and by class name: monotonic constraints, categorical features and class weights.

Estimators take them by the position of a column in what they are given, and call them by names of their own. Here they
are taken out of a request's parameters, checked, and set on the estimator once its preprocessing and the labels are
known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from catalog.exceptions import InvalidRequest, near
from catalog.ml.features import Feature
from catalog.ml.labels import label_text
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimator_checks import find_packages

MONOTONIC, CATEGORICAL, WEIGHTS = "monotonic_cst", "categorical_features", "class_weight"
# What libraries call them; where there is none, they can't be told by position.
NAMES = {
    "sklearn": {MONOTONIC: "monotonic_cst", CATEGORICAL: "categorical_features", WEIGHTS: "class_weight"},
    "lightgbm": {MONOTONIC: "monotone_constraints", CATEGORICAL: "categorical_feature", WEIGHTS: "class_weight"},
    "xgboost": {MONOTONIC: "monotone_constraints", CATEGORICAL: "feature_types", WEIGHTS: "scale_pos_weight"},
    "catboost": {MONOTONIC: "monotone_constraints", WEIGHTS: "class_weights"},
}
ALIASES = {"monotone_constraints": MONOTONIC, "categorical_feature": CATEGORICAL, "class_weights": WEIGHTS}
DIRECTIONS = (-1, 0, 1)


@dataclass(frozen=True)
class ColumnParams:
    """`monotonic` is -1, 0 or 1 by column, `categorical` names columns besides those of text, `weights` are by the
    class as it is written in a file."""

    monotonic: Mapping[str, int] = field(default_factory=dict)
    categorical: Sequence[str] = ()
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def name_columns(self) -> bool:
        return bool(self.monotonic or self.categorical)


NOTHING_BY_NAME = ColumnParams()


def take_column_params(params: Mapping[str, Any]) -> tuple[dict[str, Any], ColumnParams]:
    """The parameters that are the estimator's as they are, and those by column or class. Raises InvalidRequest."""
    kept, taken = {}, {}
    for name, value in params.items():
        canonical = ALIASES.get(name, name)
        if _is_by_name(canonical, value):
            taken[canonical] = value
        else:
            kept[name] = value
    monotonic = taken.get(MONOTONIC, {})
    if wrong := [column for column, direction in monotonic.items() if direction not in DIRECTIONS]:
        raise InvalidRequest(f"`params` {MONOTONIC}: {wrong[0]!r} must be -1, 0 or 1, not {monotonic[wrong[0]]!r}.")
    weights = taken.get(WEIGHTS, {})
    if wrong := [name for name, weight in weights.items() if not _is_weight(weight)]:
        raise InvalidRequest(
            f"`params` {WEIGHTS}: {wrong[0]!r} must be a number above zero, not {weights[wrong[0]]!r}."
        )
    return kept, ColumnParams(monotonic, taken.get(CATEGORICAL, ()), weights)


def _is_by_name(canonical: str, value: Any) -> bool:
    """Whether columns or classes are named, and not counted."""
    if canonical == CATEGORICAL:
        return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)
    return canonical in {MONOTONIC, WEIGHTS} and isinstance(value, dict)


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def check_column_params(asked: ColumnParams, unfitted: Any, *, features: Sequence[Feature], task: str) -> None:
    """Raises InvalidRequest for a column that is no feature or not of that kind, and for what the estimator lacks."""
    known = {feature.name: feature for feature in features}
    for parameter, columns in ((MONOTONIC, asked.monotonic), (CATEGORICAL, asked.categorical)):
        if columns:
            _parameter(unfitted, parameter)
        for column in columns:
            if column not in known:
                raise InvalidRequest(f"`params` {parameter}: {column!r} is no feature.{near(column, known)}")
            if parameter == MONOTONIC and (known[column].type is ColumnType.STRING or column in asked.categorical):
                raise InvalidRequest(f"`params` {parameter}: {column!r} is a category, which has no order to follow.")
    if asked.name_columns and any(feature.is_text for feature in features):
        raise InvalidRequest(
            "`params` that name columns don't go with `text`: how many words there are hangs on the rows."
        )
    if asked.weights:
        _parameter(unfitted, WEIGHTS)
        if task != "classification":
            raise InvalidRequest(f"`params` {WEIGHTS} is for classes, and the task is {task}.")


def _parameter(unfitted: Any, canonical: str) -> str:
    """What the estimator calls it. Raises InvalidRequest when it has none that takes columns or classes."""
    library = next(iter(find_packages(unfitted) & NAMES.keys()), "sklearn")
    name = NAMES[library].get(canonical, "")
    if not name or (library == "sklearn" and name not in unfitted.get_params()):
        raise InvalidRequest(f"`params`: {type(unfitted).__name__} has no {canonical} that can be told by name.")
    return name


def set_columns(
    estimator: Any, asked: ColumnParams, outputs: Sequence[str], categorical: Sequence[int], *, prefix: str
) -> None:
    """Set what is asked for on the estimator that is given columns of these names, of which some, by their positions,
    hold codes of categories; `prefix` stands before its own parameters."""
    own = estimator.get_params()[prefix.removesuffix("__")] if prefix else estimator
    found: dict[str, Any] = {}
    if asked.monotonic:
        found[_parameter(own, MONOTONIC)] = [asked.monotonic.get(name, 0) for name in outputs]
    if asked.categorical:
        name = _parameter(own, CATEGORICAL)
        found[name] = [*categorical]
        if name == "feature_types":
            types = ["c" if position in categorical else "q" for position in range(len(outputs))]
            found |= {name: types, "enable_categorical": True}
    if "monotone_constraints" in found and "xgboost" in find_packages(own):
        found["monotone_constraints"] = tuple(found["monotone_constraints"])
    estimator.set_params(**{f"{prefix}{name}": value for name, value in found.items()})


def set_weights(estimator: Any, asked: ColumnParams, labels: np.ndarray, *, prefix: str = "") -> None:
    """Set the weight of each of the labels, of shape (n_classes,), 1 where none was given; with a `prefix` the
    estimator in it is given their positions. Raises InvalidRequest for a class that the target does not have."""
    if not asked.weights:
        return
    names = [label_text(label) for label in labels]
    for name in asked.weights:
        if name not in names:
            raise InvalidRequest(f"`params` {WEIGHTS}: the target has no class {name!r}.{near(name, names)}")
    weights = [asked.weights.get(name, 1) for name in names]
    own = estimator.get_params()[prefix.removesuffix("__")] if prefix else estimator
    parameter = _parameter(own, WEIGHTS)
    by_position = bool(prefix) or _counts_classes(own, labels)
    value: Any = dict(zip(range(len(labels)) if by_position else labels.tolist(), weights, strict=True))
    if parameter == "class_weights":
        value = tuple(weights)  # the only kind that scikit-learn's clone takes of CatBoost's
    elif parameter == "scale_pos_weight":
        if len(weights) != 2:
            raise InvalidRequest(
                f"`params` {WEIGHTS}: {type(own).__name__} weighs two classes alone, and the target has {len(weights)}."
            )
        value = weights[1] / weights[0]
    estimator.set_params(**{f"{prefix}{parameter}": value})


def _counts_classes(unfitted: Any, labels: np.ndarray) -> bool:
    """Whether it takes weights by the positions of the labels: scikit-learn 1.9 encodes the labels before it looks at
    the weights of histogram gradient boosting (findings/histogram-boosting-class-weight.sh)."""
    if not isinstance(unfitted, HistGradientBoostingClassifier):
        return False
    by_label = dict.fromkeys(labels.tolist(), 1)
    try:
        HistGradientBoostingClassifier(max_iter=1, class_weight=by_label).fit(np.zeros((len(labels), 1)), labels)
    except ValueError:
        return True
    return False
