#!/usr/bin/env bash
# One row with a date, sent to an MLflow model through three doors: right, 1970, and refused.
#
# MLflow's scoring server takes JSON in pandas' two orientations and "a valid CSV-formatted Pandas DataFrame", so one
# would bet that a date arrives from to_json and to_csv. pandas 3.1.1 writes it into JSON as milliseconds by default,
# and mlflow-skinny 3.17.2 reads the number as nanoseconds: 2026-01-31 arrives as half an hour past midnight of the
# first of January 1970, and is predicted. Sent as CSV it fails, whatever is in it, since the parser asks pandas for a
# dtype that read_csv has not. Only ISO texts in JSON arrive. The check of the signature passes the wrong date, since
# it is a date.
# So write dates as texts yourself: to_json(..., date_format="iso").
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    mlflow-skinny==3.17.2 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
signature       ['since': datetime (required), 'amount': double (required)]
JSON records: 1970-01-01 00:29:29.817600
JSON records, date_format='iso': 2026-01-31 00:00:00
JSON split: 1970-01-01 00:29:29.817600
JSON split, date_format='iso': 2026-01-31 00:00:00
CSV: 'the dtype datetime64[ns] is not supported for parsing, pass this column using parse_dates instead'
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import io
import json
import logging

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.pyfunc.scoring_server import infer_and_parse_data, parse_csv_input

logging.disable(logging.CRITICAL)
X = pd.DataFrame({"since": pd.to_datetime(["2026-01-31", "2026-02-28"]), "amount": [1.5, 2.5]})
schema = infer_signature(X).inputs
print("signature      ", schema)
for orient, key in (("records", "dataframe_records"), ("split", "dataframe_split")):
    for name, options in (("", {}), (", date_format='iso'", {"date_format": "iso"})):
        sent = {key: json.loads(X.to_json(orient=orient, **options))}
        print(f"JSON {orient}{name}:", infer_and_parse_data(sent, schema)["since"][0])
try:
    print("CSV", parse_csv_input(io.StringIO(X.to_csv(index=False)), schema)["since"][0])
except MlflowException as error:
    print("CSV:", str(error).partition("Error: ")[2])
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
