#!/usr/bin/env bash
# A Delta table takes a column of unsigned bytes until the first value above 127.
#
# Ages, months and small codes are kept as uint8 to save memory. One would bet that a writer that lacks the type makes
# the next larger one of it, or refuses the column. deltalake 1.6.6 declares the signed type of the same size and
# takes the values that fit: 100 is stored and comes back as int8, and the first 200 is refused, by an error about a
# cast from Int8 to UInt8. uint16 and uint32 behave alike.
# So a job runs for months and fails with the first large value, in a table whose type is settled by then. Cast
# unsigned columns to the next larger signed type before the first write.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check deltalake==1.6.6 pyarrow==26.0.1

cat > expected <<'SEEN'
uint8 100 comes back as int8 100
uint8 200 is refused: Failed to cast x from Int8 to UInt8: Can't cast value 200 to type Int8
uint16 30000 comes back as int16 30000
uint16 60000 is refused: Failed to cast x from Int16 to UInt16: Can't cast value 60000 to type Int16
uint32 1073741824 comes back as int32 1073741824
uint32 2147483648 is refused: Failed to cast x from Int32 to UInt32: Can't cast value 2147483648 to type Int32
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

columns = (("8", pa.uint8(), 100, 200), ("16", pa.uint16(), 30_000, 60_000), ("32", pa.uint32(), 2**30, 2**31))
for size, kind, fits, too_large in columns:
    folder = f"table{size}"
    write_deltalake(folder, pa.table({"x": pa.array([fits], kind)}))
    column = DeltaTable(folder).to_pyarrow_table()["x"]
    print(f"uint{size} {fits} comes back as {column.type} {column[0]}")
    try:
        write_deltalake(folder, pa.table({"x": pa.array([too_large], kind)}), mode="append")
        print(f"uint{size} {too_large} is stored")
    except Exception as error:
        print(f"uint{size} {too_large} is refused: {str(error).partition(chr(10))[0].rpartition('error: ')[2]}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
