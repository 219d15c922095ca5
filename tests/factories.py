"""Real data for tests, and rows made through the services."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn import datasets as bundled

from catalog.models import DatasetVersion, ModelVersion
from catalog.services.datasets.add_dataset import add_dataset
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from tests.flights import all_flights


@cache
def breast_cancer() -> pd.DataFrame:
    """scikit-learn's breast cancer data, 569 rows, with the diagnosis as text."""
    data = bundled.load_breast_cancer(as_frame=True)
    return data.data.assign(diagnosis=data.target.map(dict(enumerate(data.target_names))).astype(str))


@cache
def flights(rows: int = 2000) -> pd.DataFrame:
    """Numbers, texts, a time stamp and missing values, in the order of the year."""
    table = all_flights()
    return table.iloc[:: len(table) // rows][:rows].reset_index(drop=True)


def write_csv(frame: pd.DataFrame, folder: Path, name: str = "data.csv") -> Path:
    path = folder / name
    frame.to_csv(path, index=False)
    return path


def make_dataset(folder: Path, frame: pd.DataFrame | None = None, name: str = "cancer") -> DatasetVersion:
    path = write_csv(breast_cancer() if frame is None else frame, folder, f"{name}.csv")
    return add_dataset(name=name, source=str(path), actor="ada").version


def make_version(folder: Path, **request: Any) -> ModelVersion:
    """A version of `tumour` trained on `cancer`, unless the request says otherwise."""
    if not DatasetVersion.objects.filter(dataset__name=request.get("dataset", "cancer")).exists():
        make_dataset(folder)
    asked = {"name": "tumour", "dataset": "cancer", "target": "diagnosis", "estimator": "decision_tree", **request}
    return train_model(request=TrainingRequest(**asked), actor="ada").version
