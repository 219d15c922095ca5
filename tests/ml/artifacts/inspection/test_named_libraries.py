"""What an uploaded file says of the libraries that it needs."""

import io
from typing import Any

import joblib
import pytest
import skops.io
from lightgbm import LGBMClassifier
from sklearn import __version__ as sklearn_version
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from catalog.ml.artifacts.inspection.limits import Limits
from catalog.ml.artifacts.inspection.pickles import read_pickle_claims
from catalog.ml.artifacts.inspection.skops_files import read_schema_claims


@pytest.fixture(scope="module")
def fitted() -> Any:
    boosting = LGBMClassifier(n_estimators=2, verbose=-1)
    return make_pipeline(StandardScaler(), boosting).fit([[0.0], [1.0]] * 20, [0, 1] * 20)


def test_a_skops_file_names_its_libraries_and_scikit_learn_wherever_it_stands(fitted: Any) -> None:
    claims = read_schema_claims(io.BytesIO(skops.io.dumps(fitted)))
    assert {"lightgbm", "sklearn"} <= set(claims["modules"])
    assert claims["sklearn_version"] == sklearn_version


def test_a_pickle_names_its_libraries(fitted: Any) -> None:
    file = io.BytesIO()
    joblib.dump(fitted, file)
    claims = read_pickle_claims(file, "", Limits())
    assert {"lightgbm", "sklearn"} <= set(claims["modules"])
