#!/usr/bin/env bash
# pandas.read_json reads other numbers than pandas.read_csv, and boosted trees answer them otherwise.
#
# One would bet that 17.99 in a JSON file becomes the float 17.99, as it does in a CSV file, in Python's json, and in pandas.read_json with
# engine="pyarrow". pandas 3.1.1's read_json takes the neighbouring float for some numbers unless it is told precise_float=True, with lines=True and
# without. Of the cells of scikit-learn's breast cancer data, written with their shortest exact text, a quarter differ by one unit in the
# last place; of wine 7 %.
# scikit-learn 1.9.1's histogram gradient boosting splits a column of more than 255 values at percentiles, some of which are values that occur: fitted
# on the CSV and asked with the JSON of the same rows, it predicts otherwise for a third of them. A decision tree splits half-way between two
# values, and answers alike.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6 pyarrow==26.0.1

cat > expected <<'SEEN'
wine
  read_csv: 0.0% of the cells differ
  read_json: 7.3% of the cells differ
  read_json, precise_float: 0.0% of the cells differ
  read_json, pyarrow: 0.0% of the cells differ
  DecisionTreeRegressor: 0% of the predictions differ
  HistGradientBoostingRegressor: 0% of the predictions differ
breast cancer
  read_csv: 0.0% of the cells differ
  read_json: 25.5% of the cells differ
  read_json, precise_float: 0.0% of the cells differ
  read_json, pyarrow: 0.0% of the cells differ
  DecisionTreeRegressor: 0% of the predictions differ
  HistGradientBoostingRegressor: 37% of the predictions differ
SEEN

venv/bin/python - > seen <<'PYTHON'
import io
import json

import pandas as pd
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor

READERS = {
    "read_json": {"lines": True},
    "read_json, precise_float": {"lines": True, "precise_float": True},
    "read_json, pyarrow": {"lines": True, "engine": "pyarrow"},
}

for name, load in {"wine": load_wine, "breast cancer": load_breast_cancer}.items():
    data = load(as_frame=True)
    from_csv = pd.read_csv(io.StringIO(data.data.to_csv(index=False)))
    lines = "\n".join(json.dumps(row) for row in data.data.to_dict("records")).encode()
    print(name)
    print(f"  read_csv: {(from_csv.to_numpy() != data.data.to_numpy()).mean():.1%} of the cells differ")
    for reader, options in READERS.items():
        table = pd.read_json(io.BytesIO(lines), **options)
        print(f"  {reader}: {(table.to_numpy() != data.data.to_numpy()).mean():.1%} of the cells differ")
    from_json = pd.read_json(io.BytesIO(lines), lines=True)
    for estimator in (DecisionTreeRegressor(random_state=0), HistGradientBoostingRegressor(random_state=0)):
        estimator.fit(from_csv, data.target)
        share = (estimator.predict(from_csv) != estimator.predict(from_json)).mean()
        print(f"  {type(estimator).__name__}: {share:.0%} of the predictions differ")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
