"""What is known of scikit-learn's own classes; one that inherits from them may do otherwise."""

from typing import Any

from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

# Transformers that make each row from one row; these do the same in fit_transform as in transform.
WHEN_FITTED_TOO = (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    SimpleImputer,
    StandardScaler,
)
BY_ROW = (*WHEN_FITTED_TOO, TargetEncoder)


def is_by_row(step: Any, kinds: tuple[type, ...] = BY_ROW) -> bool:
    """Whether the transformer, or the pipeline of some, makes each row from one row; "drop" and "passthrough" do."""
    if type(step) is Pipeline:
        return step.memory is None and all(is_by_row(each, kinds) for _, each in step.steps)
    return step in {"drop", "passthrough"} if isinstance(step, str) else type(step) in kinds


def is_histogram_boosting(estimator: Any) -> bool:
    """Whether it is one of the two; they are imported here, since no other estimator needs them."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return type(estimator) in (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
