"""Classifiers that take the labels 0 to k-1 alone, or that give other labels back than they were given.

XGBoost's is one. Around such a one stands scikit-learn's VotingClassifier of it alone, which encodes the labels and
decodes its predictions, and needs nothing of this project to be loaded.

Of several targets a regressor of scikit-learn's that takes several is given all at once. Any other estimator, and every
classifier, is fitted once for each: many classifiers that take several targets take yes and no alone.
"""

import warnings
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from catalog.exceptions import InvalidRequest
from catalog.ml.labels import plain_label
from catalog.ml.training.estimator_checks import accepts, find_packages

ENCODED = "classifier"
ROWS_A_LABEL = 4
# Rounds of boosting are not needed to see which labels are taken.
# Of each library the parameter that silences it, and others that do the same: CatBoost takes one of them alone.
SILENT: Mapping[str, Mapping[str, Any]] = {
    "catboost": {"verbose": False, "silent": True, "logging_level": "Silent", "verbose_eval": False},
    "lightgbm": {"verbose": -1, "verbosity": -1},
    "xgboost": {"verbosity": 0},
}
ROUNDS = ("iterations", "n_estimators", "num_iterations", "max_iter")


def encode_labels(unfitted: Any, labels: np.ndarray) -> Any:
    """The classifier, or one around it that takes these labels, of shape (n_classes,), and gives them back.

    A regression has no labels. Raises InvalidRequest when neither does.
    """
    if takes_labels(unfitted, labels):
        return unfitted
    voting = "soft" if hasattr(unfitted, "predict_proba") else "hard"
    encoded = VotingClassifier([(ENCODED, unfitted)], voting=voting)
    if takes_labels(encoded, labels):
        return encoded
    raise InvalidRequest(
        f"{type(unfitted).__name__} takes the labels 0 to {len(labels) - 1} alone, and the target has "
        f"{_list_labels(labels)}. Give the dataset a target of such numbers."
    )


def for_several(unfitted: Any, task: str, targets: np.ndarray) -> Any:
    """The estimator, or one around it, that takes the targets of the training rows, of shape (n_rows, n_targets)."""
    if task == "regression":
        return unfitted if _takes_several(unfitted) else MultiOutputRegressor(unfitted)
    return MultiOutputClassifier(_encoded(unfitted, [np.unique(column) for column in targets.T]))


def _encoded(unfitted: Any, label_sets: Sequence[np.ndarray]) -> Any:
    """The classifier, or one around it that takes the labels of each target and gives them back."""
    for labels in label_sets:
        own = clone(unfitted)
        encoded = encode_labels(own, labels)
        if encoded is not own:
            return encoded
    return unfitted


def _takes_several(unfitted: Any) -> bool:
    return find_packages(unfitted) == {"sklearn"} and bool(get_tags(unfitted).target_tags.multi_output)


def parameter_prefix(pipeline: Pipeline) -> str:
    """What stands before the parameters of the last step's estimator in those of a pipeline of the catalog's own."""
    name, last = pipeline.steps[-1]
    return f"{name}__{label_prefix(last)}"


def label_prefix(estimator: Any) -> str:
    """The same, in those of the last step itself; empty for one that takes target and labels as they are."""
    if isinstance(estimator, MultiOutputClassifier | MultiOutputRegressor):
        return f"estimator__{label_prefix(estimator.estimator)}"
    is_around = isinstance(estimator, VotingClassifier) and ENCODED in estimator.named_estimators
    return f"{ENCODED}__" if is_around else ""


def check_labels(pipeline: Any, labels: np.ndarray, path: str) -> None:
    """Raises InvalidRequest when the last step of a pipeline of one's own does not take the labels: it is used as it
    is, so its author has to encode them.

    `labels` are of shape (n_classes,); of several targets all, of shape (n_rows, n_targets), where that step fits a
    classifier of each.
    """
    final = _last_step(pipeline)
    if labels.ndim > 1:
        for target in labels.T if isinstance(final, MultiOutputClassifier) else ():
            check_labels(final.estimator, np.unique(target), path)
        return
    if not takes_labels(final, labels):
        name = type(final).__name__
        raise InvalidRequest(
            f"`pipeline` {path}: {name} takes the labels 0 to {len(labels) - 1} alone or gives others back, and the "
            f"target has {_list_labels(labels)}. Put VotingClassifier([('{ENCODED}', {name}(…))], voting='soft') of "
            "sklearn.ensemble in its place, which encodes them."
        )


def _last_step(pipeline: Any) -> Any:
    while isinstance(pipeline, Pipeline):
        pipeline = pipeline[-1]
    return pipeline


def takes_labels(unfitted: Any, labels: np.ndarray) -> bool:
    """Whether it gives these labels back. Scikit-learn's own do; those of installed libraries are tried on a few rows.

    A class of one's own is taken at its word, and not fitted twice; so is one that can't be fitted on these rows with
    labels from 0 either.
    """
    packages = find_packages(unfitted) - {"sklearn"}
    if not len(labels) or not packages or not packages <= set(metadata.packages_distributions()):
        return True
    if _gives_back(unfitted, labels):
        return True
    return not _gives_back(unfitted, np.arange(len(labels)))


def _gives_back(unfitted: Any, labels: np.ndarray) -> bool:
    target = np.repeat(labels, ROWS_A_LABEL)
    rows = np.random.default_rng(0).random((len(target), 3))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tried = _silenced(_with_one_round(clone(unfitted))).fit(rows, target)
            predicted = np.ravel(tried.predict(rows))
    except Exception:  # estimators raise whatever their authors chose
        return False
    known = {(type(label), label) for label in map(plain_label, labels)}
    given = [*predicted, *getattr(tried, "classes_", ())]
    return {(type(label), label) for label in map(plain_label, given)} <= known


def _with_one_round(unfitted: Any) -> Any:
    own = unfitted.get_params()
    for name in [*(name for name in ROUNDS if name in own), *(name for name in ROUNDS if accepts(unfitted, name, 1))]:
        return unfitted.set_params(**{name: 1})
    return unfitted


def _silenced(unfitted: Any) -> Any:
    """What people chose to read of their training they do not read of this."""
    for part in [unfitted, *(value for value in unfitted.get_params().values() if hasattr(value, "get_params"))]:
        own, silent = part.get_params(), SILENT.get(type(part).__module__.partition(".")[0], {})
        chosen = {name: value for name, value in silent.items() if name in own}
        part.set_params(**(chosen or dict(list(silent.items())[:1])))
    return unfitted


def _list_labels(labels: np.ndarray) -> str:
    shown = ", ".join(repr(plain_label(label)) for label in labels[:3])
    return f"{shown} and {len(labels) - 3} more" if len(labels) > 3 else shown
