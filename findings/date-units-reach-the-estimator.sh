#!/usr/bin/env bash
# A forest, a boosting or a scaler on a date column works, and predicts by the unit in which the dates are stored.
#
# Next to a float column scikit-learn refuses dates. Alone (one column, or the date columns of a ColumnTransformer)
# they pass the checks of 1.9.1 as integers. One would bet that equal dates give equal predictions. pandas 3.1.1 makes
# microseconds from texts and CSV files, and keeps the nanoseconds of a Parquet file that has them; the estimator sees
# numbers a thousand times as large: every row is "after the last day". Fitted on pandas it takes Polars dates too,
# which are counted in days: every row is before the first.
# So convert dates into numbers of your own (days since a fixed day) before the first step.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    scikit-learn==1.9.1 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 numpy==2.4.6

cat > expected <<'SEEN'
equal dates, stored as datetime64[us] and datetime64[ns] True
HistGradientBoostingRegressor us [0.0, 50.0, 99.0] ns [99.0, 99.0, 99.0] Polars days [0.0, 0.0, 0.0]
RandomForestRegressor         us [0.0, 50.0, 98.0] ns [98.0, 98.0, 98.0] Polars days [0.0, 0.0, 0.0]
StandardScaler                us [-2.0, 0.0, 2.0] ns [707872.0, 709605.0, 711302.0] Polars days [-710.0, -710.0, -710.0]
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.preprocessing import StandardScaler

days = pd.DataFrame({"day": pd.to_datetime(pd.Series(pd.date_range("2026-01-01", periods=100)).astype(str))})
nanoseconds = days.astype("datetime64[ns]")
polars_days = pl.from_pandas(days).cast(pl.Date)
y = np.arange(100.0)
print("equal dates, stored as", days["day"].dtype, "and", nanoseconds["day"].dtype, (days == nanoseconds).all().all())

for model in (
    HistGradientBoostingRegressor(min_samples_leaf=1, random_state=0),
    RandomForestRegressor(random_state=0),
    StandardScaler(),
):
    model.fit(days, y)
    ask = getattr(model, "predict", None) or model.transform
    shown = [np.ravel(ask(frame))[[0, 50, 99]].round(0).tolist() for frame in (days, nanoseconds, polars_days)]
    print(f"{type(model).__name__:29} us {shown[0]} ns {shown[1]} Polars days {shown[2]}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
