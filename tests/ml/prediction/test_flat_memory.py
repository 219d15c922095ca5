"""What holds for a file of any size: the estimator's own numbers, and memory that does not grow."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.ml.features import Feature, fix_categories, to_frame, with_categories
from catalog.ml.prediction.scorer import Scorer
from catalog.ml.signature import Signature
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.reading import TableFile, open_table
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.estimators import build_pipeline, make_estimator
from catalog.ml.training.examples import count_categories
from tests.factories import flights, write_csv

FEATURES = (
    *(Feature(name, ColumnType.NUMBER) for name in ("month", "dep_delay", "distance")),
    *(Feature(name, ColumnType.STRING) for name in ("carrier", "origin", "dest", "tailnum")),
)
SMALL = {"random_forest": {"n_estimators": 5}, "hist_gradient_boosting": {"max_iter": 5}}
TYPES = {feature.name: feature.read_type for feature in FEATURES}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> TableFile:
    rows = pd.concat([flights(4000)] * 3, ignore_index=True)[[feature.name for feature in FEATURES]]
    return open_table(write_csv(rows, tmp_path_factory.mktemp("flights")), "flights.csv")


def whole(table: TableFile) -> pd.DataFrame:
    return to_frame(pa.Table.from_batches(table.batches(TYPES)), FEATURES)


def scorer(table: TableFile, estimator: str, task: str) -> Scorer:
    """Fitted on 2,000 of the rows."""
    frame = whole(table).head(2000)
    late = frame["dep_delay"].fillna(0).to_numpy()
    classes = 2 if task == "classification" else 0
    made = build_pipeline(
        make_estimator(estimator, task, SMALL.get(estimator, {}), random_state=0),
        estimator,
        features=FEATURES,
        cardinality=count_categories(frame, FEATURES),
        n_classes=classes,
        random_state=0,
    )
    made.fit(frame, late > 15 if classes else late)
    kind = ColumnType.BOOLEAN if classes else ColumnType.NUMBER
    return Scorer(made, Signature(with_categories(FEATURES, frame), "late", kind, task), (), bool(classes))


@pytest.mark.parametrize("estimator", ["hist_gradient_boosting", "random_forest", "logistic_regression", "ridge"])
def test_a_file_in_batches_gets_the_numbers_of_the_whole_table(
    estimator: str, table: TableFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit from trees; BLAS adds up in another order for another number of rows, within 1e-12."""
    monkeypatch.setattr("catalog.ml.prediction.scorer.batch_rows", lambda *given: 1777)
    found = scorer(table, estimator, "regression" if estimator == "ridge" else "classification")
    found.score_file(table, tmp_path / "out.parquet", FileFormat.PARQUET)
    written = pq.read_table(tmp_path / "out.parquet").to_pandas()
    frame = fix_categories(whole(table), found.signature.features)
    expected = found.estimator.predict(frame)
    tolerance = 1e-12 if estimator in {"logistic_regression", "ridge"} else 0
    if estimator == "ridge":
        np.testing.assert_allclose(written["prediction"], expected, rtol=tolerance)
        return
    assert (written["prediction"] == expected).all()
    probabilities = found.estimator.predict_proba(frame)
    np.testing.assert_allclose(written[["probability_false", "probability_true"]], probabilities, rtol=tolerance)


def test_a_prediction_repeated_is_the_same_bytes(table: TableFile, tmp_path: Path) -> None:
    found = scorer(table, "ridge", "regression")
    for name in ("a", "b"):
        found.score_file(table, tmp_path / name, FileFormat.CSV)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class Constant:
    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.zeros(len(frame))


def peak_bytes(folder: Path, rows: int, suffix: str) -> int:
    """Of Python's and numpy's memory, and of Arrow's, while a file of so many rows is scored."""
    path = folder / f"{rows}.{suffix}"
    table = pa.table({"size": np.arange(rows) / 7, "kind": pa.array(["a", "b"] * (rows // 2))})
    pa.csv.write_csv(table, path) if suffix == "csv" else pq.write_table(table, path, row_group_size=50_000)
    del table
    features = (Feature("size", ColumnType.NUMBER), Feature("kind", ColumnType.STRING, ("a", "b")))
    signature = Signature(features, "t", ColumnType.NUMBER, "regression")
    held: list[int] = []

    class Watched(Constant):
        def predict(self, frame: pd.DataFrame) -> Any:
            held.append(pa.total_allocated_bytes())
            return super().predict(frame)

    tracemalloc.start()
    try:
        Scorer(Watched(), signature).score_file(open_table(path, path.name), folder / "out.csv", FileFormat.CSV)
        return tracemalloc.get_traced_memory()[1] + max(held)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_ten_times_the_rows_take_no_more_memory(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With small blocks, of which Arrow reads 32 ahead, so that both files are far larger than what is held."""
    monkeypatch.setattr("catalog.ml.tables.files.csv_reading.BLOCK_BYTES", 32 * 1024)
    monkeypatch.setattr("catalog.ml.tables.files.parquet_reading.BATCH_ROWS", 5_000)
    monkeypatch.setattr("catalog.ml.prediction.scorer.batch_rows", lambda *given: 5_000)
    few, many = (peak_bytes(tmp_path, rows, suffix) for rows in (100_000, 1_000_000))
    assert many < 1.1 * few + 512 * 1024  # how far the thread is ahead varies; the rows themselves are 16 MB more
