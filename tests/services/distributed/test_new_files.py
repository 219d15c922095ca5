"""New files of text in parts are read by the rules of one process, and give the same answers."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.exceptions import EngineError, InvalidData, InvalidRequest
from catalog.ml.tables.dialects.dialect import CellFormat, Dialect
from catalog.ml.tables.read_options import ReadOptions
from catalog.models import DatasetVersion, ModelVersion
from catalog.services.distributed import prediction_runs
from catalog.services.prediction.predict import Predicted, PredictionRequest, predict
from tests.services.snapshots import departures

OFFICE = "Read as ;-separated, decimal comma (distance, dep_time)."


def frame() -> pd.DataFrame:
    """Departures whose numbers have decimals."""
    table = departures()
    return table.assign(distance=table["distance"] + 0.5, dep_time=table["dep_time"] + 0.25)


def write_office(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, sep=";", decimal=",", index=False)
    return path


def alone(source: Path, output: Path, **options: Any) -> Predicted:
    return predict(request=PredictionRequest("late:1", str(source), str(output), **options), actor="ada")


def in_parts(source: Path, output: Path, **options: Any) -> tuple[Predicted, str]:
    """With what was written, as of one file."""
    output.mkdir()
    request = PredictionRequest("late:1", str(source), str(output), **options)
    predicted = prediction_runs.predict_in_parts(request=request, actor="ada")
    texts = [path.read_text() for path in sorted(output.glob("part-*"))]
    header = f"{texts[0].splitlines()[0]}\n"
    return predicted, header + "".join(text.removeprefix(header) for text in texts)


def test_a_file_of_an_office_is_read_in_parts_as_by_one_process(sound: ModelVersion, tmp_path: Path) -> None:
    path = write_office(frame(), tmp_path / "office.csv")
    one = alone(path, tmp_path / "one.csv", with_probabilities=True, id_columns=["distance"])
    parts, text = in_parts(path, tmp_path / "parts", with_probabilities=True, id_columns=["distance"])
    assert text == (tmp_path / "one.csv").read_text()
    assert parts.notes == one.notes == [OFFICE]


def test_a_folder_of_such_files_is_read_as_the_whole_is(sound: ModelVersion, tmp_path: Path) -> None:
    alone(write_office(frame(), tmp_path / "office.csv"), tmp_path / "one.csv", with_probabilities=True)
    (folder := tmp_path / "many").mkdir()
    for number in range(3):
        write_office(frame().iloc[number * 100 : (number + 1) * 100], folder / f"{number}.csv")
    parts, text = in_parts(folder, tmp_path / "parts", with_probabilities=True)
    assert text == (tmp_path / "one.csv").read_text()
    assert parts.notes == [OFFICE]


def test_files_that_are_not_written_alike_are_named(sound: ModelVersion, tmp_path: Path) -> None:
    (folder := tmp_path / "many").mkdir()
    write_office(frame(), folder / "0.csv")
    for number in (1, 2):
        frame().to_csv(folder / f"{number}.csv", index=False)
    parts, text = in_parts(folder, tmp_path / "parts", with_probabilities=True)
    assert parts.notes == [
        f"{folder}/0.csv: {OFFICE[0].lower()}{OFFICE[1:]}",
        f"{folder}/1.csv and 1 more: read as plain CSV.",
    ]
    rows = text.splitlines()[1:]
    assert rows[:300] == rows[300:600] == rows[600:]


@pytest.fixture
def grouped(sound: ModelVersion) -> ModelVersion:
    """Its training data wrote departure times with points in groups of three."""
    dataset = DatasetVersion.objects.get()
    dialect = Dialect(formats={"dep_time": CellFormat(",", ".")})
    dataset.read_options = ReadOptions(dialect=dialect).as_json()
    dataset.save(update_fields=["read_options"])
    return sound


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A file of which nobody can tell whether 1.234 is a fraction."""
    departures().assign(dep_time="1.234", distance=5).to_csv(tmp_path / "doubtful.csv", index=False)
    return tmp_path / "doubtful.csv"


def test_what_the_training_data_wrote_otherwise_is_asked_for(
    grouped: ModelVersion, doubtful: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidData) as one:
        alone(doubtful, tmp_path / "one.csv")
    with pytest.raises(EngineError) as parts:
        in_parts(doubtful, tmp_path / "parts")
    assert "in groups of thousands, as '1.234'" in str(one.value)
    assert str(parts.value).startswith(f"1 of 1 part could not be predicted: {str(one.value).rstrip('.')}")


def test_an_answer_holds_for_all_parts(grouped: ModelVersion, doubtful: Path, tmp_path: Path) -> None:
    answer = {"dialect": {"thousands": ["."]}, "with_probabilities": True}
    one = alone(doubtful, tmp_path / "one.csv", **answer)
    parts, text = in_parts(doubtful, tmp_path / "parts", **answer)
    assert text == (tmp_path / "one.csv").read_text()
    assert parts.notes == one.notes == ["Read as decimal comma (dep_time), thousands point (dep_time)."]


@pytest.mark.parametrize(("source", "field"), [("dataset:departures", "decimal"), ("typed", "delimiter")])
def test_an_answer_of_what_asks_nothing_is_refused(
    sound: ModelVersion, source: str, field: str, tmp_path: Path
) -> None:
    (folder := tmp_path / "typed").mkdir()
    departures().to_parquet(folder / "0.parquet")
    request = PredictionRequest("late:1", source.replace("typed", str(folder)), dialect={field: ","})
    with pytest.raises(InvalidRequest, match=f"`{field}` is for"):
        prediction_runs.predict_in_parts(request=request, actor="ada")
