"""The same table added twice at the same time is one version."""

from pathlib import Path
from typing import Any

import pytest

from catalog.models import DatasetVersion
from catalog.services.datasets import add_dataset as adding
from catalog.services.datasets.add_dataset import AddedDataset, add_dataset
from catalog.services.datasets.reading_request import ReadingRequest
from catalog.services.datasets.table_record import TableRecord
from catalog.storage.local import LocalCatalogStorage
from tests.factories import write_csv
from tests.services import snapshots

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(snapshots.departures(), tmp_path, "departures.csv")


def add(source: Path, **options: Any) -> AddedDataset:
    return add_dataset(name="departures", source=str(source), actor="ada", **options)


def files() -> list[str]:
    return [path.parent.name for path in snapshots.location().rglob("*-data.csv") if path.name[0] != "."]


def test_a_table_that_somebody_else_added_while_it_was_read_takes_no_number(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = adding.describe_file

    def meanwhile(*arguments: Any, **options: Any) -> TableRecord:
        described = describe(*arguments, **options)
        monkeypatch.undo()
        add(source)
        return described

    monkeypatch.setattr(adding, "describe_file", meanwhile)
    added = add(source)
    assert (added.version.reference, added.created) == ("departures:1", False)
    assert [version.status for version in DatasetVersion.objects.all()] == ["READY"]


def test_a_table_that_somebody_else_added_while_it_was_stored_is_not_ready_twice(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = LocalCatalogStorage.put

    def meanwhile(self: LocalCatalogStorage, *arguments: Any, **options: Any) -> None:
        put(self, *arguments, **options)
        monkeypatch.undo()
        add(source)

    monkeypatch.setattr(LocalCatalogStorage, "put", meanwhile)
    added = add(source)
    assert (added.version.reference, added.created) == ("departures:2", False)
    lost, kept = DatasetVersion.objects.order_by("number")
    assert (lost.status, kept.status, files()) == ("FAILED", "READY", ["v0002"])
    assert lost.failure == "departures:2, which was added at the same time, holds the same table."


def test_other_column_types_of_the_same_bytes_are_another_version_also_at_the_same_time(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = LocalCatalogStorage.put

    def meanwhile(self: LocalCatalogStorage, *arguments: Any, **options: Any) -> None:
        put(self, *arguments, **options)
        monkeypatch.undo()
        add(source, reading=ReadingRequest(["distance=string"]))

    monkeypatch.setattr(LocalCatalogStorage, "put", meanwhile)
    assert add(source).created
    assert DatasetVersion.objects.ready().count() == 2
