"""What people write by hand: boto3, pandas and joblib.

python -m benchmarks.programs.by_hand train s3://bucket/data.csv s3://bucket/model.joblib
python -m benchmarks.programs.by_hand predict s3://bucket/model.joblib s3://bucket/new.csv s3://bucket/out.csv
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
import joblib
import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks import pipelines
from benchmarks.flights import TARGET

S3: Any = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def download(address: str, folder: str) -> Path:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    path = Path(folder) / Path(key).name
    S3.download_file(bucket, key, str(path))
    return path


def upload(path: Path, address: str) -> None:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    S3.upload_file(str(path), bucket, key)


def read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def train(data: str, model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = read(download(data, folder)).dropna(subset=[TARGET])
        features, target = table[list(pipelines.FEATURES)], table[TARGET]
        x_train, x_test, y_train, y_test = train_test_split(features, target, test_size=0.2, random_state=0)
        started = time.perf_counter()
        pipeline = pipelines.one_hot().fit(x_train, y_train)
        score = pipeline.score(x_test, y_test)
        seconds = time.perf_counter() - started
        path = Path(folder) / "model.joblib"
        joblib.dump(pipeline, path)
        upload(path, model)
    print(json.dumps({"r2": score, "fit_and_score": seconds}))


def predict(model: str, data: str, output: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pipeline = joblib.load(download(model, folder))
        table = read(download(data, folder))
        predicted = pd.DataFrame({"prediction": pipeline.predict(table[list(pipelines.FEATURES)])})
        path = Path(folder) / f"out{Path(output).suffix}"
        if path.suffix == ".parquet":
            predicted.to_parquet(path)
        else:
            predicted.to_csv(path, index=False)
        upload(path, output)
    print(json.dumps({"rows": len(predicted)}))


if __name__ == "__main__":
    {"train": train, "predict": predict}[sys.argv[1]](*sys.argv[2:])
