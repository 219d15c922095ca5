"""Estimators that predict a quantile of the target and not its mean, by what their libraries call that."""

from typing import Any

from sklearn.ensemble import VotingRegressor
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline

# Of each library: the parameter that says that it is a quantile, its value, and the parameter that says which.
ASKED = (
    ("loss", "quantile", "quantile"),  # histogram gradient boosting
    ("loss", "quantile", "alpha"),  # gradient boosting
    ("strategy", "quantile", "quantile"),  # the dummy
    ("objective", "quantile", "alpha"),  # LightGBM
    ("objective", "reg:quantileerror", "quantile_alpha"),  # XGBoost
)
DEFAULTS = {"alpha": 0.9}  # of gradient boosting and of LightGBM
CATBOOST = "Quantile:alpha="


def find_quantile(estimator: Any) -> float | None:
    """Which quantile the estimator, or the last step of a pipeline, predicts; None where it does not."""
    final = estimator
    while isinstance(final, Pipeline | MultiOutputRegressor):
        final = final.steps[-1][1] if isinstance(final, Pipeline) else final.estimator
    if isinstance(final, VotingRegressor) or not hasattr(final, "get_params"):
        return None
    params = final.get_params(deep=False)
    if type(final).__name__ == "QuantileRegressor":
        return float(params["quantile"])
    loss = params.get("loss_function")
    if isinstance(loss, str) and loss.startswith("Quantile"):
        return float(loss.removeprefix(CATBOOST)) if loss.startswith(CATBOOST) else 0.5
    for name, value, which in ASKED:
        if params.get(name) == value and (which in params or name == "objective"):
            quantile = params.get(which, DEFAULTS.get(which))
            return float(quantile) if isinstance(quantile, int | float) else None
    return None
