#!/usr/bin/env bash
# The quotes that Spark, Hive and MySQL write into CSV files, behind backslashes, are read in five ways by five readers.
#
# A text with quotes in it, say "no" now, is written "say ""no"" now" by RFC 4180 and "say \"no\" now" by Spark's defaults.
# One would bet that a reader takes the one, or refuses the other. Python's csv and pandas 3.1.1 keep the backslashes and end
# with a quote too many, as pyarrow 26.0.1 does; Polars 2.1.0 drops the quotes and keeps the backslashes; DuckDB 2.0.1 alone
# finds out what is meant. With a comma behind such a quote Python's csv has a cell more, pyarrow refuses, and pandas takes
# the first column for the index, where the first rows have a cell more: each value then stands below its neighbour's name.
# So a category of text differs by the reader, and a column of numbers may be another. Write with option("escape", '"').
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 numpy==2.4.6

cat > expected <<'SEEN'
"say \"no\" now"
  csv     ['1', 'say \\no\\" now"']
  pandas  {'id': 1, 'text': 'say \\no\\" now"'}
  pyarrow {'id': 1, 'text': 'say \\no\\" now"'}
  Polars  {'id': 1, 'text': 'say \\no\\ now'}
  DuckDB  {'id': 1, 'text': 'say "no" now'}
"say \"no\", now"
  csv     ['1', 'say \\no\\"', ' now"']
  pandas  {'id': 'say \\no\\"', 'text': ' now"'}
  pyarrow refuses
  Polars  {'id': 1, 'text': 'say \\no\\, now'}
  DuckDB  {'id': 1, 'text': 'say "no", now'}
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import csv

import duckdb
import pandas
import polars
import pyarrow.csv

READERS = {
    "csv": lambda path: list(csv.reader(open(path)))[1],
    "pandas": lambda path: pandas.read_csv(path).to_dict("records")[0],
    "pyarrow": lambda path: pyarrow.csv.read_csv(path).to_pylist()[0],
    "Polars": lambda path: polars.read_csv(path).to_dicts()[0],
    "DuckDB": lambda path: duckdb.sql(f"select * from '{path}'").arrow().read_all().to_pylist()[0],
}
for cell in ('"say \\"no\\" now"', '"say \\"no\\", now"'):
    print(cell)
    with open("t.csv", "w") as file:
        file.write(f"id,text\n1,{cell}\n2,{cell}\n")
    for name, read in READERS.items():
        try:
            print(f"  {name:7} {read('t.csv')}")
        except (pyarrow.ArrowInvalid, polars.exceptions.ComputeError):
            print(f"  {name:7} refuses")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
