"""Tables in other formats than CSV and Parquet, through every door."""

import bz2
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from catalog.models import DatasetVersion, ModelVersion
from catalog.progress import Progress
from catalog.services.datasets.opening import open_dataset_table
from tests.commands.conftest import Run
from tests.factories import write_csv
from tests.workbooks import write_xlsx


def write_as(ending: str, frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / f"new{ending}"
    if ending == ".jsonl":
        path.write_text(frame.to_json(orient="records", lines=True))
    elif ending == ".feather":
        pa.feather.write_feather(pa.Table.from_pandas(frame, preserve_index=False), path)
    elif ending == ".xlsx":
        rows = [list(frame.columns), *(list(row.values()) for row in frame.to_dict("records"))]
        write_xlsx(path, {"Notes": [], "Rows": rows})
    elif ending == ".tsv":
        frame.to_csv(path, sep="\t", index=False)
    else:
        path.write_bytes(bz2.compress(frame.to_csv(index=False).encode()))
    return path


@pytest.mark.parametrize("ending", [".jsonl", ".feather", ".xlsx", ".tsv", ".csv.bz2"])
def test_the_same_rows_are_predicted_alike(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    rows = departures.drop(columns="late")
    run("predict", "late:1", "-i", write_csv(rows, tmp_path), "-o", tmp_path / "csv.csv")
    run("predict", "late:1", "-i", write_as(ending, rows, tmp_path), "-o", tmp_path / "other.csv")
    assert (tmp_path / "other.csv").read_bytes() == (tmp_path / "csv.csv").read_bytes()


def test_a_sheet_has_the_words_for_missing_of_the_version_that_predicts(run: Run, tmp_path: Path) -> None:
    cells = [[code, 1.0 * (code == "NA")] for code in [1, 2, "NA"] * 20]
    frame = pd.DataFrame(cells, columns=["code", "y"])
    run("add_dataset", "codes", write_csv(frame, tmp_path), "--missing", "")
    run("train_model", "codes", "--dataset", "codes", "--target", "y", "--estimator", "decision_tree")
    path = write_xlsx(tmp_path / "new.xlsx", {"One": [["code"], *([code] for code in [1, 2, "NA"])]})
    run("predict", "codes:1", "-i", path, "-o", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["prediction"].tolist() == [0, 0, 1]


NARROW = "Floats of less than 64 bits, read as they are: x. A text of the same rows has other numbers (0.1"


def test_narrow_floats_are_said_when_added_and_when_texts_were_learned_from(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.1, 0.2, 0.3, 0.4] * 20, "y": [0, 0, 1, 1] * 20})
    frame.astype({"x": "float32"}).to_parquet(tmp_path / "narrow.parquet")
    assert NARROW in run("add_dataset", "narrow", tmp_path / "narrow.parquet").out
    assert NARROW not in run("add_dataset", "texts", write_csv(frame, tmp_path)).out
    for name in ("narrow", "texts"):
        run("train_model", name, "--dataset", name, "--target", "y", "--estimator", "decision_tree")
    predicted = [run("predict", f"{name}:1", "-i", tmp_path / "narrow.parquet").out for name in ("narrow", "texts")]
    assert [NARROW in out for out in predicted] == [False, True]


def test_a_workbook_is_added_once_and_its_sheet_is_said(run: Run, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "birds.xlsx", {"Notes": [["of them"], ["x"]], "Rows": [["name", "wing"], ["wren", 5]]})
    assert run("add_dataset", "birds", path, "--sheet", "Rows").lines[1:] == [
        "  name (string), wing (integer)",
        "  Read the sheet 'Rows' of 2.",
    ]
    assert run("add_dataset", "birds", path, "--sheet", "Rows").lines[0].startswith("Nothing to add")
    assert "Read the sheet 'Notes' of 2." in run("add_dataset", "birds", path, "--json").json["notes"]
    assert [(version.file_format, version.source_uri) for version in DatasetVersion.objects.order_by("number")] == [
        ("parquet", str(path)),
        ("parquet", str(path)),
    ]


def test_many_files_may_be_json_lines(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jsonl").write_text(json.dumps({"a": number, "b": "x"}))
    run("add_dataset", "rows", folder)
    with open_dataset_table(DatasetVersion.objects.get(), Progress()) as table:
        values = [value for batch in table.batches({"a": pa.int64()}) for value in batch.column(0).to_pylist()]
    assert values == [0, 1, 2]


def test_a_sheet_is_not_asked_of_other_inputs(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    assert "--sheet is for" in run("predict", "late:1", "-i", tmp_path, "--sheet", "A").err


def test_a_report_in_a_workbook_is_added_and_predicted_without_the_rows_around_its_table(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    rows = departures.drop(columns="late").head(50)
    cells = [list(rows.columns), *(list(row.values()) for row in rows.to_dict("records"))]
    path = write_xlsx(tmp_path / "report.xlsx", {"Rows": [["Departures"], [], *cells, ["Source: us"]]})
    lines = ("--skip-rows", "2", "--skip-footer", "1")
    assert run("add_dataset", "report", path, *lines, "--json").json["rows"] == 50
    assert run("add_dataset", "report", path, *lines, "--preview", "--json").json["rows"] == 50
    assert run("predict", "late:1", "-i", path, "-o", tmp_path / "out.csv", *lines, "--json").json["rows"] == 50


def test_an_unnamed_first_column_of_a_workbook_is_left_out_only_if_it_counts_the_rows(run: Run, tmp_path: Path) -> None:
    shops = write_xlsx(tmp_path / "shops.xlsx", {"One": [[None, "kg"], ["a", 1], ["b", 2]]})
    assert "column 1 has no name. The first line must name every column." in run("add_dataset", "shops", shops).err
    counted = write_xlsx(tmp_path / "counted.xlsx", {"One": [[None, "kg"], [0, 1], [1, 2]]})
    assert "Not taken over, as they only number the rows: Unnamed: 0." in run("add_dataset", "counted", counted).out
