"""What docs/estimators.md says of pipelines with other libraries: every cell is tried here."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from catalog.exceptions import TrainingFailed
from catalog.ml.artifacts.serialization import check_serializable, dump
from catalog.ml.evaluation.replay import check_reproduced
from catalog.ml.evaluation.report import sample_predictions
from catalog.ml.features import with_categories
from catalog.ml.signature import Signature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.examples import make_signature
from catalog.services.prediction.loaded_model import Model
from tests.ml.training import pipelines_of_others
from tests.ml.training.test_table_of_estimators import CITIES, CITY, FRAME, GAPS, NUMBERS, ROWS, read_cells, target

OF_NUMBERS = {"tabular_regressor", "target_encoder_of_numbers"}


def task(name: str) -> str:
    return "regression" if name in OF_NUMBERS else "classification"


def made(name: str) -> Any:
    """Unfitted, as the callable returns it."""
    return getattr(pipelines_of_others, name)()


@cache
def of_cities(name: str) -> Any:
    return made(name).fit(CITIES, target(task(name)))


def signature(name: str) -> Signature:
    classes = np.array([0, 1]) if task(name) == "classification" else None
    features = with_categories([*NUMBERS, CITY], CITIES)
    return make_signature(features, target="late", target_type=ColumnType.INTEGER, task=task(name), classes=classes)


def train(name: str, folder: Path) -> bool:
    """With the checks of a training: it can be stored, and answers a row alone as it does among others."""
    check_serializable(made(name), "joblib")
    check_reproduced(of_cities(name), signature(name), sample_predictions(of_cities(name), CITIES))
    return len(of_cities(name).predict(CITIES)) == ROWS


def text_labels(name: str, folder: Path) -> bool:
    labels = target("classification", ("early", "late")).astype(object)
    return {*made(name).fit(FRAME, labels).predict(FRAME)} == {"early", "late"}


def missing_values(name: str, folder: Path) -> bool:
    return len(made(name).fit(GAPS, target(task(name))).predict(GAPS)) == ROWS


def categories(name: str, folder: Path) -> bool:
    unseen = CITIES.assign(city=pd.Categorical([None] * ROWS, categories=["Oslo", "Rome"]))
    return len(of_cities(name).predict(unseen)) == ROWS


def skops(name: str, folder: Path) -> bool:
    import skops.io

    try:
        needed = dump(of_cities(name), folder / "model.skops", "skops")
    except TrainingFailed:
        return False
    loaded = skops.io.load(folder / "model.skops", trusted=needed)
    return bool((loaded.predict(CITIES) == of_cities(name).predict(CITIES)).all())


def background(name: str, folder: Path) -> bool:
    """Its artifact is what another process loads."""
    dump(of_cities(name), folder / "model.joblib")
    return bool((joblib.load(folder / "model.joblib").predict(CITIES) == of_cities(name).predict(CITIES)).all())


def serve(name: str, folder: Path) -> bool:
    """A row as a request has it."""
    model = Model("m:1", "", signature(name), {}, of_cities(name))
    return len(model.predict([{"distance": 0.5, "age": None, "city": "Paris"}])) == 1


CHECKS: dict[str, Callable[[str, Path], bool]] = {
    "train": train,
    "text labels": text_labels,
    "missing values": missing_values,
    "categories": categories,
    "skops": skops,
    "background": background,
    "serve": serve,
}
COSTLY = {"tabular_regressor", "target_encoder_of_numbers", "leave_one_out"}
CELLS = [(row.partition("`")[2].rstrip("`"), column, cell) for row, column, cell in read_cells("pipeline")]


def cells() -> list[Any]:
    """What costs most, or differs least, is run by `make soak`."""
    return [pytest.param(*cell, marks=pytest.mark.soak if cell[0] in COSTLY else ()) for cell in CELLS]


def test_the_table_has_every_column() -> None:
    assert {column for _, column, _ in CELLS} == {*CHECKS}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "column", "cell"), cells())
def test_a_cell_says_what_is(name: str, column: str, cell: str, tmp_path: Path) -> None:
    if cell == "–":
        assert (column, task(name)) == ("text labels", "regression")
        return
    assert cell in {"yes", "no"}
    assert CHECKS[column](name, tmp_path) is (cell == "yes")
