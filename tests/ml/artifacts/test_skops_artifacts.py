"""Every estimator of the table is kept in skops as it is, or refused before it is trained."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from catalog.exceptions import InvalidArtifact, TrainingFailed
from catalog.ml.artifacts import serialization
from tests.ml.training.test_estimators import COMBINATIONS, FRAME, fitted, made, unseen


def loaded(path: Path, trusted: list[str]) -> Any:
    with path.open("rb") as file:
        return serialization.load(file, described="m:1", trained_with={}, artifact_format="skops", trusted=trusted)


@pytest.mark.parametrize(("name", "task"), COMBINATIONS)
def test_an_estimator_of_the_table_predicts_the_same_from_skops(name: str, task: str, tmp_path: Path) -> None:
    estimator = made(name, task)
    serialization.check_serializable(estimator, "skops")
    fitted(estimator, task)
    types = serialization.dump(estimator, tmp_path / "model.skops", "skops")
    again = loaded(tmp_path / "model.skops", types)
    for frame in (FRAME, unseen()):
        np.testing.assert_array_equal(again.predict(frame), estimator.predict(frame))


def test_the_types_that_it_needs_are_returned_and_needed(tmp_path: Path) -> None:
    types = serialization.dump(fitted(made("decision_tree", "regression"), "regression"), tmp_path / "m.skops", "skops")
    assert types == ["sklearn.model_selection._split.KFold", "sklearn.tree._tree.Tree"]
    with pytest.raises(InvalidArtifact, match=r"^m:1 needs types that are not trusted: sklearn\.tree\._tree\.Tree\.$"):
        loaded(tmp_path / "m.skops", types[:1])


def test_the_file_is_compressed(tmp_path: Path) -> None:
    import skops.io

    forest = fitted(made("random_forest", "regression"), "regression")
    serialization.dump(forest, tmp_path / "m.skops", "skops")
    assert (tmp_path / "m.skops").stat().st_size < len(skops.io.dumps(forest)) / 2


@pytest.mark.parametrize("format_", ["joblib", "pickle"])
def test_a_skops_file_is_not_read_as_anything_else(format_: str, tmp_path: Path) -> None:
    serialization.dump(fitted(made("ridge", "regression"), "regression"), tmp_path / "m.skops", "skops")
    with (tmp_path / "m.skops").open("rb") as file, pytest.raises(Exception, match="can't be loaded here"):
        serialization.load(file, described="m:1", trained_with={}, artifact_format=format_)


def test_what_skops_can_not_keep_is_refused_unfitted() -> None:
    pipeline = make_pipeline(FunctionTransformer(kw_args={"pattern": re.compile("a")}), LogisticRegression())
    serialization.check_serializable(pipeline, "joblib")
    message = r"skops can't keep this Pipeline \(TypeError: .*Use `artifact_format` joblib"
    with pytest.raises(TrainingFailed, match=message):
        serialization.check_serializable(pipeline, "skops")
