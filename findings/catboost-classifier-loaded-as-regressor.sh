#!/usr/bin/env bash
# CatBoost loads a classifier's file into a regressor and predicts log-odds.
#
# One would bet that CatBoostRegressor().load_model refuses the file of a classifier, as XGBoost 3.2.0 does
# ("Expecting: regressor, got: classifier"). CatBoost 1.2.10 loads it, keeps the loss Logloss in a regressor, and
# predicts the raw values before the logistic function: numbers around zero where the classifier says "no" and "yes".
# So a catalog must record the class beside a .cbm file, and a mistake in that record shows neither on loading nor on
# predicting.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    catboost==1.2.10 xgboost-cpu==3.2.0 scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
CatBoost classifier yes yes no yes
CatBoost regressor  2.4 3.0 -2.9 2.6 loss Logloss
they are log-odds   True
XGBoost             Loading an estimator with different type. Expecting: regressor, got: classifier
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from xgboost import XGBClassifier, XGBRegressor

X = np.random.default_rng(0).normal(size=(200, 2))
labels = np.where(X[:, 0] > 0, "yes", "no")
options = {"iterations": 20, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
classifier = CatBoostClassifier(**options).fit(X, labels)
classifier.save_model("model.cbm")

regressor = CatBoostRegressor()
regressor.load_model("model.cbm")
print("CatBoost classifier", *classifier.predict(X[:4]))
print("CatBoost regressor ", *regressor.predict(X[:4]).round(1), "loss", regressor.get_all_params()["loss_function"])
odds = np.log(classifier.predict_proba(X)[:, 1] / classifier.predict_proba(X)[:, 0])
print("they are log-odds  ", np.allclose(odds, regressor.predict(X)))

XGBClassifier(n_estimators=2).fit(X, (labels == "yes").astype(int)).save_model("model.ubj")
try:
    XGBRegressor().load_model("model.ubj")
except TypeError as error:
    print("XGBoost            ", error)
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
