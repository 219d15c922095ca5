#!/usr/bin/env bash
# fastparquet and pandas with pyarrow read each other's dates, times and durations as something else.
#
# One would bet that the two Parquet libraries of the Python world agree on a date. A column of datetime.date that
# pandas 3.1.1 wrote by pyarrow 26.0.1 comes from fastparquet 2026.9.0 as Python integers, nanoseconds since 1970;
# times come as microseconds and durations as integers without a unit. The other way, a duration that fastparquet
# wrote has the type TIME in the file and is a time of day for pyarrow (how long turns into when). None of it fails:
# an estimator takes each of them as a number, and they differ by factors of a thousand and more. Look at the types in
# the file, not at those of the frame, where files have several writers.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    fastparquet==2026.9.0 pyarrow==26.0.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
date      read by pyarrow datetime.date(2026, 1, 31), by fastparquet 1769817600000000000
time      read by pyarrow datetime.time(10, 30), by fastparquet np.int64(37800000000)
duration  read by pyarrow Timedelta('0 days 05:00:00'), by fastparquet np.int64(18000000000)
duration written by fastparquet, read by pyarrow datetime.time(5, 0)
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import datetime

import fastparquet
import pandas as pd
import pyarrow.parquet as pq

day = datetime.date(2026, 1, 31)
columns = {
    "date": pd.Series([day, day]),
    "time": pd.Series([datetime.time(10, 30)] * 2),
    "duration": pd.to_timedelta(pd.Series(["5h", "6h"])),
}
for name, values in columns.items():
    frame = pd.DataFrame({"x": values})
    frame.to_parquet("t.parquet", engine="pyarrow")
    pyarrow_reads = pd.read_parquet("t.parquet", engine="pyarrow")["x"]
    fastparquet_reads = fastparquet.ParquetFile("t.parquet").to_pandas()["x"]
    print(f"{name:9} read by pyarrow {pyarrow_reads.iloc[0]!r}, by fastparquet {fastparquet_reads.iloc[0]!r}")

fastparquet.write("written.parquet", pd.DataFrame({"x": columns["duration"]}))
print("duration written by fastparquet, read by pyarrow", repr(pq.read_table("written.parquet")["x"][0].as_py()))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
