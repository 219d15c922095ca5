#!/usr/bin/env bash
# pyarrow's JSON reader makes times of texts, moves them to UTC, and forgets that it did; its CSV reader does not.
#
# JSON has no times, so one would bet that texts stay texts, as pandas and Polars leave them, or become what the same
# library makes of them in a CSV file. pyarrow 26.0.1 does neither: 10:00 with an offset of +02:00 becomes 08:00 without
# a zone, so it equals 08:00 of a wall clock somewhere; and in one column a time with a zone and one without, which
# can't be compared, stand beside each other as if they could. read_csv gives UTC for the first column and leaves the
# second text.
# So the hour of the day, which many models learn from, hangs on whether the rows came as CSV or as JSON Lines.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1

cat > expected <<'SEEN'
JSON, with a zone       timestamp[s]           ['2026-01-31 08:00:00', '2026-01-31 09:00:00']
CSV, with a zone        timestamp[s, tz=UTC]   ['2026-01-31 08:00:00+00:00', '2026-01-31 09:00:00+00:00']
JSON, some with a zone  timestamp[s]           ['2026-01-31 08:00:00', '2026-01-31 10:00:00']
CSV, some with a zone   string                 ['2026-01-31T10:00:00+02:00', '2026-01-31T10:00:00']
SEEN

venv/bin/python - > seen <<'PYTHON'
import io
import json

import pyarrow.csv
import pyarrow.json

COLUMNS = {
    "with a zone": ["2026-01-31T10:00:00+02:00", "2026-01-31T11:00:00+02:00"],
    "some with a zone": ["2026-01-31T10:00:00+02:00", "2026-01-31T10:00:00"],
}
for name, cells in COLUMNS.items():
    lines = "\n".join(json.dumps({"t": cell}) for cell in cells)
    as_json = pyarrow.json.read_json(io.BytesIO(lines.encode()))
    as_csv = pyarrow.csv.read_csv(io.BytesIO("\n".join(["t", *cells]).encode()))
    for kind, table in (("JSON", as_json), ("CSV", as_csv)):
        shown = [str(cell.as_py()) for cell in table.column("t")]
        print(f"{kind + ', ' + name:24}{str(table.schema[0].type):23}{shown}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what this version does now." >&2; exit 1; }
