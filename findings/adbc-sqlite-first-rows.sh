#!/usr/bin/env bash
# ADBC for SQLite takes a column's type from the first 1,024 rows, whatever the table was declared with.
#
# One would bet that a column declared REAL comes as float64. adbc-driver-sqlite 1.13.0 looks at values only: where
# the first 1,024 are missing it is int64, and the first number after them ends the reading. A NUMERIC column of whole
# numbers with one 1.5 in row 1,025 fails in the same way, and an empty result is int64 in every column, text or not.
# The order of the rows decides: sorted the other way, the same query is read as float64.
# So a query that has worked for a year fails, or changes its schema, by the rows of the day. A cast in SQL does not
# help; adbc.sqlite.query.batch_rows above the number of rows does.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check adbc-driver-sqlite==1.13.0 pyarrow==26.0.1

cat > expected <<'SEEN'
from gaps                  [SQLite] Type mismatch in column 0: expected INT64 but got DOUBLE
from gaps order by id desc double
from whole                 [SQLite] Type mismatch in column 0: expected INT64 but got DOUBLE
from empty                 int64
cast(x as real) from gaps  [SQLite] Type mismatch in column 0: expected INT64 but got DOUBLE
from gaps, larger batches  double
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import sqlite3

import adbc_driver_sqlite.dbapi

with sqlite3.connect("t.db") as file:
    file.execute("create table gaps (id integer primary key, x real)")
    file.execute("create table whole (id integer primary key, x numeric)")
    file.execute("create table empty (id integer primary key, x text)")
    for count in range(1, 1026):
        file.execute("insert into gaps (x) values (?)", (None if count < 1025 else 0.5,))
        file.execute("insert into whole (x) values (?)", (1 if count < 1025 else 1.5,))

with adbc_driver_sqlite.dbapi.connect("t.db") as connection:

    def ask(query, **options):
        with connection.cursor(adbc_stmt_kwargs=options) as cursor:
            try:
                cursor.execute(query)
                return cursor.fetch_arrow_table()["x"].type
            except OSError as error:
                return error

    for query in ("from gaps", "from gaps order by id desc", "from whole", "from empty"):
        print(f"{query:26}", ask(f"select x {query}"))
    print("cast(x as real) from gaps ", ask("select cast(x as real) as x from gaps"))
    print("from gaps, larger batches ", ask("select x from gaps", **{"adbc.sqlite.query.batch_rows": "2000"}))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
