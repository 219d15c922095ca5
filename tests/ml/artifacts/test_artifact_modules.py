from typing import Any

import pytest
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from catalog.ml.artifacts.artifact_modules import find_modules


@pytest.mark.parametrize(
    ("estimator", "package"),
    [
        (LGBMClassifier(n_estimators=2, verbose=-1), "lightgbm"),
        (XGBClassifier(n_estimators=2), "xgboost"),
        (CatBoostClassifier(iterations=2, verbose=False, allow_writing_files=False), "catboost"),
        (LogisticRegression(), "sklearn"),
    ],
)
def test_the_modules_of_a_fitted_estimator_are_named(estimator: Any, package: str) -> None:
    fitted = make_pipeline(estimator).fit([[0.0], [1.0]] * 20, [0, 1] * 20)
    packages = {name.partition(".")[0] for name in find_modules(fitted)}
    assert {package, "sklearn"} <= packages
    assert packages & {"lightgbm", "xgboost", "catboost"} <= {package}


def double(rows: Any) -> Any:
    return rows * 2


def test_the_module_of_a_function_is_named() -> None:
    assert __name__ in find_modules(FunctionTransformer(double))
