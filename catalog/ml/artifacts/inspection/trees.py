"""Whether the trees in a loaded estimator are sound. scikit-learn follows their node arrays without looking where they
lead: a wrong child or feature makes the process crash or read what it should not.

The layouts are scikit-learn's: sklearn/tree/_tree.pyx and sklearn/ensemble/_hist_gradient_boosting/predictor.py.
"""

import gc
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import BaseHistGradientBoosting
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from catalog.exceptions import InvalidArtifact

LEAF = -1
BITSET_WORDS = 8  # of 32 bits: a category is a byte
NOT_FOLLOWED = (type, types.ModuleType, types.FunctionType, types.FrameType)
PLAIN = (str, bytes, int, float, complex, bool, type(None))


def check_trees(estimator: Any) -> int:
    """The number of trees that the estimator holds, wherever they are. Raises InvalidArtifact for an unsound one."""
    objects = list(_reachable(estimator))
    owners = {id(tree) for obj in objects for tree in _owned(obj)}
    trees = 0
    for obj in objects:
        if isinstance(obj, Tree):
            _check_tree(obj)
        elif isinstance(obj, TreePredictor):
            _check_predictor_nodes(obj)
        elif isinstance(obj, BaseDecisionTree) and hasattr(obj, "tree_"):
            _check_owner(obj)
        elif isinstance(obj, BaseGradientBoosting) and hasattr(obj, "estimators_"):
            _require(obj.estimators_.shape[1:] == (obj.n_trees_per_iteration_,), "its stages have another shape")
        elif isinstance(obj, BaseHistGradientBoosting) and hasattr(obj, "_predictors"):
            _check_histogram_owner(obj)
        if isinstance(obj, Tree | TreePredictor):
            trees += 1
            _require(id(obj) in owners, "it belongs to no estimator that could use it")
        _check_members(obj)
    return trees


def _reachable(root: Any) -> Iterator[Any]:
    """Every object that `root` leads to, once; not what modules, classes and functions lead to."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        obj = waiting.pop()
        if isinstance(obj, PLAIN + NOT_FOLLOWED) or id(obj) in seen:
            continue
        seen[id(obj)] = obj  # which keeps it, and so its identity, until the end
        yield obj
        if isinstance(obj, np.ndarray):
            waiting += obj.ravel().tolist() if obj.dtype.hasobject else []
            waiting += [] if obj.base is None else [obj.base]
        else:
            waiting += gc.get_referents(obj)


def _owned(obj: Any) -> list[Any]:
    if isinstance(obj, BaseDecisionTree):
        return [getattr(obj, "tree_", None)]
    if isinstance(obj, BaseHistGradientBoosting):
        return [predictor for iteration in getattr(obj, "_predictors", ()) for predictor in iteration]
    return []


def _check_tree(tree: Tree) -> None:
    state = tree.__getstate__()
    nodes, values, count = state["nodes"], state["values"], state["node_count"]
    _require(0 < count <= len(nodes), "it has no nodes")
    _require(tree.n_features > 0 and tree.n_outputs > 0 and tree.max_n_classes > 0, "its sizes are not positive")
    _require(values.shape == (len(nodes), tree.n_outputs, tree.max_n_classes), "its values have another shape")
    nodes = nodes[:count]
    inner = nodes["left_child"] != LEAF
    _check_children(nodes["left_child"], nodes["right_child"], inner)
    _require(
        state["max_depth"] >= _depth(nodes["left_child"], nodes["right_child"], inner), "it is deeper than it says"
    )
    features = nodes["feature"][inner]
    _require(bool(((features >= 0) & (features < tree.n_features)).all()), "it splits on a feature that is not there")


def _check_predictor_nodes(tree: TreePredictor) -> None:
    nodes, bitsets = tree.nodes, tree.raw_left_cat_bitsets
    _require(nodes.ndim == 1 and len(nodes) > 0, "it has no nodes")
    inner = nodes["is_leaf"] == 0
    _check_children(nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), inner)
    _require(bool((nodes["feature_idx"][inner] >= 0).all()), "it splits on a feature that is not there")
    categorical = nodes[inner & (nodes["is_categorical"] != 0)]
    for bitset in (bitsets, tree.binned_left_cat_bitsets):
        _require(bitset.ndim == 2 and bitset.dtype == np.uint32, "its categories have another shape")
        _require(bitset.shape[1] == BITSET_WORDS or not len(categorical), "its categories have another shape")
        _require(bool((categorical["bitset_idx"] < len(bitset)).all()), "it splits on categories that are not there")


def _check_children(left: np.ndarray, right: np.ndarray, inner: np.ndarray) -> None:
    """The children of inner nodes are nodes, and each node but the root is the child of one at most: so no cycle that
    the root leads into can be."""
    count = len(inner)
    children = np.concatenate([left[inner], right[inner]])
    _require(bool(((children > 0) & (children < count)).all()), "a child is not among its nodes")
    _require(len(np.unique(children)) == len(children), "a node is the child of two, so it may run in circles")


def _depth(left: np.ndarray, right: np.ndarray, inner: np.ndarray) -> int:
    """Of a tree whose children are checked; the root alone is of depth 0."""
    depth, nodes = 0, np.array([0])
    while len(nodes := nodes[inner[nodes]]):
        depth, nodes = depth + 1, np.concatenate([left[nodes], right[nodes]])
    return depth


def _check_owner(owner: BaseDecisionTree) -> None:
    tree = owner.tree_
    _require(isinstance(tree, Tree), "it is no tree")
    _require(tree.n_features == owner.n_features_in_, "it takes another number of features than its estimator")
    _require(tree.n_outputs == owner.n_outputs_, "it has another number of outputs than its estimator")
    classes = np.atleast_1d(getattr(owner, "n_classes_", np.ones(tree.n_outputs)))
    _require(np.array_equal(tree.n_classes, classes), "it has another number of classes than its estimator")


def _check_histogram_owner(owner: BaseHistGradientBoosting) -> None:
    count = owner.n_features_in_
    _require(len(owner._bin_mapper.is_categorical_) == count, "it takes another number of features than its estimator")
    for tree in _owned(owner):
        _require(isinstance(tree, TreePredictor), "it is no tree")
        inner = tree.nodes["is_leaf"] == 0
        _require(bool((tree.nodes["feature_idx"][inner] < count).all()), "it splits on a feature that is not there")


def _check_members(obj: Any) -> None:
    """A forest checks its input's width once, for all of its trees; so theirs must be what it hands to them."""
    if not isinstance(obj, BaseForest | BaseGradientBoosting | IsolationForest) or not hasattr(obj, "estimators_"):
        return
    width = obj.n_features_in_
    if isinstance(obj, IsolationForest) and obj._max_features != width:
        width = obj._max_features
        _require(all(len(used) == width for used in obj.estimators_features_), "its features have another shape")
    for member in np.ravel(np.asarray(obj.estimators_, dtype=object)):
        _require(isinstance(member, BaseDecisionTree), "a member of its forest is none")
        _require(member.n_features_in_ == width, "it takes another number of features than its forest")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidArtifact(
            f"a tree in it is corrupted: {otherwise}. Using it could crash the process. Save the model again."
        )
