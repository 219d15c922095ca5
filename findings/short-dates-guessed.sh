#!/usr/bin/env bash
# The dates of one column, read by libraries that guess the format: the rows beside them decide, or nothing does.
#
# One would bet that 31/01/26, or 05/02/2026 in a file with 31/01/2026, is read day first, or left as text. DuckDB
# 2.0.1 takes two-digit dates year first (2031-01-26). Polars 2.1.0 (try_parse_dates) gives them the year 26. pandas
# 3.1.1 (to_datetime) finds no one format for them and reads each row by itself: the first row day first, the second
# month first, in one column. With four digits pandas and skrub 0.11.0 (Cleaner) read day first, until a file has no
# day past the twelfth: that one is read month first. DuckDB and Polars stay with the day.
# So a model can be trained on the 5th of February and asked about the 2nd of May. Name the format.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 skrub==0.11.0 scikit-learn==1.9.1 python-dateutil==4.0.0 numpy==2.4.6

cat > expected <<'SEEN'
31/01/26 05/02/26
  DuckDB  2031-01-26 2005-02-26
  Polars  0026-01-31 0026-02-05
  pandas  2026-01-31 2026-05-02
  skrub   31/01/26 05/02/26
31/01/2026 05/02/2026
  DuckDB  2026-01-31 2026-02-05
  Polars  2026-01-31 2026-02-05
  pandas  2026-01-31 2026-02-05
  skrub   2026-01-31 2026-02-05
05/02/2026 06/02/2026
  DuckDB  2026-02-05 2026-02-06
  Polars  2026-02-05 2026-02-06
  pandas  2026-05-02 2026-06-02
  skrub   2026-05-02 2026-06-02
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import duckdb
import pandas
import polars
from skrub import Cleaner


def show(name, values):
    print(f"  {name:7}", *[str(value)[:10] for value in values])


for days in (["31/01/26", "05/02/26"], ["31/01/2026", "05/02/2026"], ["05/02/2026", "06/02/2026"]):
    print(*days)
    with open("days.csv", "w") as file:
        file.write("day,n\n" + "".join(f"{day},1\n" for day in days))
    show("DuckDB", [row[0] for row in duckdb.sql("select day from 'days.csv'").fetchall()])
    show("Polars", polars.read_csv("days.csv", try_parse_dates=True)["day"])
    frame = pandas.read_csv("days.csv")
    show("pandas", pandas.to_datetime(frame["day"]))
    show("skrub", Cleaner().fit_transform(frame)["day"])
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
