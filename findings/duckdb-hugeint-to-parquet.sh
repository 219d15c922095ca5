#!/usr/bin/env bash
# DuckDB's sum() of integers is exact until it is written to Parquet.
#
# sum() of any integer column is a HUGEINT of 128 bits in DuckDB 2.0.1. One would bet that Parquet gets the
# decimal(38,0) that Arrow gets from the same query, or that the export is refused. COPY, and write_parquet of the
# Python package, store a DOUBLE: beyond 2^53 the last digits are gone, without a word; so are those of pandas frames
# made by df(). Sums of ids, of cents over many years, of hashes are such numbers. In the file they are no longer
# integers either: a count that was a whole number in training comes as 3.0 and, joined as text, as "3.0".
# So cast sums to BIGINT or DECIMAL(38,0) in the query that exports them.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
DuckDB       HUGEINT 9007199254740993
Arrow        decimal128(38, 0) 9007199254740993
pandas       float64 9007199254740992
Parquet      double 9007199254740992
Parquet cast int64 9007199254740993
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import duckdb
import pyarrow.parquet as pq

query = "select sum(x) as total from (values (9007199254740992), (1)) as t (x)"
print("DuckDB      ", duckdb.sql(query).types[0], duckdb.sql(query).fetchall()[0][0])
arrow = duckdb.sql(query).to_arrow_table()["total"]
print("Arrow       ", arrow.type, arrow[0])
print("pandas      ", duckdb.sql(query).df()["total"].dtype, int(duckdb.sql(query).df()["total"][0]))
for name, sql in (("Parquet", query), ("Parquet cast", query.replace("sum(x)", "sum(x)::bigint"))):
    duckdb.sql(sql).write_parquet("total.parquet")
    column = pq.read_table("total.parquet")["total"]
    print(f"{name:12}", column.type, int(column[0].as_py()))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
