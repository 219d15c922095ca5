#!/usr/bin/env bash
# A table that goes through .xlsx comes back with other numbers, and boosted trees answer them otherwise.
#
# One would bet that a float64 survives a workbook, as it survives CSV and Parquet: the format keeps numbers as text of any length. openpyxl
# 3.1.5 and XlsxWriter 3.3.1, by which pandas and Polars write workbooks, write 16 digits; a float64 needs up to 17. Of scikit-learn's diabetes data,
# whose columns are scaled, 36 % of the cells come back as a neighbouring float, by whichever reader; of the breast cancer data, measured
# to a few digits, none. Histogram gradient boosting fitted on the table predicts one row in fifteen otherwise when it is asked with the workbook.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 polars==2.1.0 openpyxl==3.1.5 XlsxWriter==3.3.1 \
    python-calamine==0.9.1 scikit-learn==1.9.1 numpy==2.4.6 pyarrow==26.0.1

cat > expected <<'SEEN'
diabetes
  pandas, openpyxl, read by openpyxl: 36% of the cells, 6.6% of the predictions differ
  pandas, openpyxl, read by calamine: 36% of the cells, 6.6% of the predictions differ
  pandas, xlsxwriter, read by openpyxl: 36% of the cells, 6.6% of the predictions differ
  pandas, xlsxwriter, read by calamine: 36% of the cells, 6.6% of the predictions differ
  Polars, xlsxwriter, read by openpyxl: 36% of the cells, 6.6% of the predictions differ
  Polars, xlsxwriter, read by calamine: 36% of the cells, 6.6% of the predictions differ
breast cancer
  pandas, openpyxl, read by openpyxl: 0% of the cells, 0.0% of the predictions differ
  pandas, openpyxl, read by calamine: 0% of the cells, 0.0% of the predictions differ
  pandas, xlsxwriter, read by openpyxl: 0% of the cells, 0.0% of the predictions differ
  pandas, xlsxwriter, read by calamine: 0% of the cells, 0.0% of the predictions differ
  Polars, xlsxwriter, read by openpyxl: 0% of the cells, 0.0% of the predictions differ
  Polars, xlsxwriter, read by calamine: 0% of the cells, 0.0% of the predictions differ
SEEN

venv/bin/python - > seen <<'PYTHON'
import io

import pandas as pd
import polars as pl
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor


def by_pandas(table, writer):
    workbook = io.BytesIO()
    table.to_excel(workbook, index=False, engine=writer)
    return workbook


def by_polars(table):
    workbook = io.BytesIO()
    pl.from_pandas(table).write_excel(workbook)
    return workbook


for name, load in {"diabetes": load_diabetes, "breast cancer": load_breast_cancer}.items():
    data = load(as_frame=True)
    estimator = HistGradientBoostingRegressor(random_state=0).fit(data.data, data.target)
    print(name)
    workbooks = {
        "pandas, openpyxl": by_pandas(data.data, "openpyxl"),
        "pandas, xlsxwriter": by_pandas(data.data, "xlsxwriter"),
        "Polars, xlsxwriter": by_polars(data.data),
    }
    for writer, workbook in workbooks.items():
        for reader in ("openpyxl", "calamine"):
            table = pd.read_excel(workbook, engine=reader)
            cells = (table.to_numpy() != data.data.to_numpy()).mean()
            answers = (estimator.predict(table) != estimator.predict(data.data)).mean()
            print(f"  {writer}, read by {reader}: {cells:.0%} of the cells, {answers:.1%} of the predictions differ")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
