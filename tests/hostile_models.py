"""Model files that somebody could hand in to do harm, each made from a real estimator."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import skops.io
from sklearn import datasets
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

IRIS = datasets.load_iris(as_frame=True)
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda content: lzma.compress(content, format=lzma.FORMAT_ALONE),
}
SUFFIXES = {"": ".joblib", "zlib": ".pkl.z", "gzip": ".pkl.gz", "bz2": ".joblib.bz2", "xz": ".pkl.xz", "lzma": ".sav"}


class TouchesAFile:
    """Unpickled, it makes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def touching_pickle(marker: Path, *, behind_arrays: bool = False) -> bytes:
    """A pickle that makes the marker when it is loaded; with arrays as joblib writes them before it."""
    buffer = io.BytesIO()
    if behind_arrays:
        joblib.dump([np.arange(10_000), np.ones((50, 50)), TouchesAFile(marker)], buffer)
    else:
        pickle.dump(TouchesAFile(marker), buffer)
    return buffer.getvalue()


def fitted(kind: str) -> Any:
    """An estimator fitted on iris, small."""
    kinds: dict[str, Any] = {
        "tree": DecisionTreeClassifier(random_state=0),
        "forest": RandomForestClassifier(3, random_state=0),
        "boosting": GradientBoostingRegressor(n_estimators=3, random_state=0),
        "histogram": HistGradientBoostingClassifier(max_iter=3, random_state=0),
        "isolation": IsolationForest(n_estimators=3, max_features=0.5, random_state=0),
        "logistic": LogisticRegression(max_iter=500),
    }
    return kinds[kind].fit(IRIS.data, IRIS.target)


def skops_bytes(estimator: Any) -> bytes:
    return bytes(skops.io.dumps(estimator))


def rewritten(
    content: bytes,
    *,
    schema: Callable[[dict[str, Any]], None] = lambda schema: None,
    array: Callable[[np.ndarray], np.ndarray] = lambda array: array,
) -> bytes:
    """The skops file with its schema edited, and each of its arrays replaced by what `array` makes of it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            kept = old.read(name)
            if name == "schema.json":
                edited = json.loads(kept)
                schema(edited)
                kept = json.dumps(edited).encode()
            elif name.endswith(".npy"):
                kept = _npy(array(np.load(io.BytesIO(kept))))
            new.writestr(name, kept)
    return buffer.getvalue()


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def with_node(field: str, value: int, *, leaf: bool = False) -> Callable[[np.ndarray], np.ndarray]:
    """Sets the field of the last inner node (or of the last leaf) in every array of tree nodes."""

    def edit(array: np.ndarray) -> np.ndarray:
        if not array.dtype.names or field not in array.dtype.names or len(array) < 3:
            return array
        left = array["left_child"] if "left_child" in array.dtype.names else array["left"].astype(int)
        is_leaf = left == -1 if "left_child" in array.dtype.names else array["is_leaf"] != 0
        changed = array.copy()
        changed[field][np.flatnonzero(is_leaf == leaf)[-1]] = value
        return changed

    return edit


# How a corrupted tree differs from a sound one; by the kind of estimator that holds it.
CORRUPTED_TREES: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    f"{kind}, {what}": (kind, with_node(field, value))
    for kind, fields in {
        "tree": ("left_child", "right_child", "feature"),
        "forest": ("left_child", "right_child", "feature"),
        "boosting": ("left_child", "right_child", "feature"),
        "isolation": ("left_child", "right_child", "feature"),
        "histogram": ("left", "right", "feature_idx"),
    }.items()
    for field in fields
    for what, value in {
        f"{field} far beyond": 2**31 - 1,
        f"{field} one beyond": 10_000,
        **({f"{field} is the root": 0} if "feature" not in field else {}),
        **({f"{field} is negative": -5} if kind != "histogram" or field == "feature_idx" else {}),
    }.items()
}
