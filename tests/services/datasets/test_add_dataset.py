"""Adding a table: what the version records, and what is refused before anything is stored."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.exceptions import CatalogError, InvalidData, InvalidReference, InvalidRequest
from catalog.models import AuditEvent, Dataset, DatasetVersion
from catalog.services.datasets import add_dataset as adding
from catalog.services.datasets.add_dataset import AddedDataset, add_dataset
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import TableRecord
from catalog.storage.digests import path_sha256
from tests.factories import write_csv
from tests.services import snapshots

pytestmark = pytest.mark.django_db
FRAME = pd.DataFrame({"name": ["wren", "robin", None], "wing": [5.5, 7.0, 6.0], "seen": ["2026-01-31"] * 3})


def add(source: object, name: str = "birds", **options: Any) -> AddedDataset:
    return add_dataset(name=name, source=str(source), actor="ada", **options)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(FRAME, tmp_path, "birds.csv")


def test_the_version_records_the_table_and_where_it_came_from(source: Path) -> None:
    version = add(source, description="By hand.").version
    assert (version.reference, version.status, version.row_count) == ("birds:1", DatasetVersion.Status.READY, 3)
    assert (version.sha256, version.size_bytes) == (path_sha256(source), source.stat().st_size)
    assert [(column["name"], column["type"], column["nulls"]) for column in version.schema] == [
        ("name", "string", 1),
        ("wing", "number", 0),
        ("seen", "date", 0),
    ]
    assert version.dataset.description == "By hand."


def test_adding_is_an_event(source: Path) -> None:
    add(source)
    event = AuditEvent.objects.get(verb=AuditEvent.Verb.DATASET_ADDED)
    assert event.actor == "ada"


def test_csv_and_parquet_have_the_same_types(source: Path, tmp_path: Path) -> None:
    FRAME.assign(seen=pd.to_datetime(FRAME["seen"]).dt.date).to_parquet(tmp_path / "birds.parquet")
    assert add(source).version.schema == add(tmp_path / "birds.parquet").version.schema


def test_the_same_bytes_are_the_version_that_is_there(source: Path) -> None:
    first, second = add(source), add(source)
    assert (first.created, second.created, second.version) == (True, False, first.version)


def test_other_types_of_the_same_bytes_are_another_version(source: Path) -> None:
    assert (add(source).version.number, add(source, reading=ReadingRequest(["wing=string"])).version.number) == (1, 2)


REFUSED: dict[str, tuple[str, dict[str, Any], type[CatalogError], str]] = {
    "a name": ("a,b\n1,2\n", {"name": "No Name"}, InvalidReference, "No Name"),
    "no rows": ("a,b\n", {}, InvalidData, "has a header but no rows"),
    "empty": ("", {}, InvalidData, "is empty"),
    "another column": (
        "a,b\n1,2\n",
        {"reading": ReadingRequest(["c=string"])},
        InvalidRequest,
        "^`column_types` c=string: there",
    ),
    "another type": (
        "a,b\n1,2\n",
        {"reading": ReadingRequest(["a=text"])},
        InvalidRequest,
        "^`column_types` a=text: 'text' is",
    ),
    "a cell": ("a,b\nx,2\n", {"reading": ReadingRequest(["a=integer"])}, InvalidData, "row 1: 'x' is not an integer"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_added_leaves_nothing(case: str, tmp_path: Path) -> None:
    text, options, error, message = REFUSED[case]
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(error, match=message):
        add(tmp_path / "table.csv", **options)
    assert not Dataset.objects.exists()


def test_a_file_that_changes_while_it_is_read_is_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    describe = adding.describe_file

    def meanwhile(*arguments: Any, **options: Any) -> TableRecord:
        described = describe(*arguments, **options)
        write_csv(snapshots.departures().head(9), source.parent, source.name)
        return described

    monkeypatch.setattr(adding, "describe_file", meanwhile)
    with pytest.raises(InvalidData, match=r"birds\.csv changed while it was read"):
        add(source)
    assert not DatasetVersion.objects.exists()
