"""The bucket alone brings every row back, on either database, and work goes on from there."""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.catalog_rows import compare_catalogs
from tests.s3.machine import TRAIN_TUMOUR, Machine
from tests.s3.recovery import findings, rows
from tests.summary import count

KILLED_AFTER_SECONDS = (0.6, 1.2)


@pytest.fixture(scope="module")
def lived(machine: Callable[..., Machine], cancer_csv: Path) -> Machine:
    """A catalog that went through what catalogs go through."""
    made = machine()
    made.run("add_dataset", "cancer", cancer_csv, "--description", "Tumours")
    for seed in (1, 2, 3):
        made.run(*TRAIN_TUMOUR, "--random-state", seed, "--alias", "production")
    made.run("rollback", "tumour", "--reason", "It drifts")
    made.run("promote", "tumour:1", "--alias", "staging")
    made.run("archive_version", "tumour:3")
    made.run("predict", "tumour", "-i", "dataset:cancer")
    made.run("predict", "tumour", "-i", cancer_csv, "-o", "out.csv")
    return made


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_every_row_comes_back_and_work_goes_on(machine: Callable[..., Machine], lived: Machine, engine: str) -> None:
    other, before = machine(engine=engine, bucket_of=lived), rows(lived)
    told = other.json("rebuild_catalog", "--yes")
    compare_catalogs(before, rows(other))
    assert (told["findings"], told["notes"], findings(other)) == ([], [], [])
    count("rows rebuilt from the bucket", len(before))


def test_a_rebuilt_catalog_goes_on_numbering(machine: Callable[..., Machine], cancer_csv: Path) -> None:
    made = machine()
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR, "--alias", "production")
    other = machine(engine="postgres", bucket_of=made)
    other.run("rebuild_catalog", "--yes")
    assert other.json(*TRAIN_TUMOUR)["version"] == 2
    other.run("promote", "tumour:2", "--reason", "the newer")
    events = [row["id"] for row in other.rows("SELECT id FROM catalog_auditevent ORDER BY id")]
    assert events == [1, 2, 3, 4, 5]
    assert findings(other) == []


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_killed_rebuild_leaves_nothing_half_done(
    machine: Callable[..., Machine], lived: Machine, engine: str
) -> None:
    other, before = machine(engine=engine, bucket_of=lived), rows(lived)
    for seconds in KILLED_AFTER_SECONDS:
        with suppress(subprocess.TimeoutExpired):
            other.start("rebuild_catalog", "--yes").finish(timeout=seconds)
        if found := rows(other):
            compare_catalogs(before, found)
    other.run("rebuild_catalog", "--yes")
    compare_catalogs(before, rows(other))
