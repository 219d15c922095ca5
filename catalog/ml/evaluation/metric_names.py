"""The metrics that the catalog computes, and which way each is better; without scikit-learn, for the web process."""

from collections.abc import Mapping
from typing import Any

PRIMARY_METRIC = {
    "classification": "balanced_accuracy",
    "regression": "r2",
    "clustering": "silhouette",
    "outliers": "outlier_share",
}
# Of a regression that predicts a quantile; its other metrics are those of a mean.
PINBALL = "mean_pinball_loss"
HIGHER_IS_BETTER = {
    "accuracy": True,
    "balanced_accuracy": True,
    "f1_macro": True,
    "roc_auc": True,
    "average_precision": True,
    "log_loss": False,
    "r2": True,
    "mean_absolute_error": False,
    "root_mean_squared_error": False,
    "median_absolute_error": False,
    PINBALL: False,
    "silhouette": True,
    # Of rows of which most are taken to be like those before: with more outliers, the model knows them less.
    "outlier_share": False,
}
METRICS_OF_TASK = {
    "classification": ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "average_precision", "log_loss"),
    "regression": ("r2", "mean_absolute_error", "root_mean_squared_error", "median_absolute_error"),
}
WEIGHTED_BY = "weighted_by"
WORDS_OF_ERRORS = ("error", "loss", "mae", "mse", "mape", "deviance", "brier")


def higher_is_better(name: str) -> bool:
    """As recorded for the catalog's own metrics, also of one target of several (`r2.price`); of another's name, whether
    it sounds like an error or a loss.

    scikit-learn's scorers that begin with neg_ are errors turned round, those with d2_ what is explained of them.
    """
    own = name.partition(".")[0]
    if own in HIGHER_IS_BETTER:
        return HIGHER_IS_BETTER[own]
    return name.startswith(("neg_", "d2_")) or not any(word in name.lower() for word in WORDS_OF_ERRORS)


def metric_records(
    values: Mapping[str, float],
    of_baseline: Mapping[str, float],
    of_folds: Mapping[str, Mapping[str, float]],
    of_training: Mapping[str, float],
    weighted_by: str = "",
) -> dict[str, dict[str, Any]]:
    """What a version records of each metric: on held-out rows, and beside them; and the column by which rows weigh."""
    weighed = {WEIGHTED_BY: weighted_by} if weighted_by else {}
    return {
        name: {
            "value": value,
            "baseline": of_baseline.get(name),
            "training": of_training.get(name),
            "higher_is_better": higher_is_better(name),
            **of_folds.get(name, {}),
            **weighed,
        }
        for name, value in values.items()
    }
