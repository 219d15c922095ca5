#!/usr/bin/env bash
# One 128-bit column that Polars wrote shuts the whole Parquet file to pyarrow and pandas.
#
# One would bet that a reader that lacks a type says so for that column and reads the others. Polars 2.1.0 writes
# Int128 (for ids and hashes beyond 64 bits) as 16 bytes with a note in the Arrow schema of the file. pyarrow 26.0.1
# stops at that note: neither read_table with columns=[another], nor the number of rows, nor the schema can be had.
# DuckDB 2.0.1 ignores the note and gives 16 bytes in place of each number; Polars reads its own file rightly.
# So a data set that is fine on the machine that made it can't even be looked at on one with pandas: cast to Int64 or
# Decimal before writing.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    polars==2.1.0 pyarrow==26.0.1 pandas==3.1.1 duckdb==2.0.1 numpy==2.4.6

cat > expected <<'SEEN'
Polars, both columns           [(1, 1.5), (2, 2.5)]
pyarrow, both columns          Integers with more than 64 bits not implemented
pyarrow, the column of floats  Integers with more than 64 bits not implemented
pyarrow, the number of rows    Integers with more than 64 bits not implemented
pandas, the column of floats   Integers with more than 64 bits not implemented
DuckDB, both columns           (b'\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00', 1.5)
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import duckdb
import pandas
import polars
import pyarrow.parquet as pq

polars.DataFrame({"id": polars.Series([1, 2], dtype=polars.Int128), "price": [1.5, 2.5]}).write_parquet("t.parquet")


def show(name, action):
    try:
        print(f"{name:30}", action())
    except Exception as error:
        print(f"{name:30}", error)


show("Polars, both columns", lambda: polars.read_parquet("t.parquet").rows())
show("pyarrow, both columns", lambda: pq.read_table("t.parquet"))
show("pyarrow, the column of floats", lambda: pq.read_table("t.parquet", columns=["price"]))
show("pyarrow, the number of rows", lambda: pq.read_metadata("t.parquet").num_rows)
show("pandas, the column of floats", lambda: pandas.read_parquet("t.parquet", columns=["price"]))
show("DuckDB, both columns", lambda: duckdb.sql("from 't.parquet'").fetchall()[0])
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
