#!/usr/bin/env bash
# pandas' categories survive a Parquet file if they are texts; numbers, booleans and dates come back plain.
#
# pandas writes into the file that each column was a category, so one would bet on getting them back. With pandas
# 3.1.1 and pyarrow 26.0.1 a category of texts returns with all its categories in their order, used or not; one of
# postal codes kept as numbers returns as int64, one of dates as datetime64, one of booleans as bool. fastparquet
# 2026.9.0 reads all but the booleans of the same file as categories.
# So HistGradientBoosting, LightGBM and XGBoost, which decide by the dtype, split such a column by "less than" after
# one round trip and by membership before it. Make the categories texts, or name the columns to the estimator.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pandas==3.1.1 pyarrow==26.0.1 fastparquet==2026.9.0 numpy==2.4.6

cat > expected <<'SEEN'
texts     written category, read category, by fastparquet category
numbers   written category, read int64, by fastparquet category
booleans  written category, read bool, by fastparquet bool
dates     written category, read datetime64[us], by fastparquet category
categories of texts: ['c', 'b', 'a']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import fastparquet
import pandas as pd

frame = pd.DataFrame(
    {
        "texts": pd.Categorical(["b", "a"], categories=["c", "b", "a"]),
        "numbers": pd.Categorical([80331, 10115]),
        "booleans": pd.Categorical([True, False]),
        "dates": pd.Categorical(pd.to_datetime(["2026-01-01", "2026-02-01"])),
    }
)
frame.to_parquet("t.parquet")
back, by_fastparquet = pd.read_parquet("t.parquet"), fastparquet.ParquetFile("t.parquet").to_pandas()
for name in frame:
    kinds = [each[name].dtype.name for each in (frame, back, by_fastparquet)]
    print("{:9} written {}, read {}, by fastparquet {}".format(name, *kinds))
print("categories of texts:", back["texts"].cat.categories.tolist())
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
