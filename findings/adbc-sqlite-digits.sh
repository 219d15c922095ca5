#!/usr/bin/env bash
# ADBC for SQLite rounds real numbers to seven digits as soon as one text is in the column.
#
# SQLite has types per value, not per column, so a reader must choose one. With a text among numbers one would bet on
# texts as SQLite itself writes them (cast(x as text)). adbc-driver-sqlite 1.13.0 writes the numbers that came before
# the text with seven digits and an exponent: 1234567.891 becomes "1.234568e+06" and 42 becomes "4.200000e+01".
# Nothing is said. So an import with one "n/a" among the first 1,024 rows loses the cents of amounts from 100,000 on,
# and turning the texts back into numbers does not bring them back. Cast in SQL.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check adbc-driver-sqlite==1.13.0 pyarrow==26.0.1

cat > expected <<'SEEN'
amount from clean -> double [1234567.891, 0.1, 42.0]
amount from mixed -> string ['1.234568e+06', '1.000000e-01', '4.200000e+01', 'n/a']
cast(amount as text) as amount from mixed -> string ['1234567.891', '0.1', '42', 'n/a']
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import sqlite3

import adbc_driver_sqlite.dbapi

with sqlite3.connect("sales.db") as sales:
    sales.execute("create table clean (amount)")
    sales.execute("create table mixed (amount)")
    for table, values in (("clean", (1234567.891, 0.1, 42)), ("mixed", (1234567.891, 0.1, 42, "n/a"))):
        sales.executemany(f"insert into {table} values (?)", [(value,) for value in values])

with adbc_driver_sqlite.dbapi.connect("sales.db") as connection, connection.cursor() as cursor:
    for query in ("amount from clean", "amount from mixed", "cast(amount as text) as amount from mixed"):
        cursor.execute(f"select {query}")
        column = cursor.fetch_arrow_table()["amount"]
        print(query, "->", column.type, column.to_pylist())
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
