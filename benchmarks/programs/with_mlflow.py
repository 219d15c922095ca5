"""MLflow's way, in a Python that has it: save and register the pipeline, then load it by its alias and predict.

python -m benchmarks.programs.with_mlflow save TABLE FOLDER
python -m benchmarks.programs.with_mlflow predict TABLE OUTPUT
"""

import os
import sys
from pathlib import Path

import mlflow
import pandas as pd

from benchmarks import pipelines
from benchmarks.flights import TARGET

NAME = "flights"


def save(data: str, folder: str) -> None:
    table = pd.read_csv(data).dropna(subset=[TARGET])
    features = table[list(pipelines.FEATURES)]
    pipeline = pipelines.one_hot().fit(features, table[TARGET])
    options = {"input_example": features.head(5), "serialization_format": "cloudpickle"}
    mlflow.sklearn.save_model(pipeline, folder, **options)
    mlflow.set_experiment(experiment_id=mlflow.create_experiment(NAME, artifact_location=f"file://{folder}-artifacts"))
    with mlflow.start_run():
        mlflow.sklearn.log_model(pipeline, name="model", registered_model_name=NAME, **options)
    mlflow.MlflowClient().set_registered_model_alias(NAME, "production", "1")


def predict(data: str, output: str) -> None:
    model = mlflow.sklearn.load_model(f"models:/{NAME}@production")
    table = pd.read_csv(data)
    predicted = model.predict(table[list(pipelines.FEATURES)])
    pd.DataFrame({"prediction": predicted}).to_csv(Path(output), index=False)


if __name__ == "__main__":
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    {"save": save, "predict": predict}[sys.argv[1]](*sys.argv[2:])
