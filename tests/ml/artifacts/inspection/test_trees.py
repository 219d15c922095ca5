from typing import Any

import numpy as np
import pytest
import skops.io

from catalog.exceptions import InvalidArtifact
from catalog.ml.artifacts.artifact_formats import VALIDATED_TYPES
from catalog.ml.artifacts.inspection.trees import check_trees
from tests.hostile_models import CORRUPTED_TREES, fitted, rewritten, skops_bytes
from tests.summary import count


def loaded(content: bytes) -> Any:
    return skops.io.loads(content, trusted=[*VALIDATED_TYPES, "sklearn.ensemble._forest.RandomForestClassifier"])


@pytest.mark.parametrize(
    ("kind", "trees"),
    [("tree", 1), ("forest", 3), ("boosting", 3), ("histogram", 9), ("isolation", 3), ("logistic", 0)],
)
def test_sound_trees_are_counted(kind: str, trees: int) -> None:
    assert check_trees(fitted(kind)) == trees


@pytest.mark.parametrize("name", CORRUPTED_TREES)
def test_a_corrupted_tree_is_refused(name: str) -> None:
    kind, edit = CORRUPTED_TREES[name]
    estimator = loaded(rewritten(skops_bytes(fitted(kind)), array=edit))
    with pytest.raises(InvalidArtifact, match=r"^a tree in it is corrupted: "):
        check_trees(estimator)
    count("hostile models refused")


def two_parents(nodes: np.ndarray) -> np.ndarray:
    changed = nodes.copy()
    if nodes.dtype.names and "right_child" in nodes.dtype.names:
        changed["right_child"][0] = nodes["left_child"][0]
    return changed


def test_a_node_with_two_parents_is_refused() -> None:
    with pytest.raises(InvalidArtifact, match="a node is the child of two"):
        check_trees(loaded(rewritten(skops_bytes(fitted("tree")), array=two_parents)))


def test_a_tree_without_nodes_is_refused() -> None:
    def empty(array: np.ndarray) -> np.ndarray:
        return array[:0] if array.dtype.names or array.ndim == 3 else array

    with pytest.raises(InvalidArtifact, match="it has no nodes"):
        check_trees(loaded(rewritten(skops_bytes(fitted("tree")), array=empty)))


@pytest.mark.parametrize("kind", ["tree", "forest", "histogram"])
def test_an_estimator_that_takes_fewer_features_than_its_trees_is_refused(kind: str) -> None:
    estimator = fitted(kind)
    estimator.n_features_in_ = 2
    with pytest.raises(InvalidArtifact, match="a tree in it is corrupted"):
        check_trees(estimator)


def test_a_forest_of_trees_of_another_width_is_refused() -> None:
    forest, narrow = fitted("forest"), fitted("forest")
    for tree in narrow.estimators_:
        tree.n_features_in_ = 3
    with pytest.raises(InvalidArtifact, match="another number of features"):
        check_trees(narrow)
    forest.estimators_.append("no tree")
    with pytest.raises(InvalidArtifact, match="a member of its forest is none"):
        check_trees(forest)


def test_a_tree_is_found_wherever_it_hides() -> None:
    from functools import partial

    tree = loaded(rewritten(skops_bytes(fitted("tree")), array=CORRUPTED_TREES["tree, feature far beyond"][1]))
    estimator = fitted("logistic")
    estimator.extra = {"here": [np.array([partial(print, method=tree.predict)], dtype=object)]}
    with pytest.raises(InvalidArtifact, match="a tree in it is corrupted"):
        check_trees(estimator)


def test_boosting_stages_of_another_shape_are_refused() -> None:
    estimator = fitted("boosting")
    estimator.estimators_ = np.hstack([estimator.estimators_] * 2)
    with pytest.raises(InvalidArtifact, match="its stages have another shape"):
        check_trees(estimator)


def test_categories_beyond_the_bitsets_are_refused() -> None:
    estimator = fitted("histogram")
    predictor = estimator._predictors[0][0]
    inner = np.flatnonzero(predictor.nodes["is_leaf"] == 0)
    predictor.nodes["is_categorical"][inner] = 1
    with pytest.raises(InvalidArtifact, match=r"its categories have another shape|categories that are not there"):
        check_trees(estimator)


def test_a_real_categorical_tree_is_sound() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    rows = np.column_stack([np.arange(300) % 7, np.arange(300)])
    estimator = HistGradientBoostingRegressor(max_iter=2, categorical_features=[0], min_samples_leaf=5)
    estimator.fit(rows, (np.arange(300) % 7 == 3) * 10.0)
    assert estimator._predictors[0][0].nodes["is_categorical"].any()
    assert check_trees(estimator) == 2
