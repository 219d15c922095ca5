#!/usr/bin/env bash
# The filter "x > 5" keeps the rows without a number in two libraries and drops them in two others.
#
# NaN is not above 5 by IEEE 754, in NumPy and in pandas, so one would bet that the same filter on the same Parquet
# file gives the same rows. DuckDB 2.0.1 and Polars 2.1.0 order NaN above all numbers and keep it; pandas 3.1.1 and
# the filters of pyarrow 26.0.1 drop it. A null is dropped by all four. With "x < 5" all agree. NaN and null are both
# "missing" to an estimator, and which of the two a file holds depends on the one who wrote it (pandas writes null,
# pyarrow NaN), so training sets cut out by a filter differ by library and by writer.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6

cat > expected <<'SEEN'
x > 5
  pandas  ['seven']
  pyarrow ['seven']
  Polars  ['seven', 'NaN']
  DuckDB  ['seven', 'NaN']
x < 5
  pandas  ['one']
  pyarrow ['one']
  Polars  ['one']
  DuckDB  ['one']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import duckdb
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

pq.write_table(pa.table({"row": ["one", "seven", "NaN", "null"], "x": [1.0, 7.0, float("nan"), None]}), "t.parquet")
for sign in (">", "<"):
    print(f"x {sign} 5")
    print("  pandas ", pandas.read_parquet("t.parquet").query(f"x {sign} 5")["row"].tolist())
    print("  pyarrow", pq.read_table("t.parquet", filters=[("x", sign, 5)])["row"].to_pylist())
    kept = polars.scan_parquet("t.parquet").filter(polars.sql_expr(f"x {sign} 5")).collect()
    print("  Polars ", kept["row"].to_list())
    print("  DuckDB ", [row[0] for row in duckdb.sql(f"select row from 't.parquet' where x {sign} 5").fetchall()])
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
