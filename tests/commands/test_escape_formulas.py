"""`predict --escape-formulas`: CSV that people open computes nothing; without it all is written as it came."""

from pathlib import Path

import pandas as pd
import pytest

from catalog.models import ModelVersion, Prediction
from tests.commands.conftest import Run
from tests.factories import write_csv

WRITTEN = ["=1+1", "+49 1", "-1.5", "-7/b", "@a", "plain"]


@pytest.fixture
def source(departures: pd.DataFrame, tmp_path: Path) -> Path:
    return write_csv(departures.head(6).assign(**{"=id": WRITTEN}), tmp_path, "new.csv")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["=id", *WRITTEN]),
        (("--escape-formulas",), ["'=id", "'=1+1", "'+49 1", "-1.5", "'-7/b", "'@a", "plain"]),
    ],
)
def test_texts_are_escaped_where_that_is_asked_for(
    run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path, options: tuple[str, ...], expected: list[str]
) -> None:
    run("predict", "late:1", "-i", source, "-o", tmp_path / "out.csv", "--id-column", "=id", *options)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.rpartition(",")[0] for line in lines] == expected


def test_parquet_holds_no_formulas(run: Run, late_v1: ModelVersion, source: Path, tmp_path: Path) -> None:
    outcome = run("predict", "late:1", "-i", source, "-o", tmp_path / "out.parquet", "--escape-formulas")
    said = "--escape-formulas is for CSV: nothing computes what Parquet holds. Leave it out."
    assert (outcome.code, outcome.err, Prediction.objects.count()) == (1, said, 0)


def test_parts_are_for_programs(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    outcome = run("predict", "late:1", "-i", tmp_path, "--engine", "dask", "--escape-formulas")
    assert outcome.err == "--escape-formulas is for one file: leave it out with --engine dask."
