"""Datasets of many files in a folder of this machine: what is recorded, what must agree, and what is refused."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.exceptions import CatalogError, DigestMismatch, InvalidData, InvalidRequest, SourceChanged
from catalog.models import DatasetVersion, ModelVersion
from catalog.services.datasets import many_files
from catalog.services.datasets.add_dataset import AddedDataset, add_dataset
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.prediction.predict import predict
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model
from catalog.storage.interface import catalog_storage
from tests.services.snapshots import departures

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The departures in three Parquet files."""
    made = tmp_path / "many"
    (made / "later").mkdir(parents=True)
    for name, rows in (("a", slice(0, 100)), ("b", slice(100, 200)), ("later/c", slice(200, 300))):
        departures().iloc[rows].to_parquet(made / f"{name}.parquet", index=False)
    return made


def add(source: Path | str, **options: Any) -> AddedDataset:
    return add_dataset(name="many", source=str(source), actor="ada", **options)


def train(reference: str = "many:1") -> ModelVersion:
    return train_model(
        request=TrainingRequest("late", reference, "late", estimator="decision_tree"), actor="ada"
    ).version


def test_the_version_holds_the_list_of_the_files_and_what_all_rows_say(folder: Path) -> None:
    version = add(folder).version
    with catalog_storage().stream(version.stored_key) as chunks:
        listed = json.loads(b"".join(chunks))
    files = sorted(folder.rglob("*.parquet"))
    assert [(file["uri"], file["size_bytes"]) for file in listed["files"]] == [
        (str(path), path.stat().st_size) for path in files
    ]
    assert (version.row_count, version.part_count) == (300, 3)
    assert version.part_bytes == sum(path.stat().st_size for path in files)
    assert version.stored_key.endswith("-data.parts.json")


def test_the_same_table_in_one_file_has_the_same_schema_and_profile(folder: Path, tmp_path: Path) -> None:
    departures().to_parquet(tmp_path / "one.parquet", index=False)
    one = add_dataset(name="one", source=str(tmp_path / "one.parquet"), actor="ada").version
    many = add(folder).version
    assert (many.schema, many.profile, many.first_rows) == (one.schema, one.profile, one.first_rows)


def test_the_same_files_again_make_no_new_version_and_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = add(folder).version
    monkeypatch.delattr(many_files, "unchanged_copy")
    again = add(folder)
    assert (again.version, again.created) == (version, False)


def test_a_file_more_makes_a_new_version_and_the_old_one_stays_as_it_was(folder: Path) -> None:
    add(folder)
    departures().iloc[:50].to_parquet(folder / "d.parquet", index=False)
    added = add(folder)
    assert (added.version.number, added.version.row_count) == (2, 350)
    train("many:1")


def test_a_model_learns_the_same_from_many_files_as_from_one(folder: Path, tmp_path: Path) -> None:
    departures().to_parquet(tmp_path / "one.parquet", index=False)
    add_dataset(name="one", source=str(tmp_path / "one.parquet"), actor="ada")
    add(folder)
    of_many, of_one = train("many:1"), train("one:1")
    assert (of_many.sha256, of_many.metrics) == (of_one.sha256, of_one.metrics)


def test_it_is_predicted_row_by_row_as_one_file_is(folder: Path, tmp_path: Path) -> None:
    departures().to_parquet(tmp_path / "one.parquet", index=False)
    add(folder)
    train()
    for source, name in (("dataset:many:1", "many.csv"), (str(tmp_path / "one.parquet"), "one.csv")):
        predict(request=PredictionRequest("late:1", source, str(tmp_path / name)), actor="ada")
    assert (tmp_path / "many.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


@pytest.mark.parametrize("kind", ["written again", "gone"])
def test_a_file_that_changed_since_is_refused_by_name(folder: Path, kind: str) -> None:
    add(folder)
    path = folder / "b.parquet"
    if kind == "gone":
        path.unlink()
    else:
        departures().iloc[:99].to_parquet(path, index=False)
    with pytest.raises(SourceChanged, match=r"b\.parquet (changed since it was recorded|is no longer there)"):
        train()
    assert ModelVersion.objects.count() == 0


def test_a_file_that_was_changed_behind_its_time_stamp_is_refused_by_its_digest(folder: Path) -> None:
    add(folder)
    path = folder / "b.parquet"
    found, content = path.stat(), bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    with pytest.raises(DigestMismatch, match=r"b\.parquet has the SHA-256 .*It was not read"):
        train()


def write(folder: Path, name: str, rows: dict[str, list[Any]]) -> None:
    folder.mkdir(exist_ok=True)
    frame = pd.DataFrame(rows)
    frame.to_parquet(folder / name, index=False) if name.endswith("parquet") else frame.to_csv(
        folder / name, index=False
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_types_that_do_not_agree_name_the_file_and_the_column(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "x", f"a.{kind}", {"n": [1, 2], "m": [1, 2]})
    write(tmp_path / "x", f"b.{kind}", {"n": [3, 4], "m": ["three", "four"]})
    with pytest.raises(InvalidData, match=rf"b\.{kind}: column 'm' is string, and integer in the files before it"):
        add(tmp_path / "x")
    assert DatasetVersion.objects.count() == 0


def test_types_that_do_not_agree_can_be_read_as_text(tmp_path: Path) -> None:
    write(tmp_path / "x", "a.csv", {"m": [1, 2]})
    write(tmp_path / "x", "b.csv", {"m": ["three", "four"]})
    version = add(tmp_path / "x", reading=ReadingRequest(["m=string"])).version
    assert [column["type"] for column in version.schema] == ["string"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_integers_agree_with_numbers_and_a_column_without_values_with_all(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "x", f"a.{kind}", {"n": [1, 2], "m": [None, None], "k": ["u", "v"]})
    write(tmp_path / "x", f"b.{kind}", {"n": [1.5, 2.5], "m": [True, False], "k": ["u", "v"]})
    version = add(tmp_path / "x").version
    assert {column["name"]: column["type"] for column in version.schema} == {
        "n": "number",
        "m": "boolean",
        "k": "string",
    }


def test_columns_that_differ_name_the_file(tmp_path: Path) -> None:
    write(tmp_path / "x", "a.csv", {"n": [1, 2], "m": [1, 2]})
    write(tmp_path / "x", "b.csv", {"n": [3, 4], "o": [1, 2]})
    with pytest.raises(InvalidData, match=r"b\.csv has no column 'm' and has the column 'o', unlike .*a\.csv"):
        add(tmp_path / "x")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a.txt"], "There is no file at .* that ends in .csv"),
        (["a.csv", "b.parquet"], r"holds texts, as .*/a\.csv, and files whose columns have types, as .*/b\.parquet\."),
    ],
)
def test_folders_without_one_kind_of_table_are_refused(tmp_path: Path, names: list[str], told: str) -> None:
    for name in names:
        write(tmp_path / "x", name, {"n": [1, 2]})
    with pytest.raises(CatalogError, match=told):
        add(tmp_path / "x")


def test_a_pattern_chooses_among_the_files_of_one_folder(folder: Path) -> None:
    (folder / "_SUCCESS").touch()
    assert add(f"{folder}/*.parquet").version.part_count == 2
    assert add(f"{folder}/*/?.parquet").version.part_count == 1


def test_many_files_are_predicted_in_one_process_only_as_a_dataset(folder: Path) -> None:
    add(folder)
    train()
    with pytest.raises(
        InvalidRequest, match=r"is many files\. Predict them with `engine` dask, or add them as a dataset"
    ):
        predict(request=PredictionRequest("late:1", str(folder)), actor="ada")
