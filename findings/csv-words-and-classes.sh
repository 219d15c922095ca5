#!/usr/bin/env bash
# The same CSV file has one to five classes by the reader: "None", "NA" and "<NA>" are words to some of them.
#
# A column "defect" with the values None, Low and NA (not assessed) is a fair target. One would bet that pandas' list
# of missing words and pyarrow's, which share most entries, agree. pandas 3.1.1 takes None, NA and <NA> as missing,
# with engine="pyarrow" too; pyarrow 26.0.1 takes no text as missing, and with strings_can_be_null NA but neither None
# nor <NA>; Polars 2.1.0 and DuckDB 2.0.1 only the empty cell. A classifier that learned "None" from one reader can't
# be checked with another: pandas turns the commonest class, "no defect", into rows that are dropped. Give every
# reader the same list.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.1 numpy==2.4.6

cat > expected <<'SEEN'
pandas                       1 classes: ['Low']
pandas with engine=pyarrow   1 classes: ['Low']
pyarrow                      5 classes: ['Low', 'None', 'NA', '<NA>', '']
pyarrow, strings_can_be_null 3 classes: ['Low', 'None', '<NA>']
Polars                       4 classes: ['Low', 'None', 'NA', '<NA>']
DuckDB                       4 classes: ['Low', 'None', 'NA', '<NA>']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import duckdb
import pandas
import polars
import pyarrow.csv

words = ["Low", "None", "NA", "<NA>", ""]
with open("t.csv", "w") as file:
    file.write("row,defect\n" + "".join(f"{row},{word}\n" for row, word in enumerate(words)))
nullable = pyarrow.csv.ConvertOptions(strings_can_be_null=True)
by_pyarrow = pyarrow.csv.read_csv("t.csv", convert_options=nullable)["defect"].drop_null()
by_duckdb = duckdb.sql("select defect from 't.csv' where defect is not null order by row").fetchall()
readers = {
    "pandas": pandas.read_csv("t.csv")["defect"].dropna().tolist(),
    "pandas with engine=pyarrow": pandas.read_csv("t.csv", engine="pyarrow")["defect"].dropna().tolist(),
    "pyarrow": pyarrow.csv.read_csv("t.csv")["defect"].drop_null().to_pylist(),
    "pyarrow, strings_can_be_null": by_pyarrow.to_pylist(),
    "Polars": polars.read_csv("t.csv")["defect"].drop_nulls().to_list(),
    "DuckDB": [row[0] for row in by_duckdb],
}
for name, classes in readers.items():
    print(f"{name:28} {len(classes)} classes: {classes}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
