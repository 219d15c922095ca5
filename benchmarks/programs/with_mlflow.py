"""MLflow's way, in a Python that has it: register the pipeline, then load it by its alias and predict.

python -m benchmarks.programs.with_mlflow register TABLE
python -m benchmarks.programs.with_mlflow predict TABLE OUTPUT

The tracking server is the one that MLFLOW_TRACKING_URI names.
"""

import sys
from pathlib import Path

import mlflow
import pandas as pd

from benchmarks import pipelines
from benchmarks.flights import TARGET

NAME = "flights"


def register(data: str) -> None:
    table = pd.read_csv(data).dropna(subset=[TARGET])
    features = table[list(pipelines.FEATURES)]
    pipeline = pipelines.one_hot().fit(features, table[TARGET])
    mlflow.set_experiment(NAME)
    with mlflow.start_run():
        mlflow.sklearn.log_model(
            pipeline,
            name="model",
            registered_model_name=NAME,
            input_example=features.head(5),
            serialization_format="cloudpickle",
        )
    mlflow.MlflowClient().set_registered_model_alias(NAME, "production", "1")


def predict(data: str, output: str) -> None:
    model = mlflow.sklearn.load_model(f"models:/{NAME}@production")
    table = pd.read_csv(data)
    predicted = model.predict(table[list(pipelines.FEATURES)])
    pd.DataFrame({"prediction": predicted}).to_csv(Path(output), index=False)


if __name__ == "__main__":
    {"register": register, "predict": predict}[sys.argv[1]](*sys.argv[2:])
