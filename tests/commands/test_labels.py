"""Whole numbers with few values are labels, whatever they are stored as, and are written in one way everywhere."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.ml.labels import label_text
from catalog.ml.tables.file_formats import FileFormat
from catalog.ml.tables.writing import TableWriter
from catalog.models import DatasetVersion, ModelVersion
from tests.commands.conftest import Run

NUMBERS = np.random.default_rng(0).normal(size=120).round(3)
LABELS = (NUMBERS > 0).astype(int) + (NUMBERS > 0.7)
STORED: dict[str, Any] = {
    "integers": pa.array(LABELS, pa.int8()),
    "floats": pa.array(LABELS.astype(float)),
    "decimals": pa.array([Decimal(int(label)) for label in LABELS], pa.decimal128(38, 0)),
    "amounts": pa.array([Decimal(int(label)) for label in LABELS], pa.decimal128(10, 2)),
}


def labelled(values: Any) -> pa.Table:
    return pa.table({"x": NUMBERS, "y": values})


def train(run: Run, path: Path, *options: str) -> dict[str, Any]:
    run("add_dataset", "d", path)
    named = ("train_model", "m", "--dataset", "d", "--target", "y", "--estimator", "decision_tree")
    return run(*named, *options, "--json").json


@pytest.mark.parametrize("stored", [*STORED, "text of floats"])
def test_labels_are_whole_numbers_whatever_they_are_stored_as(run: Run, tmp_path: Path, stored: str) -> None:
    if stored in STORED:
        pq.write_table(labelled(STORED[stored]), path := tmp_path / "data.parquet")
    else:
        labelled(LABELS.astype(float)).to_pandas().to_csv(path := tmp_path / "data.csv", index=False)
    assert train(run, path)["task"] == "classification"
    run("predict", "m:1", "-i", path, "-o", tmp_path / "out.csv", "--proba")
    header, *lines = (tmp_path / "out.csv").read_text().splitlines()
    assert header == "prediction,probability_0,probability_1,probability_2"
    assert {line.partition(",")[0] for line in lines} == {"0", "1", "2"}
    version = ModelVersion.objects.get()
    assert version.signature["output"] == {"name": "y", "type": "integer", "classes": [0, 1, 2]}
    assert version.report["confusion_matrix"]["labels"] == [*version.report["roc"]] == ["0", "1", "2"]
    assert {type(label) for label in version.report["sample"]["predictions"]} == {int}


def test_numbers_with_fractions_or_with_many_values_are_no_labels(run: Run, tmp_path: Path) -> None:
    for name, values in (("halves", (LABELS > 0) / 2), ("many", np.arange(120.0))):
        pq.write_table(labelled(values), path := tmp_path / f"{name}.parquet")
        run("add_dataset", name, path)
        asked = ("train_model", name, "--dataset", name, "--target", "y", "--estimator", "decision_tree", "--json")
        assert run(*asked).json["task"] == "regression"
    assert run(*asked[:2], "--dataset", "halves", "--target", "y", "--task", "classification").err == (
        "The target 'y' is a number with fractions: classes are texts, booleans or whole numbers. "
        "Use --task regression."
    )


def test_a_label_of_floats_is_written_as_its_prediction_is(tmp_path: Path) -> None:
    labels = [0.0, 1.0, 0.5, 1e20, 1e-7]
    with TableWriter(tmp_path / "out.csv", FileFormat.CSV) as writer:
        writer.write(pa.table({"prediction": labels}))
    assert (tmp_path / "out.csv").read_text().splitlines()[1:] == [label_text(label) for label in labels]


def test_a_profile_of_before_tells_whole_numbers_by_its_values(run: Run, tmp_path: Path) -> None:
    pq.write_table(labelled(LABELS.astype(float)), path := tmp_path / "data.parquet")
    run("add_dataset", "d", path)
    version = DatasetVersion.objects.get()
    for column in version.profile:
        column.pop("whole")
    version.save(update_fields=["profile"])
    asked = ("train_model", "m", "--dataset", "d", "--target", "y", "--estimator", "decision_tree", "--json")
    assert run(*asked).json["task"] == "classification"


def test_a_report_names_booleans_as_predictions_do(run: Run, tmp_path: Path) -> None:
    pd.DataFrame({"x": NUMBERS, "y": LABELS > 0}).to_parquet(path := tmp_path / "data.parquet", index=False)
    train(run, path)
    report = ModelVersion.objects.get().report
    assert (report["confusion_matrix"]["labels"], [*report["roc"]]) == (["false", "true"], ["true"])
