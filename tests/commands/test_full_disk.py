"""A disk that has no room left, as a limit on the size of files makes it: one line, and nothing half-done."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from catalog.models import AuditEvent, DatasetVersion, ModelVersion
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from tests.commands.conftest import Run
from tests.factories import write_csv
from tests.services.integrity.catalogs import make_sound, settle


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Within it no file grows beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.django_db
def test_a_dataset_for_which_there_is_no_room_is_failed_and_leaves_nothing(
    run: Run, tmp_path: Path, departures: pd.DataFrame
) -> None:
    source = write_csv(departures, tmp_path)
    with room_for(1000):
        outcome = run("add_dataset", "departures", source)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("The disk is full (File too large). Make room in ")
    settle()
    assert DatasetVersion.objects.get().status == "FAILED"
    assert verify_catalog().findings == []
    assert list((tmp_path / "objects").rglob("*.csv")) == []


def test_a_result_for_which_there_is_no_room_leaves_no_half_of_it(
    run: Run, tmp_path: Path, late_v1: ModelVersion
) -> None:
    make_sound(late_v1)
    events = AuditEvent.objects.count()
    with room_for(500):
        outcome = run("predict", "late:1", "--input", "dataset:departures", "--output", tmp_path / "out.csv")
    assert outcome.code == 1
    assert "The disk is full" in outcome.err
    assert not (tmp_path / "out.csv").exists()
    assert AuditEvent.objects.count() == events
    assert verify_catalog().findings == []
