#!/usr/bin/env bash
# A missing date is a number to scikit-learn: minus nine quintillion, which no imputer fills.
#
# Date columns pass the checks of scikit-learn 1.9.1 as integers (alone, or as the date part of a ColumnTransformer).
# One would bet that NaT is NaN then. It is the smallest int64: SimpleImputer sees nothing to fill and returns it, for
# StandardScaler one missing date outweighs all others, HistGradientBoosting predicts the row as a very early day.
# So contracts without an end date are those that ended first of all. Turn dates into floats before the imputer: NaT
# becomes NaN only there.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
SimpleImputer  1.767e+15 -9.223e+18 1.767e+15
  of floats    0 49.99 2
StandardScaler 0.1 -9.95 0.1
  of floats    -1.75 nan -1.68
HistGradientBoosting on dates : first, missing, last day 10.5 10.5 89.5
HistGradientBoosting on floats: first, missing, last day 10.5 55.6 89.5
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

days = pd.DataFrame({"until": pd.date_range("2026-01-01", periods=100).as_unit("us")})
days.loc[1, "until"] = pd.NaT
numbers = ((days - pd.Timestamp("2026-01-01")) / pd.Timedelta(days=1)).astype(float)

imputed = SimpleImputer().fit_transform(days)
print("SimpleImputer ", *[f"{value:.4g}" for value in imputed[:3, 0]])
print("  of floats   ", *[f"{value:.4g}" for value in SimpleImputer().fit_transform(numbers)[:3, 0]])
print("StandardScaler", *StandardScaler().fit_transform(days)[:3, 0].round(2))
print("  of floats   ", *StandardScaler().fit_transform(numbers)[:3, 0].round(2))

y = np.where(days["until"].isna(), 50.0, np.arange(100.0))
for name, frame in (("dates", days), ("floats", numbers)):
    model = HistGradientBoostingRegressor(random_state=0).fit(frame.drop(index=1), np.delete(y, 1))
    print(f"HistGradientBoosting on {name:6}: first, missing, last day", *model.predict(frame)[[0, 1, 99]].round(1))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
