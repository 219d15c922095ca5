#!/usr/bin/env bash
# A classifier fitted on pandas' nullable booleans predicts 1.0 and 0.0, not True and False.
#
# One would bet that classes_ are the values of the target. With scikit-learn 1.9.1 they are for NumPy's bool and for
# Polars; of pandas' "boolean" and "bool[pyarrow]" (what nullable readers and databases give) they are the floats 0.0
# and 1.0, of "Int64" floats too: class 2 becomes 2.0. The same booleans as objects (a column that once had a None)
# are refused as an unknown label type.
# So the predictions file of the same model says "True", "1" or "1.0" by the dtype in which the training table came,
# pos_label=True still matches, and a comparison as texts does not. Cast the target before fitting.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    scikit-learn==1.9.1 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 numpy==2.4.6

cat > expected <<'SEEN'
bool           [False, True]
boolean        [0.0, 1.0]
bool[pyarrow]  [0.0, 1.0]
Polars Boolean [False, True]
int64          [1, 2]
Int64          [1.0, 2.0]
object         Unknown label type: unknown
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
import polars as pl
from sklearn.linear_model import LogisticRegression

X, flags = np.arange(20.0).reshape(-1, 1), [False] * 10 + [True] * 10
targets = {
    "bool": pd.Series(flags),
    "boolean": pd.Series(flags, dtype="boolean"),
    "bool[pyarrow]": pd.Series(flags, dtype="bool[pyarrow]"),
    "Polars Boolean": pl.Series(flags),
    "int64": pd.Series(flags).astype(int) + 1,
    "Int64": (pd.Series(flags).astype(int) + 1).astype("Int64"),
    "object": pd.Series(flags, dtype=object),
}
for name, y in targets.items():
    try:
        print(f"{name:14} {LogisticRegression().fit(X, y).classes_.tolist()}")
    except ValueError as error:
        print(f"{name:14} {str(error).partition('.')[0]}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
