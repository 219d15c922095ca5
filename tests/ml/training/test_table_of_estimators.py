"""docs/estimators.md says what each estimator can do: every cell of its table is tried here."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from distributed import Client

from catalog.ml.artifacts.serialization import dump
from catalog.ml.features import Feature, with_categories
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimators import ESTIMATORS, build_pipeline, find_class, make_estimator
from catalog.ml.training.examples import make_signature
from catalog.ml.training.label_encoding import encode_labels
from catalog.ml.training.parameter_search import run_search
from catalog.ml.training.split_rules import make_folds
from catalog.services.prediction.loaded_model import Model
from catalog.services.training.request import TrainingRequest, check_request

DOCUMENT = Path(__file__).parents[3] / "docs" / "estimators.md"
RANDOM = np.random.default_rng(0)
ROWS = 60
NUMBERS = [Feature("distance", ColumnType.NUMBER), Feature("age", ColumnType.NUMBER)]
CITY = Feature("city", ColumnType.STRING)
FRAME = pd.DataFrame({"distance": RANDOM.random(ROWS), "age": RANDOM.random(ROWS)})
GAPS = FRAME.mask(RANDOM.random(FRAME.shape) < 0.2)
CITIES = FRAME.assign(city=pd.Categorical(RANDOM.choice(["Oslo", "Rome"], ROWS)))
VALUES = FRAME["distance"].to_numpy()
QUICK = {
    "n_estimators": 3, "max_iter": 20, "iterations": 3, "verbose": False, "early_stopping": False, "n_clusters": 3,
}  # fmt: skip
QUIET: dict[str, dict[str, Any]] = {
    "lightgbm": {"n_estimators": 3, "verbose": -1, "min_child_samples": 2},
    "catboost": {"iterations": 3, "verbose": False},
}


def tasks(name: str) -> list[str]:
    boosting = ["classification"] if name.endswith("Classifier") else ["regression"]
    return list(ESTIMATORS[name].classes) if name in ESTIMATORS else boosting


def target(task: str, labels: tuple[Any, Any] = (0, 1)) -> np.ndarray:
    if task == "classification":
        return np.where(VALUES > 0.5, labels[1], labels[0])
    return VALUES


def made(name: str, task: str, features: list[Feature], labels: tuple[Any, Any] = (0, 1)) -> Any:
    """Unfitted, and quick."""
    library = name.partition(".")[0].partition(":")[0]
    own = find_class(name, task)().get_params()
    quick = QUIET.get(library, {key: value for key, value in QUICK.items() if key in own and library != "xgboost"})
    unfitted = make_estimator(name, task, quick, random_state=0)
    if task == "classification":
        unfitted = encode_labels(unfitted, np.unique(target(task, labels)))
    n_classes = {"classification": 2, "regression": 0}.get(task)
    return build_pipeline(
        unfitted, name, features=features, cardinality={"city": 2}, n_classes=n_classes, random_state=0
    )


def fitted(name: str, task: str, frame: pd.DataFrame = FRAME, labels: tuple[Any, Any] = (0, 1)) -> Any:
    features = [*NUMBERS, CITY] if "city" in frame else NUMBERS
    return made(name, task, features, labels).fit(frame, target(task, labels))


@cache
def plain(name: str, task: str) -> Any:
    return fitted(name, task)


@cache
def of_cities(name: str, task: str) -> Any:
    return fitted(name, task, CITIES)


def train(name: str, task: str, folder: Path) -> bool:
    return len(plain(name, task).predict(FRAME)) == ROWS


def text_labels(name: str, task: str, folder: Path) -> bool:
    labels = np.array(["early", "late"], dtype=object)
    return {*fitted(name, task, labels=tuple(labels)).predict(FRAME)} <= {"early", "late"}


def missing_values(name: str, task: str, folder: Path) -> bool:
    return len(fitted(name, task, GAPS).predict(GAPS)) == ROWS


def categories(name: str, task: str, folder: Path) -> bool:
    unseen = CITIES.assign(city=pd.Categorical([None] * ROWS, categories=["Oslo", "Rome"]))
    return len(of_cities(name, task).predict(unseen)) == ROWS


def skops(name: str, task: str, folder: Path) -> bool:
    import skops.io

    needed = dump(plain(name, task), folder / "model.skops", "skops")
    loaded = skops.io.load(folder / "model.skops", trusted=needed)
    return bool((np.ravel(loaded.predict(FRAME)) == np.ravel(plain(name, task).predict(FRAME))).all())


def background(name: str, task: str, folder: Path) -> bool:
    """Its request is what the queue holds, and its artifact what another process loads."""
    column = "late" if task in {"classification", "regression"} else ""
    request = TrainingRequest("m", "d", column, task=task, estimator=name, params={"random_state": 1})
    check_request(TrainingRequest(**json.loads(json.dumps(asdict(request)))))
    dump(plain(name, task), folder / "model.joblib")
    return len(joblib.load(folder / "model.joblib").predict(FRAME)) == ROWS


def dask_search(name: str, task: str, folder: Path) -> bool:
    options: dict[str, Any] = {
        "prefix": "",
        "folds": make_folds(task, 2, 0),
        "iterations": 2,
        "random_state": 0,
        "task": task,
    }
    metric = {"classification": "accuracy", "regression": "r2"}[task]
    space = {"verbose": [False, False]}  # a parameter of every pipeline
    with (
        Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None),
        joblib.parallel_config("dask"),
    ):
        best, tried = run_search(
            made(name, task, NUMBERS), FRAME, target(task), method="grid", space=space, metric=metric, **options
        )
    return tried["candidates"] == 2 and len(best.predict(FRAME)) == ROWS


def serve(name: str, task: str, folder: Path) -> bool:
    """A row as a request has it."""
    features = with_categories([*NUMBERS, CITY], CITIES)
    classes = np.unique(target(task)) if task == "classification" else None
    signature = make_signature(features, target="late", target_type=ColumnType.INTEGER, task=task, classes=classes)
    model = Model("m:1", "", signature, {}, of_cities(name, task))
    return len(model.predict([{"distance": 0.5, "age": None, "city": "Paris"}])) == 1


CHECKS: dict[str, Callable[[str, str, Path], bool]] = {
    "train": train,
    "text labels": text_labels,
    "missing values": missing_values,
    "categories": categories,
    "skops": skops,
    "background": background,
    "Dask search": dask_search,
    "serve": serve,
}
NOT_FOR = {"text labels": {"regression", "clustering", "outliers"}, "Dask search": {"clustering", "outliers"}}
COSTLY = {"Dask search"}


def read_cells(first: str) -> list[tuple[str, str, str]]:
    """Row, column and what the cell says, of the table in the document whose first column is called so."""
    table = DOCUMENT.read_text().partition(f"\n| {first} |")[1:]
    lines = "".join(table).strip().partition("\n\n")[0].splitlines()
    head, _, *rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    return [(row[0], column, cell) for row in rows for column, cell in zip(head[1:], row[1:], strict=True)]


CELLS = read_cells("estimator")


def cells() -> list[Any]:
    """Costly ones are run by `make soak`, but for one."""
    return [
        pytest.param(*cell, marks=pytest.mark.soak if cell[1] in COSTLY and cell[0] != "ridge" else ())
        for cell in CELLS
    ]


def test_the_table_has_every_estimator_and_every_column() -> None:
    assert {name for name, _, _ in CELLS if ":" not in name} == {*ESTIMATORS}
    assert {column for _, column, _ in CELLS} == {*CHECKS}
    assert {name.partition(":")[0] for name, _, _ in CELLS if ":" in name} == {"lightgbm", "xgboost", "catboost"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "column", "cell"), cells())
def test_a_cell_says_what_is(name: str, column: str, cell: str, tmp_path: Path) -> None:
    fitting = [task for task in tasks(name) if task not in NOT_FOR.get(column, set())]
    if cell == "–":
        assert fitting == []
        return
    assert cell == "yes"
    assert fitting
    for task in fitting:
        assert CHECKS[column](name, task, tmp_path)
