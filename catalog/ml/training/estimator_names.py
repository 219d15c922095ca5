"""The names of the table of estimators and of the searches for their parameters, for those who must not import
scikit-learn."""

# They predict no column: groups that rows belong to, and which rows are unlike the others.
TARGETLESS_TASKS = ("clustering", "outliers")
ESTIMATOR_NAMES = (
    "decision_tree",
    "dummy",
    "elastic_net",
    "extra_trees",
    "gaussian_mixture",
    "hist_gradient_boosting",
    "isolation_forest",
    "kmeans",
    "knn",
    "lasso",
    "linear_regression",
    "local_outlier_factor",
    "logistic_regression",
    "mlp",
    "naive_bayes",
    "random_forest",
    "ridge",
    "sgd",
    "svm",
)
SEARCHES = ("grid", "random", "halving")
