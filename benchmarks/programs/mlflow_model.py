"""A model of MLflow's flavour for any Python code, which answers as `serve_by_hand` does.

/tmp/peers/bin/python -m benchmarks.programs.mlflow_model MODEL_FILE CATEGORIES FOLDER     saves it in the folder
"""

import sys
from typing import Any

import joblib
import mlflow
import pandas as pd


class WithCategories(mlflow.pyfunc.PythonModel):
    """The frame that MLflow makes of a request holds texts: they become the categories that the estimator was given."""

    def __init__(self, model: Any, categories: list[str]) -> None:
        self.model, self.categories = model, categories

    def predict(self, context: object, model_input: pd.DataFrame) -> Any:
        kinds = {name: "category" if name in self.categories else float for name in model_input.columns}
        return self.model.predict(model_input.astype(kinds))


def save(model_file: str, categories: str, folder: str) -> None:
    mlflow.pyfunc.save_model(folder, python_model=WithCategories(joblib.load(model_file), categories.split(",")))


if __name__ == "__main__":
    save(*sys.argv[1:])
