#!/usr/bin/env bash
# A partition folder "store=01" is text, a number or nothing at all, by the reader.
#
# Folders named store=01, store=02 are how Hive and Spark cut tables. One would bet that the value comes back as it is
# written, the same from each reader. pyarrow 26.0.1 makes an int32 1 (a category of numbers in pandas 3.1.1), Polars
# 2.1.0 an int64 1, DuckDB 2.0.1 the text "01". And given one file of those (what a job in parts is given), pyarrow,
# pandas and Polars have no such column, DuckDB has.
# So codes with leading zeros match in one library only, and a model that was trained on the whole table lacks a
# column when it is asked file by file. Store such a column in the files as well.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 numpy==2.4.6

cat > expected <<'SEEN'
pyarrow dictionary<values=int32, indices=int32, ordered=0> [1, 2]
pandas  int32 [1, 2]
Polars  Int64 [1, 2]
DuckDB  VARCHAR ['01', '02']
columns of one file
  pyarrow ['x'] pandas ['x']
  Polars  ['x'] DuckDB ['x', 'store']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import os

import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

for store in ("01", "02"):
    os.makedirs(f"sales/store={store}")
    pq.write_table(pa.table({"x": [1.0]}), f"sales/store={store}/part.parquet")

column = pq.read_table("sales")["store"]
print("pyarrow", column.type, column.to_pylist())
column = pandas.read_parquet("sales")["store"]
print("pandas ", column.cat.categories.dtype, column.tolist())
column = polars.read_parquet("sales")["store"]
print("Polars ", column.dtype, column.to_list())
column = duckdb.sql("select store from 'sales/*/*.parquet' order by store")
print("DuckDB ", column.types[0], [row[0] for row in column.fetchall()])

one = "sales/store=01/part.parquet"
print("columns of one file")
print("  pyarrow", pq.read_table(one).column_names, "pandas", list(pandas.read_parquet(one)))
print("  Polars ", polars.read_parquet(one).columns, "DuckDB", duckdb.sql(f"from '{one}'").columns)
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
