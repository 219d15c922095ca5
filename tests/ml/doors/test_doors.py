"""A row has one meaning: whatever door it comes through, the estimator is given the same, bit for bit, and predicts so.

Each table is stored in ways that fit what was learned, and then no door may refuse it, or in one that does not, and
then every door refuses it in one line.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import CatalogError
from catalog.ml.prediction.scorer import Scorer
from catalog.ml.rows import convert_rows
from catalog.ml.signature import Signature
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.importing import workbooks
from catalog.ml.tables.importing.plain_files import plain_file
from catalog.ml.tables.importing.workbook_process import convert
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimators import build_pipeline, make_estimator
from catalog.ml.training.examples import estimator_errors
from catalog.ml.training.label_encoding import encode_labels
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.prediction.scoring import open_new_table, score_table
from tests.ml.doors.databases import rows_of_postgres, rows_of_sqlite
from tests.ml.doors.dialects import DIALECTS
from tests.ml.doors.files import FILES, Unwritable
from tests.ml.doors.frames import FRAMES
from tests.ml.doors.random_tables import CATEGORIES, FEATURES, RandomTable, draw_table
from tests.servers.postgres import postgres

TABLES = 5_000 if os.environ.get("CATALOG_SOAK") == "1" else 200
# A table goes through so many doors, each table through others.
DOORS_A_TABLE = 3
# Of a file in which nothing tells days from months.
QUESTION = "Say which: `date_format`"
LEARNED_ROWS = 300
SIGNATURE = Signature(FEATURES, "y", ColumnType.STRING, "classification", ("no", "yes"))
ESTIMATORS: dict[str, dict[str, Any]] = {
    "decision_tree": {},
    "logistic_regression": {"max_iter": 20},
    "lightgbm:LGBMClassifier": {"n_estimators": 3, "verbose": -1, "n_jobs": 1},
    "xgboost:XGBClassifier": {"n_estimators": 3, "n_jobs": 1},
}
Door = Callable[[RandomTable, Path], Any]


class Listener:
    """An estimator that remembers what it was given."""

    def __init__(self, estimator: Any) -> None:
        self.estimator, self.classes_ = estimator, estimator.classes_
        self.given: list[pd.DataFrame] = []

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        self.given.append(frame)
        return np.asarray(self.estimator.predict(frame))

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.estimator.predict_proba(frame))


@pytest.fixture(scope="module")
def estimators() -> list[Any]:
    """Fitted on one table with a value of every kind in it."""
    table = draw_table(0, LEARNED_ROWS)
    target = np.where(np.arange(LEARNED_ROWS) % 3 == 0, "yes", "no").astype(object)
    made = []
    for name, params in ESTIMATORS.items():
        pipeline = build_pipeline(
            encode_labels(make_estimator(name, "classification", params, random_state=0), np.unique(target)),
            name,
            features=FEATURES,
            cardinality={feature.name: len(CATEGORIES) for feature in FEATURES if feature.is_category},
            n_classes=2,
            random_state=0,
        )
        with estimator_errors(name, []):
            made.append(pipeline.fit(table.frame, target))
    return made


@pytest.fixture(scope="module")
def doors() -> Iterator[dict[str, Door]]:
    with pytest.MonkeyPatch.context() as patched, postgres() as server:
        # The limited process of its own has its own tests, and takes a second each time.
        patched.setattr(workbooks, "convert_workbook", lambda path, name, target, sheet: convert(path, target, sheet))
        uri = server.database_url("doors").replace("postgres://", "postgresql://")
        with server.connect("doors") as connection:
            yield {
                **FILES,
                **DIALECTS,
                **{name: lambda table, folder, make=make: make(table) for name, make in FRAMES.items()},
                "query of PostgreSQL": rows_of_postgres(connection, uri),
                "query of SQLite": rows_of_sqlite,
            }


def through(rows: Any, estimator: Any, folder: Path) -> tuple[pd.DataFrame, np.ndarray] | CatalogError:
    """What the estimator was given of the rows, of shape (n_rows, n_features), and the probability of the second class,
    of shape (n_rows,); or why the door refuses them."""
    try:
        return predictions(rows, estimator, folder)
    except CatalogError as error:
        return error


def predictions(rows: Any, estimator: Any, folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    listener = Listener(estimator)
    if not isinstance(rows, Path):
        frame = convert_rows(rows, SIGNATURE)
        return frame, listener.predict_proba(frame)[:, 1]
    scorer, out = Scorer(listener, SIGNATURE, with_probabilities=True), folder / "out.parquet"
    with plain_file(rows, rows.name) as plain:
        score_table(scorer, open_new_table(plain.path, rows.name, ReadingRequest()), out, FileFormat.PARQUET)
    written = pq.read_table(out).column("probability_yes").to_numpy()
    return listener.given[-1], written  # a file of another dialect is read twice; there are few rows


def check(table: RandomTable, name: str, door: Door, estimator: Any, folder: Path) -> None:
    try:
        rows = door(table, folder)
    except Unwritable:
        return
    answer = through(rows, estimator, folder)
    if isinstance(answer, CatalogError):
        is_asked = name in DIALECTS and QUESTION in str(answer)
        assert is_asked or not table.fits, f"{name} refuses table {table.seed}: {answer}"
        assert "\n" not in str(answer)
        return
    assert table.fits, f"{name} takes table {table.seed}"
    frame, probabilities = answer
    pd.testing.assert_frame_equal(frame, table.frame, check_exact=True, obj=f"{name}, table {table.seed}")
    expected = estimator.predict_proba(table.frame)[:, 1]
    np.testing.assert_array_equal(probabilities, expected, err_msg=f"{name}, table {table.seed}")


@pytest.mark.parametrize("part", range(4))
def test_every_door_gives_the_same_predictions_or_refuses(
    part: int, estimators: list[Any], doors: dict[str, Door], tmp_path: Path
) -> None:
    names = list(doors)
    for seed in range(1 + part, 1 + TABLES, 4):
        table = draw_table(seed)
        for turn in range(DOORS_A_TABLE):
            name = names[(seed * DOORS_A_TABLE + turn) % len(names)]
            check(table, name, doors[name], estimators[(seed + turn) % len(estimators)], tmp_path)
