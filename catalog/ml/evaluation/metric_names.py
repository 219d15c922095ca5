"""The metrics that the catalog computes, and which way each is better; without scikit-learn, for the web process."""

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
WORDS_OF_ERRORS = ("error", "loss", "mae", "mse", "mape", "deviance", "brier")


def higher_is_better(name: str) -> bool:
    """As recorded for the catalog's own metrics; of another's name, whether it sounds like an error or a loss.

    scikit-learn's scorers that begin with neg_ are errors turned round, those with d2_ what is explained of them.
    """
    if name in HIGHER_IS_BETTER or name.startswith(("neg_", "d2_")):
        return HIGHER_IS_BETTER.get(name, True)
    return not any(word in name.lower() for word in WORDS_OF_ERRORS)
