from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from catalog.exceptions import InvalidData, InvalidRequest
from catalog.ml.features import Feature
from catalog.ml.prediction.scorer import Scorer
from catalog.ml.signature import Signature
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.reading import TableFile
from catalog.ml.tables.schema import ColumnType
from tests.ml.conftest import OpenCsv

SIGNATURE = Signature(
    (Feature("size", ColumnType.NUMBER), Feature("kind", ColumnType.STRING, ("a", "b"))),
    "t", ColumnType.BOOLEAN, "classification", (False, True),
)  # fmt: skip


class Larger:
    """Says whether the size is above 1."""

    classes_ = np.array([False, True])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return frame["size"].to_numpy() > 1

    def predict_proba(self, frame: pd.DataFrame) -> np.ndarray:
        return np.column_stack([~self.predict(frame), self.predict(frame)]).astype(float)


class NoNulls(Larger):
    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        if frame["size"].isna().any():
            raise ValueError("Input X contains NaN.\nMore words about it")
        return super().predict(frame)


def score(table: TableFile, folder: Path, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    options = {"estimator": Larger(), "signature": SIGNATURE, **options}
    summary = Scorer(**options).score_file(table, folder / "out.parquet", FileFormat.PARQUET)
    return pq.read_table(folder / "out.parquet").to_pydict(), summary


def test_every_row_gets_its_prediction_in_order(open_csv: OpenCsv, tmp_path: Path) -> None:
    found, summary = score(open_csv("kind,size\na,1\nb,2\na,3\n"), tmp_path)
    assert found == {"prediction": [False, True, True]}
    assert summary.rows == 3


def test_probabilities_are_named_by_their_class_as_csv_writes_it(open_csv: OpenCsv, tmp_path: Path) -> None:
    found, _ = score(open_csv("kind,size\na,1\nb,2\n"), tmp_path, with_probabilities=True)
    assert found["probability_false"] == [1.0, 0.0]
    assert list(found) == ["prediction", "probability_false", "probability_true"]


def test_id_columns_come_first_as_they_are_written(open_csv: OpenCsv, tmp_path: Path) -> None:
    found, _ = score(open_csv("kind,size,id\na,1,007\nb,2,NA\n"), tmp_path, id_columns=["id"])
    assert found == {"id": ["007", "NA"], "prediction": [False, True]}


def test_a_feature_that_is_an_id_column_is_copied_as_written_and_used_by_its_type(
    open_csv: OpenCsv, tmp_path: Path
) -> None:
    found, _ = score(open_csv("kind,size\na, 1.0\nNA,2e0\n"), tmp_path, id_columns=["size", "kind"])
    assert found == {"size": [" 1.0", "2e0"], "kind": ["a", "NA"], "prediction": [False, True]}


def test_an_id_column_of_parquet_keeps_its_type(open_parquet: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"kind": ["a"], "size": [2.0], "when": [pd.Timestamp("2013-01-01", tz="UTC")], "n": [7]})
    found, _ = score(open_parquet(frame), tmp_path, id_columns=["when", "n"])
    assert found["n"] == [7]
    assert found["when"] == [pd.Timestamp("2013-01-01", tz="UTC")]


def test_unseen_categories_are_counted_and_nulls_are_not(open_csv: OpenCsv, tmp_path: Path) -> None:
    _, summary = score(open_csv("kind,size\na,1\nz,2\nNA,3\n,4\nz,5\ny,6\n"), tmp_path)
    assert summary.unseen_categories == {"kind": 3}


def test_categories_too_many_to_record_are_not_counted(open_csv: OpenCsv, tmp_path: Path) -> None:
    features = (Feature("size", ColumnType.NUMBER), Feature("kind", ColumnType.STRING, None))
    signature = Signature(features, "t", ColumnType.BOOLEAN, "classification", (False, True))
    _, summary = score(open_csv("kind,size\nz,1\n"), tmp_path, signature=signature)
    assert summary.unseen_categories == {}


def test_columns_that_are_not_used_are_listed_in_the_files_order(open_csv: OpenCsv) -> None:
    table = open_csv("z,kind,id,size,a\n1,a,1,1,1\n")
    assert Scorer(Larger(), SIGNATURE, ["id"]).extra_columns(table) == ["z", "a"]


def test_a_file_without_rows_is_refused(open_csv: OpenCsv, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"^data.csv has no rows to predict.$"):
        score(open_csv("kind,size\n"), tmp_path)


def test_a_missing_id_column_is_named(open_csv: OpenCsv, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"^data.csv has no column 'key'. There are: kind, size.$"):
        score(open_csv("kind,size\na,1\n"), tmp_path, id_columns=["key"])


def test_an_id_column_named_as_a_probability_is_refused(open_csv: OpenCsv, tmp_path: Path) -> None:
    table = open_csv("kind,size,probability_true\na,1,1\n")
    with pytest.raises(InvalidRequest, match=r"^`id_columns` probability_true: the output has a column of that name"):
        score(table, tmp_path, id_columns=["probability_true"], with_probabilities=True)


def test_what_the_estimator_refuses_names_the_rows(open_csv: OpenCsv, tmp_path: Path) -> None:
    with pytest.raises(InvalidData) as caught:
        score(open_csv("kind,size\na,1\nb,\n"), tmp_path, estimator=NoNulls())
    assert str(caught.value) == "The estimator refuses rows 1 to 2: Input X contains NaN."


def test_the_output_has_the_format_asked_for(open_csv: OpenCsv, tmp_path: Path) -> None:
    table = open_csv("kind,size\na,1\nb,2\n")
    Scorer(Larger(), SIGNATURE).score_file(table, tmp_path / "out", FileFormat.CSV)
    assert (tmp_path / "out").read_text() == "prediction\nfalse\ntrue\n"


class Drifted:
    """An estimator whose library has moved on."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        raise self.error


class BoostingError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TypeError("got an unexpected keyword argument\nand more"), "TypeError: got an unexpected keyword argument"),
        (BoostingError("Not as many features"), "BoostingError: Not as many features"),
        (AttributeError(), "AttributeError: "),
        (ValueError("Input contains NaN"), "Input contains NaN"),
    ],
)
def test_whatever_an_estimator_raises_is_one_line_with_the_versions(
    open_csv: OpenCsv, tmp_path: Path, error: Exception, said: str
) -> None:
    scorer = Scorer(Drifted(error), SIGNATURE, trained_with={"scikit-learn": "1.5.2", "lightgbm": "3.0.0"})
    with pytest.raises(InvalidData) as caught:
        scorer.score_file(open_csv("size,kind\n1,a\n3,b\n"), tmp_path / "out.csv", FileFormat.CSV)
    running = f"running scikit-learn {metadata.version('scikit-learn')}, lightgbm {metadata.version('lightgbm')}."
    assert str(caught.value) == (
        f"The estimator refuses rows 1 to 2: {said} Trained with scikit-learn 1.5.2, lightgbm 3.0.0; {running}"
    )
    assert caught.value.__cause__ is error
