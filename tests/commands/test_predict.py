import gzip
import hashlib
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from catalog import load_model
from catalog.ml.tables.files.csv_reading import BLOCK_BYTES
from catalog.models import ModelVersion, Prediction
from catalog.storage.local import LocalCatalogStorage
from tests.commands.conftest import Run
from tests.factories import make_dataset, make_version, write_csv


@pytest.fixture
def source(tmp_path: Path, departures: pd.DataFrame) -> Path:
    """The departures without the answer."""
    return write_csv(departures.drop(columns="late"), tmp_path, "new.csv")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def temporary_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def test_says_what_was_predicted_and_where(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    lines = run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv").lines
    assert lines[0].startswith(f"Predicted with late:1 (sha256 {late_v1.sha256[:12]}…): 300 rows in ")
    assert lines[0].endswith(" rows/s).")
    assert lines[1:] == [f"  Output: {tmp_path}/out.csv", f"  Receipt: {Prediction.objects.get().id}"]


def test_json_has_the_promised_keys(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    result = run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", "--json").json
    assert result["reference"] == "late:1"
    assert (result["sha256"], result["rows"], result["output"]) == (late_v1.sha256, 300, f"{tmp_path}/out.csv")
    assert (result["unseen_categories"], result["extra_columns"]) == ({}, [])
    assert result["seconds"] > 0


def test_the_predictions_are_those_of_the_loaded_estimator(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, source: Path, tmp_path: Path
) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv")
    table = departures.drop(columns="late")
    days = pd.to_datetime(table["time_hour"]).astype("datetime64[us, UTC]").astype("int64") / 86_400_000_000
    frame = table.assign(
        carrier=table["carrier"].astype("category"), origin=table["origin"].astype("category"),
        distance=table["distance"].astype(float), time_hour=days,
    )  # fmt: skip
    assert (
        pd.read_csv(tmp_path / "out.csv")["prediction"].tolist()
        == load_model("late:1").estimator.predict(frame).tolist()
    )


def test_the_output_lies_in_the_catalog_when_none_is_named(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path
) -> None:
    result = run("predict", "late:1", "-i", source, "--json").json
    receipt = Prediction.objects.get()
    assert receipt.output.name == f"predictions/late/v0001/{receipt.id}/predictions.csv"
    assert result["output"] == str(tmp_path / "objects" / receipt.output.name)
    assert sha256(Path(result["output"])) == receipt.output_sha256


def test_the_receipt_holds_all_digests(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv")
    receipt = Prediction.objects.get()
    assert (receipt.model_version, receipt.model_sha256) == (late_v1, late_v1.sha256)
    assert (receipt.input_uri, receipt.input_sha256) == (str(source), sha256(source))
    assert (receipt.output_uri, receipt.output_sha256) == (f"{tmp_path}/out.csv", sha256(tmp_path / "out.csv"))
    assert (receipt.row_count, receipt.status, receipt.created_by) == (300, "READY", "ada")


def test_a_dataset_is_an_input(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    run("predict", "late:1", "-i", "dataset:departures:1", "-o", tmp_path / "out.csv")
    receipt = Prediction.objects.get()
    assert receipt.input_dataset_version == late_v1.dataset_version
    assert receipt.input_sha256 == late_v1.dataset_version.sha256


def test_an_unknown_dataset_names_the_near_one(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("predict", "late:1", "-i", "dataset:departure")
    assert outcome.err == "There is no dataset 'departure'. Did you mean departures? Add it with add_dataset."


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_the_name_of_the_output_says_its_format(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path, suffix: str
) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / f"out{suffix}", "--id-column", "carrier")
    read = pd.read_parquet if suffix == ".parquet" else pd.read_csv
    table = read(tmp_path / f"out{suffix}")
    assert (list(table.columns), len(table)) == (["carrier", "prediction"], 300)


def test_csv_gzip_and_parquet_inputs_give_the_same_output(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "new.csv.gz").write_bytes(gzip.compress(source.read_bytes()))
    departures.to_parquet(tmp_path / "new.parquet")
    for suffix in ("csv", "csv.gz", "parquet"):
        if suffix == "parquet":
            table = departures.assign(time_hour=pd.to_datetime(departures["time_hour"]))
            table.to_parquet(tmp_path / "new.parquet")
        run("predict", "late:1", "-i", tmp_path / f"new.{suffix}", "-o", tmp_path / f"{suffix}.out.csv")
    assert len({(tmp_path / f"{suffix}.out.csv").read_bytes() for suffix in ("csv", "csv.gz", "parquet")}) == 1


def test_standard_output_holds_nothing_but_the_result(
    run: Run, late_v1: ModelVersion, source: Path, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv")
    outcome = run("predict", "late:1", "-i", source, "-o", "-")
    assert capfdbinary.readouterr().out == (tmp_path / "out.csv").read_bytes()
    assert outcome.out == ""
    assert "  Output: standard output" in outcome.err.splitlines()


def test_json_and_standard_output_exclude_each_other(run: Run, late_v1: ModelVersion, source: Path) -> None:
    outcome = run("predict", "late:1", "-i", source, "-o", "-", "--json")
    assert outcome.err == "--json and --output - would both write to standard output. Choose one."
    assert Prediction.objects.count() == 0


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_an_input(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Any
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pack(source.read_bytes()))))
    outcome = run("predict", "late:1", "-i", "-", "-o", tmp_path / "out.csv", "--json")
    assert outcome.json["rows"] == 300
    assert Prediction.objects.get().input_uri == "-"


def test_an_empty_standard_input_is_named(run: Run, late_v1: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert run("predict", "late:1", "-i", "-").err == "standard input is empty."


def test_id_columns_are_copied_verbatim(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    written = ["007", "NA", "1.50", "1e3", "true", ' a "b"', "x,y", "", "2013-01-01", "ünï"]
    source = write_csv(departures.head(10).assign(id=written), tmp_path, "new.csv")
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", "--id-column", "id")
    table = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert table["id"].tolist() == written


def test_id_columns_come_first_in_the_order_given(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path
) -> None:
    ids = ("--id-column", "origin", "--id-column", "carrier")
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", *ids)
    assert (tmp_path / "out.csv").read_text().partition("\n")[0] == "origin,carrier,prediction"


def test_an_id_column_may_be_a_feature_too(
    run: Run, late_v1: ModelVersion, source: Path, departures: pd.DataFrame, tmp_path: Path
) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / "plain.csv")
    ids = ("--id-column", "dep_time", "--id-column", "time_hour")
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", *ids)
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["prediction"].tolist() == pd.read_csv(tmp_path / "plain.csv")["prediction"].tolist()
    assert table["time_hour"].tolist() == departures["time_hour"].tolist()


def test_an_unparsable_cell_of_a_feature_that_is_an_id_column_is_named(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    table = departures.assign(distance=departures["distance"].astype(str).where(departures.index != 4, "far"))
    source = write_csv(table, tmp_path, "new.csv")
    outcome = run("predict", "late:1", "-i", source, "--id-column", "distance")
    assert outcome.err == f"{source}: column 'distance', row 5: 'far' is not a number."


def test_an_id_column_named_as_an_output_column_is_refused(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    source = write_csv(departures.assign(prediction=1), tmp_path, "new.csv")
    outcome = run("predict", "late:1", "-i", source, "--id-column", "prediction")
    assert outcome.err == "--id-column prediction: the output has a column of that name already."


def test_an_id_column_named_twice_is_refused(run: Run, late_v1: ModelVersion, source: Path) -> None:
    outcome = run("predict", "late:1", "-i", source, "--id-column", "carrier", "--id-column", "carrier")
    assert outcome.err == "--id-column names a column twice."


def test_proba_writes_a_column_for_each_class(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", "--proba")
    table = pd.read_csv(tmp_path / "out.csv")
    assert list(table.columns) == ["prediction", "probability_false", "probability_true"]
    np.testing.assert_allclose(table["probability_false"] + table["probability_true"], 1)
    assert ((table["probability_true"] > 0.5) == table["prediction"]).all()


def test_proba_of_an_estimator_without_probabilities_is_refused(
    run: Run, departures_v1: Any, source: Path, tmp_path: Path
) -> None:
    make_version(tmp_path, name="late", dataset="departures", target="late", estimator="ridge")
    outcome = run("predict", "late:1", "-i", source, "--proba")
    assert outcome.err == "--proba: this estimator gives no probabilities. Train one that has predict_proba."


def test_the_order_of_columns_does_not_matter(
    run: Run, late_v1: ModelVersion, source: Path, departures: pd.DataFrame, tmp_path: Path
) -> None:
    other = write_csv(departures[sorted(departures.columns, reverse=True)], tmp_path, "other.csv")
    run("predict", "late:1", "-i", source, "-o", tmp_path / "1.csv", "--proba")
    run("predict", "late:1", "-i", other, "-o", tmp_path / "2.csv", "--proba")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_extra_columns_are_ignored_and_said(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    source = write_csv(departures.assign(remark="x"), tmp_path, "new.csv")
    outcome = run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv")
    assert outcome.lines[-1] == "  Columns not used: late, remark."
    assert Prediction.objects.get().extra_columns == ["late", "remark"]


def test_a_missing_column_is_named_with_the_near_one(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    source = write_csv(departures.rename(columns={"carrier": "carier"}), tmp_path, "new.csv")
    outcome = run("predict", "late:1", "-i", source)
    assert outcome.err == f"{source} has no column 'carrier'. Did you mean carier?"


def test_all_missing_columns_are_named_at_once(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    source = write_csv(pd.DataFrame({"a": [1], "b": [2]}), tmp_path, "new.csv")
    err = run("predict", "late:1", "-i", source).err
    assert err.startswith(f"{source} has no columns 'carrier', ")
    assert err.endswith(". There are: a, b.")


def test_unseen_categories_are_scored_and_counted(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    table = departures.assign(carrier=departures["carrier"].where(departures.index >= 3, "ZZ"))
    outcome = run("predict", "late:1", "-i", write_csv(table, tmp_path, "new.csv"), "-o", tmp_path / "out.csv")
    assert outcome.lines[-1] == "  carrier: 3 cells with a category that was not in the training data."
    assert Prediction.objects.get().unseen_categories == {"carrier": 3}
    assert len(pd.read_csv(tmp_path / "out.csv")) == 300


def test_a_missing_category_is_not_an_unseen_one(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    source = write_csv(departures.assign(carrier=None), tmp_path, "new.csv")
    assert run("predict", "late:1", "-i", source, "--json").json["unseen_categories"] == {}


@pytest.fixture
def unparsable(tmp_path: Path, departures: pd.DataFrame) -> tuple[Path, int]:
    """A file of several blocks, with a distance that is no number in a later one."""
    table = pd.concat([departures] * (2 * BLOCK_BYTES // 12_000), ignore_index=True).astype({"distance": object})
    table.loc[len(table) - 5, "distance"] = "far"
    path = write_csv(table, tmp_path, "bad.csv")
    assert path.stat().st_size > BLOCK_BYTES
    return path, len(table) - 4


def test_an_unparsable_cell_names_column_row_and_type(
    run: Run, late_v1: ModelVersion, unparsable: tuple[Path, int]
) -> None:
    path, row = unparsable
    outcome = run("predict", "late:1", "-i", path)
    assert outcome.err == f"{path}: column 'distance', row {row}: 'far' is not a number."


def test_a_failed_run_leaves_the_old_output_and_no_other_file(
    run: Run, late_v1: ModelVersion, unparsable: tuple[Path, int], tmp_path: Path
) -> None:
    target = tmp_path / "results" / "out.csv"
    target.parent.mkdir()
    target.write_bytes(b"the old result")
    assert run("predict", "late:1", "-i", unparsable[0], "-o", target).code == 1
    assert (target.read_bytes(), list(target.parent.iterdir())) == (b"the old result", [target])


def test_a_failed_run_leaves_no_output_and_no_receipt(
    run: Run, late_v1: ModelVersion, unparsable: tuple[Path, int], tmp_path: Path
) -> None:
    run("predict", "late:1", "-i", unparsable[0])
    assert Prediction.objects.count() == 0
    assert not (tmp_path / "objects" / "predictions").exists()


def test_a_new_output_replaces_the_old_one(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_bytes(b"the old result")
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().startswith("prediction\n")
    assert temporary_files(tmp_path) == []


@pytest.mark.parametrize("way", ["new.csv", "./new.csv", "link.csv", "hard.csv"])
def test_the_input_is_never_the_output(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "link.csv").symlink_to(source)
    (tmp_path / "hard.csv").hardlink_to(source)
    before = sha256(source)
    outcome = run("predict", "late:1", "-i", source, "-o", f"{tmp_path}/{way}")
    assert (outcome.code, outcome.err) == (1, f"{tmp_path}/{way} is the input itself. Name another output.")
    assert sha256(source) == before
    assert not Prediction.objects.exists()


def test_a_link_is_followed_and_stays(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert run("predict", "late:1", "-i", source, "-o", tmp_path / "link.csv").code == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert len(pd.read_csv(tmp_path / "real.csv")) == 300


def test_a_name_is_too_long_before_anything_is_read(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    outcome = run("predict", "late:1", "-i", "no.csv", "-o", tmp_path / f"{'x' * 252}.csv")
    assert outcome.err.endswith("is too long: a file's has at most 255 bytes.")


def test_the_longest_name_that_there_is_can_be_written(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path
) -> None:
    assert run("predict", "late:1", "-i", source, "-o", tmp_path / f"{'x' * 251}.csv").code == 0


def test_a_missing_output_folder_is_said_before_anything_is_read(run: Run, late_v1: ModelVersion) -> None:
    outcome = run("predict", "late:1", "-i", "/nowhere/new.csv", "-o", "/nowhere/out.csv")
    assert outcome.err == "There is no folder /nowhere. Make it first."


def test_an_output_of_an_unknown_kind_is_refused(run: Run, late_v1: ModelVersion, source: Path) -> None:
    outcome = run("predict", "late:1", "-i", source, "-o", "out.xlsx")
    assert outcome.err == "out.xlsx: name a file that ends in .csv, .csv.gz, .parquet, .pq."


def test_a_missing_input_is_named(run: Run, late_v1: ModelVersion) -> None:
    assert run("predict", "late:1", "-i", "/nowhere/new.csv").err == "There is no file /nowhere/new.csv."


def test_a_model_without_production_says_how_to_promote(run: Run, late_v1: ModelVersion, source: Path) -> None:
    assert run("predict", "late", "-i", source).err == (
        "late has no version with the alias 'production'. "
        "Promote one: manage.py promote late:NUMBER, or name a version, as late:latest."
    )


def test_the_production_version_is_what_a_name_means(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path
) -> None:
    make_version(tmp_path, name="late", dataset="departures", target="late", estimator="dummy")
    run("promote", "late:1")
    assert run("predict", "late", "-i", source, "--json").json["reference"] == "late:1"
    assert run("predict", "late:latest", "-i", source, "--json").json["reference"] == "late:2"


def test_a_changed_artifact_is_refused_with_both_digests(run: Run, late_v1: ModelVersion, source: Path) -> None:
    path = Path(late_v1.artifact.path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    outcome = run("predict", "late:1", "-i", source)
    assert f"its SHA-256 is {sha256(path)}, expected {late_v1.sha256}. It was not opened." in outcome.err
    assert Prediction.objects.count() == 0


def test_another_scikit_learn_is_refused_unless_allowed(run: Run, late_v1: ModelVersion, source: Path) -> None:
    late_v1.environment["versions"]["scikit-learn"] = "1.2.3"
    late_v1.save(update_fields=["environment"])
    refused = run("predict", "late:1", "-i", source)
    allowed = run("predict", "late:1", "-i", source, "--allow-version-mismatch", "--json")
    assert refused.err.startswith(f"late:1 (sha256 {late_v1.sha256[:12]}) was trained with scikit-learn 1.2.3, but ")
    assert (allowed.code, allowed.json["rows"]) == (0, 300)
    assert allowed.err.startswith("Warning: late:1")


def test_text_labels_are_predicted_as_they_are_written(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    zones = departures["origin"].map({"EWR": "007", "JFK": "1e3", "LGA": 'say "a,b"'})
    make_dataset(tmp_path, departures.assign(zone=zones), "zoned")
    make_version(tmp_path, name="zone", dataset="zoned", target="zone")
    run("predict", "zone:1", "-i", "dataset:zoned", "-o", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv", dtype=str)["prediction"].tolist() == zones.tolist()


def test_row_order_is_kept_over_many_slices(
    run: Run, late_v1: ModelVersion, departures: pd.DataFrame, tmp_path: Path
) -> None:
    table = pd.concat([departures] * 100, ignore_index=True)
    table["row"] = range(len(table))
    source = write_csv(table, tmp_path, "long.csv")
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", "--id-column", "row")
    result = pd.read_csv(tmp_path / "out.csv")
    assert result["row"].tolist() == list(range(30_000))
    assert (result["prediction"].to_numpy().reshape(100, 300) == result["prediction"].to_numpy()[:300]).all()


def test_the_second_prediction_downloads_nothing(
    run: Run, late_v1: ModelVersion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("predict", "late:1", "-i", "dataset:departures", "-o")
    run(*command, tmp_path / "first.csv")
    monkeypatch.setattr(LocalCatalogStorage, "fetch", lambda *given, **options: pytest.fail("downloaded"))
    assert run(*command, tmp_path / "second.csv").code == 0
    assert (tmp_path / "second.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()
