#!/usr/bin/env bash
# An XGBoost model read from its own file predicts the same and, cloned, trains another model.
#
# XGBClassifier.save_model keeps trees, objective and classes. One would bet that load_model brings n_estimators and
# max_depth back too, or that get_params says that they are unknown. After loading with XGBoost 3.2.0 they are None,
# and None means the defaults: a clone (cross-validation, a search, a nightly retraining) fits 100 trees of depth 6
# where the stored model has 5 of depth 2.
# So a registry that records get_params() of a loaded model records nothing, and "train it again as it was" is untrue.
# Keep the parameters beside the file, or the estimator itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check xgboost-cpu==3.2.0 scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
loaded: trees 5 {'n_estimators': None, 'max_depth': None, 'learning_rate': None, 'subsample': None}
clone fitted: trees 100
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
from sklearn.base import clone
from xgboost import XGBClassifier

X = np.random.default_rng(0).normal(size=(300, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
XGBClassifier(n_estimators=5, max_depth=2, learning_rate=0.1, subsample=0.5).fit(X, y).save_model("model.ubj")

loaded = XGBClassifier()
loaded.load_model("model.ubj")
names = ("n_estimators", "max_depth", "learning_rate", "subsample")
print("loaded: trees", loaded.get_booster().num_boosted_rounds(), {name: loaded.get_params()[name] for name in names})
print("clone fitted: trees", clone(loaded).fit(X, y).get_booster().num_boosted_rounds())
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
