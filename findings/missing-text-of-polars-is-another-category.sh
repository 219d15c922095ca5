#!/usr/bin/env bash
# A missing text is one category in a pandas frame and an unseen one in the Polars frame with the same rows.
#
# scikit-learn 1.9.1 takes both kinds of frames, so one would bet that an encoder fitted on one understands the other.
# It does, except for what is missing: pandas 3.1.1 shows it as NaN, Polars 2.1.0 as None, and OneHotEncoder learns
# the one as a category and does not know the other. With handle_unknown="ignore" the row has no 1 in any column,
# without a warning at fit; OrdinalEncoder with use_encoded_value gives it the number for unknown; TargetEncoder the
# mean of all.
# So a model from a notebook with pandas, served with Polars (or the other way round), loses what "missing" meant.
# Fill missing texts with a word of your own before the encoder.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    scikit-learn==1.9.1 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 numpy==2.4.6

cat > expected <<'SEEN'
OneHotEncoder  fitted on pandas, asked with pandas: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
OneHotEncoder  fitted on pandas, asked with Polars: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
OrdinalEncoder fitted on pandas, asked with pandas: [[0.0], [1.0], [-2.0]]
OrdinalEncoder fitted on pandas, asked with Polars: [[0.0], [1.0], [-1.0]]
TargetEncoder  fitted on pandas, asked with pandas: [[1.0], [2.5], [9.0]]
TargetEncoder  fitted on pandas, asked with Polars: [[1.0], [2.5], [4.2]]
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
import polars as pl
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

cities = ["Bonn", "Kiel", None] * 40
y = np.array([1.0, 2.5, 9.0] * 40)
asked = {"pandas": pd.DataFrame({"city": cities[:3]}), "Polars": pl.DataFrame({"city": cities[:3]})}
for encoder in (
    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
    TargetEncoder(target_type="continuous"),
):
    encoder.fit(pd.DataFrame({"city": cities}), y)
    for name, frame in asked.items():
        encoded = np.round(encoder.transform(frame), 1).tolist()
        print(f"{type(encoder).__name__:14} fitted on pandas, asked with {name}: {encoded}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
