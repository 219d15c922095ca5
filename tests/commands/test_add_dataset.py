import gzip
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from catalog.ml.tables.file_formats import ENDINGS, SUFFIXES
from catalog.models import AuditEvent, Dataset, DatasetVersion
from tests.commands.conftest import Run
from tests.factories import write_csv


def test_says_what_was_added(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    path = write_csv(departures, tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    assert run("add_dataset", "departures", path).lines == [
        f"Added departures:1 (sha256 {digest}…): 300 rows, 6 columns.",
        (
            "  carrier (string), origin (string), distance (integer), time_hour (timestamp_utc), dep_time (number), "
            "late (boolean)"
        ),
    ]


def test_json_has_the_promised_keys(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    path = write_csv(departures, tmp_path)
    assert (
        run("add_dataset", "departures", path, "--json").json.items()
        >= {
            "reference": "departures:1",
            "name": "departures",
            "version": 1,
            "rows": 300,
            "columns": 6,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "created": True,
        }.items()
    )


def test_one_row_and_one_column_are_said_in_the_singular(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("size\n3\n")
    assert ": 1 row, 1 column." in run("add_dataset", "one", tmp_path / "one.csv").out


def test_the_same_bytes_twice_make_no_new_version(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    path = write_csv(departures, tmp_path)
    run("add_dataset", "departures", path)
    again = run("add_dataset", "departures", path)
    assert again.out.startswith("Nothing to add: the same bytes are there as departures:1 (sha256 ")
    assert again.code == 0
    assert DatasetVersion.objects.count() == 1
    assert Dataset.objects.get().next_number == 2


def test_the_same_bytes_twice_are_not_created_in_json(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    path = write_csv(departures, tmp_path)
    first, second = (run("add_dataset", "departures", path, "--json").json for _ in range(2))
    assert (first["created"], second["created"]) == (True, False)
    assert second["reference"] == first["reference"]


def test_the_same_bytes_under_another_name_are_another_dataset(
    run: Run, departures: pd.DataFrame, tmp_path: Path
) -> None:
    path = write_csv(departures, tmp_path)
    run("add_dataset", "departures", path)
    assert run("add_dataset", "flights", path, "--json").json["reference"] == "flights:1"


def test_other_bytes_are_the_next_version(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    run("add_dataset", "departures", write_csv(departures, tmp_path))
    shorter = write_csv(departures.head(100), tmp_path)
    assert run("add_dataset", "departures", shorter, "--json").json["reference"] == "departures:2"


def test_a_column_type_overrides_the_inferred_one(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    path = write_csv(departures, tmp_path)
    added = run("add_dataset", "departures", path, "--column-type", "distance=string", "--json").json
    assert next(column["type"] for column in added["schema"] if column["name"] == "distance") == "string"


def test_the_same_bytes_with_another_column_type_are_a_new_version(
    run: Run, tmp_path: Path, departures: pd.DataFrame
) -> None:
    path = write_csv(departures, tmp_path)
    run("add_dataset", "departures", path)
    typed = ("add_dataset", "departures", path, "--column-type", "distance=string", "--json")
    assert run(*typed).json["reference"] == "departures:2"
    assert run(*typed).json["created"] is False


def test_an_unknown_column_names_the_near_one(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    outcome = run("add_dataset", "d", write_csv(departures, tmp_path), "--column-type", "distanc=string")
    assert outcome.err == "--column-type distanc=string: there is no column 'distanc'. Did you mean distance?"
    assert (outcome.code, outcome.out) == (1, "")


def test_an_unknown_type_lists_the_known(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    outcome = run("add_dataset", "d", write_csv(departures, tmp_path), "--column-type", "distance=float")
    assert outcome.err == (
        "--column-type distance=float: 'float' is not a type. "
        "Use one of: boolean, date, integer, number, string, timestamp, timestamp_utc."
    )


def test_a_column_type_that_a_cell_does_not_fit_names_the_cell(
    run: Run, tmp_path: Path, departures: pd.DataFrame
) -> None:
    path = write_csv(departures, tmp_path)
    outcome = run("add_dataset", "d", path, "--column-type", "carrier=integer")
    first = departures["carrier"][0]
    assert outcome.err == f"{path}: column 'carrier', row 1: '{first}' is not an integer."


@pytest.mark.parametrize("content", [b"", b"a,b\n"])
def test_a_refused_file_leaves_no_row_and_no_object(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    assert run("add_dataset", "d", path).code == 1
    assert (Dataset.objects.count(), DatasetVersion.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)
    assert not (tmp_path / "objects").exists()


def test_a_missing_file_is_named(run: Run) -> None:
    assert run("add_dataset", "d", "/nowhere/data.csv").err == "There is no file /nowhere/data.csv."


def test_a_folder_without_tables_is_refused(run: Run, tmp_path: Path) -> None:
    outcome = run("add_dataset", "d", tmp_path)
    assert outcome.err == f"There is no file at {tmp_path} that ends in {', '.join(SUFFIXES)}."


def test_a_file_of_an_unknown_kind_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data.docx").write_bytes(b"PK\x03\x04")
    outcome = run("add_dataset", "d", tmp_path / "data.docx")
    assert outcome.err == f"{tmp_path}/data.docx: name a file that ends in {', '.join(ENDINGS)}."


@pytest.mark.parametrize("name", ["Departures", "-d", "a b", "", "x" * 64, "naïve", "../x"])
def test_a_name_that_breaks_the_rule_is_refused(run: Run, name: str) -> None:
    outcome = run("add_dataset", "--", name, "/nowhere/data.csv")
    assert outcome.err.startswith(f"{name!r} can't be the name of a dataset: use 1 to 63 lowercase letters")


def test_gzip_and_parquet_hold_the_same_rows_as_csv(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    path = write_csv(departures, tmp_path)
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    departures.to_parquet(tmp_path / "data.parquet")
    added = [run("add_dataset", "d", tmp_path / f"data.{kind}", "--json").json for kind in ("csv", "csv.gz", "parquet")]
    assert [version["version"] for version in added] == [1, 2, 3]
    assert {version["rows"] for version in added} == {300}


def test_the_description_of_a_later_version_is_its_note(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    for rows, said in ((300, "Flights"), (200, "Flights"), (100, "Without March")):
        run("add_dataset", "d", write_csv(departures.head(rows), tmp_path), "--description", said)
    assert Dataset.objects.get().description == "Flights"
    assert [version.notes for version in DatasetVersion.objects.order_by("number")] == ["", "", "Without March"]


def test_a_description_that_was_missing_is_the_datasets(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    run("add_dataset", "d", write_csv(departures, tmp_path))
    run("add_dataset", "d", write_csv(departures.head(100), tmp_path), "--description", "Flights")
    assert (Dataset.objects.get().description, DatasetVersion.objects.get(number=2).notes) == ("Flights", "")


def test_the_description_is_kept(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    run("add_dataset", "d", write_csv(departures, tmp_path), "--description", "Flights from New York")
    assert Dataset.objects.get().description == "Flights from New York"


def test_an_object_address_without_a_key_is_refused(run: Run) -> None:
    assert run("add_dataset", "d", "s3://bucket").err == (
        "'s3://bucket' is not the address of an object: write s3://bucket/path/to/file.csv."
    )


def test_adding_is_an_audit_event_of_who_did_it(run: Run, tmp_path: Path, departures: pd.DataFrame) -> None:
    run("add_dataset", "d", write_csv(departures, tmp_path))
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, str(event)) == ("dataset_added", "ada", "dataset added d:1")
