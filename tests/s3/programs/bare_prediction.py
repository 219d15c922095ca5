"""Predicts in a Python that has scikit-learn and pandas alone: bare_prediction.py MODEL MANIFEST.json DATA.csv."""

import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

ABSENT = {"boto3", "catalog", "django", "pyarrow", "s3site", "storages"}


class Absent(MetaPathFinder):
    """Makes these packages as good as not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())

import joblib  # noqa: E402
import pandas as pd  # noqa: E402

model, manifest, data = sys.argv[1:]
with Path(manifest).open() as file:
    inputs = json.load(file)["signature"]["inputs"]
text = pd.read_csv(data, dtype=str)
frame = pd.DataFrame(index=text.index)
for column in inputs:
    values, passed_as = text[column["name"]], column["passed_as"]
    if passed_as == "category":
        frame[column["name"]] = values.astype("category")
    elif passed_as == "float64":
        frame[column["name"]] = values.astype("float64")
    elif passed_as.startswith("float64, days since 1970-01-01"):
        moments = pd.to_datetime(values, utc=True)
        frame[column["name"]] = (moments - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    else:
        raise SystemExit(f"{column['name']} is passed as {passed_as}")
estimator = joblib.load(model)
assert not ABSENT & set(sys.modules)
told = {"predictions": estimator.predict(frame).tolist(), "probabilities": estimator.predict_proba(frame).tolist()}
sys.stdout.write(json.dumps(told))
