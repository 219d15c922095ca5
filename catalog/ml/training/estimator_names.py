"""The names of the table of estimators and of the searches for their parameters, for those who must not import
scikit-learn."""

ESTIMATOR_NAMES = (
    "decision_tree",
    "dummy",
    "elastic_net",
    "extra_trees",
    "hist_gradient_boosting",
    "knn",
    "lasso",
    "linear_regression",
    "logistic_regression",
    "mlp",
    "naive_bayes",
    "random_forest",
    "ridge",
    "sgd",
    "svm",
)
SEARCHES = ("grid", "random", "halving")
