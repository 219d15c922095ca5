#!/usr/bin/env bash
# Three boosting libraries, fitted on the same named columns, given the same frame in another order.
#
# All three have feature_names_in_. One would bet that each matches columns by name, or refuses as scikit-learn does.
# CatBoost 1.2.10 matches them by name, XGBoost 3.2.0 refuses, and LightGBM 4.7.0 goes by position without a word: it
# multiplies price by the model of quantity. It does so for pandas frames and Arrow tables alike, and takes columns of
# quite other names; only their number is checked.
# So a SELECT with its columns moved changes every prediction of LightGBM: put the columns in order by name first.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    lightgbm==4.7.0 xgboost-cpu==3.2.0 catboost==1.2.10 pandas==3.1.1 pyarrow==26.0.1 scikit-learn==1.9.1 numpy==2.4.6

cat > expected <<'SEEN'
CatBoostRegressor moved: same; renamed: refused (CatBoostError)
XGBRegressor      moved: refused (ValueError); renamed: refused (ValueError)
LGBMRegressor     moved: other predictions; renamed: same
LGBMRegressor     on Arrow tables, moved: other predictions
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
import pyarrow as pa
from catboost import CatBoostRegressor
from lightgbm import LGBMRegressor
from xgboost import XGBRegressor

generator = np.random.default_rng(0)
X = pd.DataFrame({"price": generator.uniform(0, 1, 500), "quantity": generator.uniform(0, 100, 500)})
y = 1000 * X["price"] + X["quantity"]
moved, renamed = X[["quantity", "price"]], X.set_axis(["weight", "height"], axis="columns")

for model in (
    CatBoostRegressor(iterations=50, verbose=0, allow_writing_files=False, thread_count=1),
    XGBRegressor(n_estimators=50),
    LGBMRegressor(n_estimators=50, verbose=-1),
):
    model.fit(X, y)

    def ask(frame):
        try:
            return "same" if np.allclose(model.predict(frame), model.predict(X)) else "other predictions"
        except Exception as error:
            return f"refused ({type(error).__name__})"

    print(f"{type(model).__name__:17} moved: {ask(moved)}; renamed: {ask(renamed)}")

table = LGBMRegressor(n_estimators=50, verbose=-1).fit(pa.Table.from_pandas(X), y.to_numpy())
same = np.allclose(table.predict(pa.Table.from_pandas(X)), table.predict(pa.Table.from_pandas(moved)))
print("LGBMRegressor     on Arrow tables, moved:", "same" if same else "other predictions")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
