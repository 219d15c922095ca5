#!/usr/bin/env bash
# CatBoost keeps scikit-learn's method names and breaks three of its promises.
#
# One would bet on what every scikit-learn estimator does: only classifiers have classes_, get_params() lists each
# parameter with its default, and predict gives one value a row, shape (n,). In CatBoost 1.2.10 a fitted regressor has
# classes_ too (empty), get_params() of a new model is {} though it will grow 1,000 trees, and the predictions of
# three classes come as a column of shape (n, 1), those of two classes as (n,).
# So hasattr(model, "classes_") calls a regressor a classifier, a record of get_params() holds none of the defaults
# (get_all_params() after fitting does), and predictions == labels compares n by n values when there are three
# classes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check catboost==1.2.10 numpy==2.4.6

cat > expected <<'SEEN'
new classifier, get_params: {}
fitted regressor, classes_: []
trees of that default:      1000
2 classes: predictions (60,) compared with labels (60,)
3 classes: predictions (60, 1) compared with labels (60, 60)
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor

X = np.random.default_rng(0).normal(size=(60, 2))
options = {"iterations": 5, "verbose": 0, "allow_writing_files": False, "thread_count": 1}

print("new classifier, get_params:", CatBoostClassifier().get_params())
print("fitted regressor, classes_:", CatBoostRegressor(**options).fit(X, X[:, 0]).classes_)
default = CatBoostRegressor(verbose=0, allow_writing_files=False, thread_count=1).fit(X, X[:, 0])
print("trees of that default:     ", default.tree_count_)
for classes in (2, 3):
    labels = np.arange(60) % classes
    predicted = CatBoostClassifier(**options).fit(X, labels).predict(X)
    print(classes, "classes: predictions", predicted.shape, "compared with labels", (predicted == labels).shape)
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
