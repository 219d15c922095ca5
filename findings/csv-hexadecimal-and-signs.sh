#!/usr/bin/env bash
# "0x10" in a CSV file is the number 16 to pyarrow and DuckDB, and one "+5" turns pyarrow's integers into floats.
#
# One would bet that a column of codes like 0x10, 0x2F is text, as it is to pandas 3.1.1 and Polars 2.1.0, and that +5
# is 5. pyarrow 26.0.1 and DuckDB 2.0.1 read hexadecimal, so the codes become numbers and lose their length (0x0010 is
# 16 too). A plus sign is an integer to pandas only: pyarrow makes the whole column double, Polars and DuckDB text.
# So device addresses and colour codes turn into quantities for some readers, and a column that was int64 in training
# has another type once an export writes a sign. State the types of a CSV file's columns.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 numpy==2.4.6

cat > expected <<'SEEN'
0x10 0x2F
  pandas  str ['0x10', '0x2F']
  pyarrow int64 [16, 47]
  Polars  String ['0x10', '0x2F']
  DuckDB  BIGINT [16, 47]
0x0010 0x0010
  pandas  str ['0x0010', '0x0010']
  pyarrow int64 [16, 16]
  Polars  String ['0x0010', '0x0010']
  DuckDB  BIGINT [16, 16]
5 +5
  pandas  int64 [5, 5]
  pyarrow double [5.0, 5.0]
  Polars  String ['5', '+5']
  DuckDB  VARCHAR ['5', '+5']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import duckdb
import pandas
import polars
import pyarrow.csv

for values in (["0x10", "0x2F"], ["0x0010", "0x0010"], ["5", "+5"]):
    with open("t.csv", "w") as file:
        file.write("n,x\n" + "".join(f"1,{value}\n" for value in values))
    print(*values)
    column = pandas.read_csv("t.csv")["x"]
    print("  pandas ", column.dtype, column.tolist())
    column = pyarrow.csv.read_csv("t.csv")["x"]
    print("  pyarrow", column.type, column.to_pylist())
    column = polars.read_csv("t.csv")["x"]
    print("  Polars ", column.dtype, column.to_list())
    column = duckdb.sql("select x from 't.csv'")
    print("  DuckDB ", column.types[0], [row[0] for row in column.fetchall()])
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
