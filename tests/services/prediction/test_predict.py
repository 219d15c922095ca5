"""Predicting through the service: what the receipt records, and what is refused before anything is written."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from catalog.exceptions import CatalogError, InvalidData, InvalidRequest, NotFound
from catalog.models import ModelVersion, Prediction
from catalog.services.prediction.predict import Predicted, predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.storage.digests import path_sha256
from catalog.storage.interface import catalog_storage
from tests.factories import write_csv
from tests.services import snapshots

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("late_v1")]


def run(source: object, output: object = "", reference: str = "late:1", **options: Any) -> Predicted:
    streams = {name: options.pop(name) for name in ("stdin", "stdout", "guard") if name in options}
    request = PredictionRequest(reference, str(source), str(output), **options)
    return predict(request=request, actor="ada", **streams)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(snapshots.departures().head(20), tmp_path, "new.csv")


def test_the_receipt_says_what_was_predicted_with_what(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    receipt = run(source, output).receipt
    assert (receipt.status, receipt.row_count, receipt.created_by) == (Prediction.Status.READY, 20, "ada")
    assert receipt.model_sha256 == ModelVersion.objects.get().sha256
    assert (receipt.input_sha256, receipt.output_sha256) == (path_sha256(source), path_sha256(output))


def test_without_an_output_the_result_is_kept_in_the_catalog(source: Path) -> None:
    receipt = run(source).receipt
    stored = catalog_storage().stat(receipt.output.name)
    assert stored.size_bytes == receipt.output_bytes > 0


def test_a_version_of_a_dataset_is_recorded_as_the_input(tmp_path: Path) -> None:
    receipt = run("dataset:departures:1", tmp_path / "out.csv").receipt
    assert receipt.input_dataset_version is not None
    assert receipt.input_sha256 == receipt.input_dataset_version.sha256


def test_streams_are_read_and_written(source: Path) -> None:
    output = io.BytesIO()
    run("-", "-", stdin=io.BytesIO(source.read_bytes()), stdout=output)
    rows = list(csv.reader(output.getvalue().decode().splitlines()))
    assert (rows[0], len(rows)) == (["prediction"], 21)


def test_categories_that_training_did_not_see_are_counted(tmp_path: Path) -> None:
    rows = snapshots.departures().head(5).assign(carrier="ZZ")
    receipt = run(write_csv(rows, tmp_path, "odd.csv"), tmp_path / "out.csv").receipt
    assert receipt.unseen_categories == {"carrier": 5}


REFUSED: dict[str, tuple[dict[str, Any], type[CatalogError], str]] = {
    "no such version": ({"reference": "late:9"}, NotFound, "late"),
    "no ending": ({"output": "out.txt"}, InvalidData, "name a file that ends in"),
    "an id twice": ({"id_columns": ["origin", "origin"]}, InvalidRequest, "^`id_columns` names a column twice"),
    "an id that is not there": ({"id_columns": ["orgin"]}, InvalidData, "has no column 'orgin'. Did you mean origin"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_predicted_leaves_no_receipt(
    source: Path, tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        run(source, **{"output": "out.csv", **options})
    assert (Prediction.objects.count(), list(tmp_path.glob("out.*"))) == (0, [])


def test_a_bad_cell_far_below_leaves_the_output_as_it_was(tmp_path: Path) -> None:
    rows = snapshots.departures()
    rows = rows.assign(distance=rows["distance"].astype(str).where(rows.index != rows.index[-1], "far"))
    output = tmp_path / "out.csv"
    output.write_text("of yesterday")
    with pytest.raises(InvalidData, match=r"column 'distance', row \d+: 'far' is not a number"):
        run(write_csv(rows, tmp_path, "bad.csv"), output)
    assert output.read_text() == "of yesterday"


def test_a_guard_that_refuses_leaves_the_receipt_failed(source: Path, tmp_path: Path) -> None:
    def refuse(_: Prediction) -> None:
        raise InvalidRequest("cancelled")

    with pytest.raises(InvalidRequest, match="cancelled"):
        run(source, tmp_path / "out.csv", guard=refuse)
    receipt = Prediction.objects.get()
    assert (receipt.status, receipt.failure) == (Prediction.Status.FAILED, "cancelled")
