#!/usr/bin/env bash
# XGBoost predicts an unseen category as if it were the next learned one by the alphabet.
#
# With enable_categorical XGBoost 3.2.0 remembers the categories of a pandas frame, whatever their order is later. One
# would bet that an unseen one is refused or taken for missing. It is refused only if it sorts behind all learned
# ones; any other gets the prediction of the category that follows it: "beige" that of "blue", and among the numbers
# 10, 20, 30 a 15 that of 20. HistGradientBoosting of scikit-learn 1.9.1 takes all of them for missing.
# So whether a new product or a typing error is scored with confidence or stops the run depends on its first letter:
# make what was not learned missing before XGBoost sees it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    xgboost-cpu==3.2.0 pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
amber  XGBoost 1.0           HistGradientBoosting 1.0
blue   XGBoost 2.0           HistGradientBoosting 2.0
coral  XGBoost 3.0           HistGradientBoosting 3.0
beige  XGBoost 2.0           HistGradientBoosting 1.0
cab    XGBoost 3.0           HistGradientBoosting 1.0
aaa    XGBoost 1.0           HistGradientBoosting 1.0
zinc   XGBoost XGBoostError  HistGradientBoosting 1.0
10     XGBoost 1.0           HistGradientBoosting 1.0
20     XGBoost 2.0           HistGradientBoosting 2.0
30     XGBoost 3.0           HistGradientBoosting 3.0
15     XGBoost 2.0           HistGradientBoosting 1.0
25     XGBoost 3.0           HistGradientBoosting 1.0
5      XGBoost 1.0           HistGradientBoosting 1.0
35     XGBoost XGBoostError  HistGradientBoosting 1.0
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from xgboost import XGBRegressor


def frame(values):
    return pd.DataFrame({"c": pd.Categorical(values)})


def ask(model, value):
    try:
        return round(float(model.predict(frame([value]))[0]), 1)
    except Exception as error:
        return type(error).__name__


for learned, asked in (
    (["amber", "blue", "coral"], ["amber", "blue", "coral", "beige", "cab", "aaa", "zinc"]),
    ([10, 20, 30], [10, 20, 30, 15, 25, 5, 35]),
):
    X, y = frame(learned * 100), np.array([1.0, 2.0, 3.0] * 100)
    boosted = XGBRegressor(enable_categorical=True, n_estimators=50, learning_rate=0.5).fit(X, y)
    hist = HistGradientBoostingRegressor(learning_rate=0.5, categorical_features="from_dtype").fit(X, y)
    for value in asked:
        print(f"{value!s:6} XGBoost {ask(boosted, value)!s:13} HistGradientBoosting {ask(hist, value)}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
