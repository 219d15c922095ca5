#!/usr/bin/env bash
# A timestamp of the year 9999, written as INT96, is read as 1816 without a word.
#
# INT96 is what Spark, Hive and Impala wrote for timestamps, and 9999-12-31 is what databases write for "still valid".
# One would bet that a reader returns the date or says that it can't. pyarrow 26.0.1 (so pandas 3.1.1 too) reads INT96
# as nanoseconds, which end in 2262, and wraps: 9999-12-31 becomes 1816-03-29. With coerce_int96_timestamp_unit="us"
# the date is right; Polars 2.1.0 and DuckDB 2.0.1 read it rightly as it is.
# So "days until the contract ends" turns from a large positive number into a large negative one.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 numpy==2.4.6

cat > expected <<'SEEN'
pyarrow         ['1816-03-29 05:56:08.066277376', '2026-01-31 00:00:00.000000000']
pandas          ['1816-03-29 05:56:08.066277376', '2026-01-31 00:00:00.000000000']
pyarrow, asked  ['9999-12-31 00:00:00.000000', '2026-01-31 00:00:00.000000']
Polars          ['9999-12-31 00:00:00', '2026-01-31 00:00:00']
DuckDB          ['9999-12-31 00:00:00', '2026-01-31 00:00:00']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
from datetime import datetime

import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

table = pa.table({"until": pa.array([datetime(9999, 12, 31), datetime(2026, 1, 31)], pa.timestamp("us"))})
pq.write_table(table, "contracts.parquet", use_deprecated_int96_timestamps=True)

print("pyarrow        ", pq.read_table("contracts.parquet")["until"].cast(pa.string()).to_pylist())
print("pandas         ", pandas.read_parquet("contracts.parquet")["until"].astype(str).tolist())
unit = pq.read_table("contracts.parquet", coerce_int96_timestamp_unit="us")
print("pyarrow, asked ", unit["until"].cast(pa.string()).to_pylist())
print("Polars         ", [str(value) for value in polars.read_parquet("contracts.parquet")["until"]])
print("DuckDB         ", [str(row[0]) for row in duckdb.sql("from 'contracts.parquet'").fetchall()])
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
