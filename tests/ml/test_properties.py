"""Properties of the way from a file to its predictions, for whatever table.

What CSV can't tell apart is left out of the tables: a text that is a null value there (empty, "NA", …) is a text in
Parquet, and so is a number with spaces around it that CSV reads as a number. Nearest neighbours are left out because
ties between them are broken by rounding, which differs with the number of rows scored at once.
"""

import csv
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.ml.features import Feature, with_categories
from catalog.ml.prediction.scorer import Scorer
from catalog.ml.tables.conversion.missing import DEFAULT_WORDS
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.profiling.inference import infer_columns
from catalog.ml.tables.reading import open_table
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimators import build_pipeline, make_estimator
from catalog.ml.training.examples import (
    count_categories,
    estimator_errors,
    make_signature,
    read_examples,
    select_learnable,
)
from catalog.ml.training.splitting import Split

TIMES = 10 if os.environ.get("CATALOG_SOAK") == "1" else 1
every_table = settings(
    max_examples=25 * TIMES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NAMES = ["a", "b c", 'q"uoted"', "comma,", "ünï", "line\nbreak", "007", "'"]
WORDS = [
    "007",
    "1",
    "1.0",
    'a "b"',
    "x,y",
    "line\nbreak",
    "\r\n",
    "\r",
    " ",
    '"',
    "'",
    "ünï",
    "true",
    "2013-01-01",
    "0x1F",
]
TEXT = (st.sampled_from(WORDS) | st.text(min_size=1, max_size=5)).filter(
    lambda text: text not in DEFAULT_WORDS and (text == text.strip() or not _is_number(text))
)
ESTIMATORS = {
    "hist_gradient_boosting": {"max_iter": 3, "min_samples_leaf": 1},
    "decision_tree": {},
    "random_forest": {"n_estimators": 3},
    "logistic_regression": {},
    "ridge": {},
}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def kinds(largest: float) -> st.SearchStrategy[tuple[pa.DataType, st.SearchStrategy[Any]]]:
    """Arrow types with their values; `largest` bounds the numbers, which all but histogram trees square."""
    integers = st.integers(-(2**63), 2**63 - 1)
    return st.sampled_from(
        [
            (pa.int64(), integers),
            (pa.int64(), st.integers(-3, 3)),
            (pa.float64(), st.floats(-largest, largest)),
            (pa.float64(), st.integers(-3, 3).map(float)),
            (pa.bool_(), st.booleans()),
            (pa.date32(), st.dates()),
            (pa.timestamp("us"), st.datetimes()),
            (pa.timestamp("us", tz="UTC"), st.datetimes(timezones=st.just(UTC))),
            (pa.string(), TEXT),
        ]
    )


@dataclass(frozen=True)
class Case:
    estimator: str
    task: str
    table: pa.Table

    @property
    def feature_names(self) -> list[str]:
        return [name for name in self.table.column_names if name != "target"]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    estimator = draw(st.sampled_from(sorted(ESTIMATORS)))
    task = (
        "classification"
        if estimator == "logistic_regression"
        else draw(st.sampled_from(["classification", "regression"]))
    )
    rows = draw(st.integers(12, 30))
    columns = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)):
        kind, values = draw(kinds(largest=1.7e308 if estimator == "hist_gradient_boosting" else 1e30))
        cells = draw(st.lists(st.none() | values, min_size=rows - 1, max_size=rows - 1))
        # There is nothing to learn from a table without any value in its training rows.
        columns[name] = pa.array([draw(st.none() | values if columns else values), *cells], kind)
    target = [row % 3 % 2 for row in range(rows)]
    labels = pa.array(
        [f"class, {value}" for value in target] if task == "classification" else [v + 0.5 for v in target]
    )
    return Case(estimator, task, pa.table({**columns, "target": labels}))


def write(table: pa.Table, folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith("parquet"):
        pq.write_table(table, path)
        return path
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        writer.writerows([_cell(value) for value in row.values()] for row in table.to_pylist())
    return path


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return (
        value.isoformat()
        if isinstance(value, date | datetime)
        else repr(value)
        if isinstance(value, float)
        else str(value)
    )


def trained(case: Case, folder: Path) -> Scorer:
    """Fitted on the first half of the table as CSV, by the types of all of it."""
    table = open_table(write(case.table, folder, "all.csv"), "all.csv")
    types = {name: column.type or ColumnType.STRING for name, column in infer_columns(table).items()}
    features = [Feature(name, types[name]) for name in case.feature_names]
    examples = read_examples(table, features, "target", types["target"], case.task)
    half = len(examples.frame) // 2
    rows = Split(examples.frame[:half], examples.frame[half:], examples.target[:half], examples.target[half:])
    known = select_learnable(rows.train, features)
    estimator = build_pipeline(
        make_estimator(case.estimator, case.task, ESTIMATORS[case.estimator], random_state=0),
        case.estimator,
        features=known,
        cardinality=count_categories(rows.train, known),
        n_classes=2 if case.task == "classification" else 0,
        random_state=0,
    )
    with estimator_errors(case.estimator, []):
        estimator.fit(rows.train, rows.train_target)
    seen = with_categories(features, rows.train)
    classes = estimator.classes_ if case.task == "classification" else None
    signature = make_signature(seen, target="target", target_type=types["target"], task=case.task, classes=classes)
    return Scorer(estimator, signature, with_probabilities=hasattr(estimator, "predict_proba"))


def predictions(scorer: Scorer, table: pa.Table, folder: Path, name: str) -> list[list[Any]]:
    """The output's columns, for the table written under this name."""
    target = folder / "predictions.parquet"
    with estimator_errors("scoring", []):
        scorer.score_file(open_table(write(table, folder, name), name), target, FileFormat.PARQUET)
    return [column.to_pylist() for column in pq.read_table(target).columns]


def assert_same(found: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        if isinstance(other[0], float):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=0)
        else:
            assert one == other


@given(case=cases())
@every_table
def test_csv_and_parquet_give_the_same_predictions(case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scorer = trained(case, folder)
        assert_same(
            predictions(scorer, case.table, folder, "new.parquet"), predictions(scorer, case.table, folder, "new.csv")
        )


@given(case=cases(), data=st.data())
@every_table
def test_shuffling_the_columns_changes_nothing(case: Case, data: st.DataObject) -> None:
    shuffled = case.table.select(data.draw(st.permutations(case.table.column_names)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scorer = trained(case, folder)
        expected = predictions(scorer, case.table, folder, "new.csv")
        assert predictions(scorer, shuffled, folder, "new.csv") == expected
        assert predictions(scorer, shuffled, folder, "new.parquet") == expected


@given(case=cases(), data=st.data())
@every_table
def test_the_parts_of_a_file_give_the_predictions_of_the_whole(case: Case, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(1, case.table.num_rows - 1), max_size=4))
    edges = [0, *sorted(cuts), case.table.num_rows]
    suffix = data.draw(st.sampled_from(["csv", "parquet"]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scorer = trained(case, folder)
        whole = predictions(scorer, case.table, folder, f"new.{suffix}")
        parts = [
            predictions(scorer, case.table.slice(start, stop - start), folder, f"part.{suffix}")
            for start, stop in pairwise(edges)
        ]
    assert_same([list(chain.from_iterable(columns)) for columns in zip(*parts, strict=True)], whole)


@given(case=cases(), rows=st.integers(1, 7))
@every_table
def test_the_size_of_batches_changes_nothing(case: Case, rows: int) -> None:
    from unittest import mock

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scorer = trained(case, folder)
        whole = predictions(scorer, case.table, folder, "new.csv")
        with mock.patch("catalog.ml.prediction.scorer.batch_rows", return_value=rows):
            assert_same(predictions(scorer, case.table, folder, "new.csv"), whole)
