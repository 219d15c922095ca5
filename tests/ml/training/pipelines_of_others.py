"""Pipelines with estimators of imbalanced-learn, skrub and category_encoders, as `--pipeline` calls them."""

from typing import Any

from category_encoders import LeaveOneOutEncoder, TargetEncoder
from imblearn.ensemble import BalancedRandomForestClassifier, EasyEnsembleClassifier
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampling_pipeline
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from skrub import tabular_pipeline


def prepared() -> Any:
    """Numbers without gaps, and texts one-hot."""
    return make_column_transformer(
        (SimpleImputer(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")),
    )


def smote() -> Any:
    return make_sampling_pipeline(prepared(), SMOTE(random_state=0, k_neighbors=2), LogisticRegression())


def random_over_sampler() -> Any:
    return make_sampling_pipeline(prepared(), RandomOverSampler(random_state=0), LogisticRegression())


def balanced_forest() -> Any:
    return make_pipeline(prepared(), BalancedRandomForestClassifier(n_estimators=3, random_state=0))


def easy_ensemble() -> Any:
    return make_pipeline(prepared(), EasyEnsembleClassifier(n_estimators=2, random_state=0))


def tabular_classifier() -> Any:
    return tabular_pipeline("classifier")


def tabular_regressor() -> Any:
    return tabular_pipeline("regressor")


def target_encoder() -> Any:
    return make_pipeline(TargetEncoder(), HistGradientBoostingClassifier(max_iter=5, early_stopping=False))


def target_encoder_of_numbers() -> Any:
    return make_pipeline(TargetEncoder(), HistGradientBoostingRegressor(max_iter=5, early_stopping=False))


def leave_one_out() -> Any:
    return make_pipeline(LeaveOneOutEncoder(), HistGradientBoostingClassifier(max_iter=5, early_stopping=False))
