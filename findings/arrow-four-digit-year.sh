#!/usr/bin/env bash
# Arrow's %Y takes a year of two digits, and means the first century.
#
# One would bet that "%d/%m/%Y" refuses "31/01/26", as Python's strptime does. pyarrow 26.0.1 reads the year 26, both
# in pyarrow.compute.strptime and in the timestamp_parsers of its CSV reader; "%d/%m/%y" gives 2026. In a list of
# parsers the order therefore decides: with %Y first, the one with %y is never reached.
# So a column of short dates that was meant to be refused, or to be caught by the next format, lies 2,000 years back.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1

cat > expected <<'SEEN'
CSV, %d/%m/%Y          0026-01-31 00:00:00
CSV, %d/%m/%y          2026-01-31 00:00:00
CSV, %Y and then %y    0026-01-31 00:00:00
strptime, %d/%m/%Y     0026-01-31 00:00:00
Python, %d/%m/%Y       time data '31/01/26' does not match format '%d/%m/%Y'
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import io
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

short = "31/01/26"


def read(*formats):
    options = pyarrow.csv.ConvertOptions(timestamp_parsers=list(formats), column_types={"day": pa.timestamp("s")})
    return pyarrow.csv.read_csv(io.BytesIO(f"day\n{short}\n".encode()), convert_options=options)["day"][0]


print("CSV, %d/%m/%Y         ", read("%d/%m/%Y"))
print("CSV, %d/%m/%y         ", read("%d/%m/%y"))
print("CSV, %Y and then %y   ", read("%d/%m/%Y", "%d/%m/%y"))
print("strptime, %d/%m/%Y    ", pc.strptime(short, "%d/%m/%Y", "s"))
try:
    print("Python, %d/%m/%Y      ", datetime.strptime(short, "%d/%m/%Y"))
except ValueError as error:
    print("Python, %d/%m/%Y      ", error)
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
