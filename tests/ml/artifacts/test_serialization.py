import hashlib
import io
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier

from catalog.exceptions import LoadFailed
from catalog.ml.artifacts import serialization
from catalog.ml.artifacts.environment import package_versions


@pytest.fixture(scope="module")
def forest() -> RandomForestClassifier:
    return RandomForestClassifier(20, random_state=0).fit(*datasets.load_iris(return_X_y=True))


def test_an_estimator_comes_back_with_the_same_predictions(forest: RandomForestClassifier, tmp_path: Path) -> None:
    serialization.dump(forest, tmp_path / "model.joblib")
    with (tmp_path / "model.joblib").open("rb") as file:
        loaded = serialization.load(file, described="iris:1", trained_with={})
    rows = datasets.load_iris().data
    np.testing.assert_array_equal(loaded.predict_proba(rows), forest.predict_proba(rows))


def test_the_file_is_compressed(forest: RandomForestClassifier, tmp_path: Path) -> None:
    serialization.dump(forest, tmp_path / "model.joblib")
    joblib.dump(forest, tmp_path / "raw.joblib")
    assert (tmp_path / "model.joblib").stat().st_size < (tmp_path / "raw.joblib").stat().st_size / 2


def test_the_same_estimator_is_the_same_bytes(forest: RandomForestClassifier, tmp_path: Path) -> None:
    digests = set()
    for name in ("1.joblib", "2.joblib"):
        serialization.dump(forest, tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"x\x9c" + b"broken" * 10, b"\x80\x05cnowhere\nThing\n."])
def test_a_file_that_can_not_be_loaded_names_both_environments(content: bytes) -> None:
    with pytest.raises(LoadFailed) as caught:
        serialization.load(io.BytesIO(content), described="iris:1", trained_with={"scikit-learn": "1.2.3"})
    assert str(caught.value).startswith("iris:1 can't be loaded here: ")
    running = package_versions()["scikit-learn"]
    assert "Trained with scikit-learn 1.2.3; running python " in str(caught.value)
    assert f"scikit-learn {running}" in str(caught.value)


def test_a_plain_python_loads_the_file_without_django(forest: RandomForestClassifier, tmp_path: Path) -> None:
    serialization.dump(forest, tmp_path / "model.joblib")
    code = (
        "import sys, joblib, numpy; print(joblib.load('model.joblib').predict(numpy.zeros((1, 4)))[0]); "
        "print([name for name in sys.modules if name.split('.')[0] in {'django', 'catalog'}])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == [str(forest.predict(np.zeros((1, 4)))[0]), "[]"]
