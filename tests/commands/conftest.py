"""Commands run in this process, and what they left on stdout and stderr."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from catalog.models import DatasetVersion, ModelVersion
from tests.factories import make_dataset
from tests.inspecting import inspected_here
from tests.services import snapshots

__all__ = ["inspected_here"]


@dataclass(frozen=True)
class Outcome:
    out: str
    err: str
    code: int = 0

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(db: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as `ada`. An error is on `err`, with the exit code that `manage.py` would give."""
    monkeypatch.setenv("LOGNAME", "ada")

    def call(*arguments: Any) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command(*map(str, arguments), stdout=out, stderr=err)
        except CommandError as error:
            return Outcome(out.getvalue(), f"{err.getvalue()}{error}", error.returncode)
        return Outcome(out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def departures() -> pd.DataFrame:
    return snapshots.departures()


@pytest.fixture
def departures_v1(db: None, tmp_path: Path, departures: pd.DataFrame) -> DatasetVersion:
    return make_dataset(tmp_path, departures, "departures")


@pytest.fixture
def late_v1(db: None) -> ModelVersion:
    """`late:1`, a decision tree on all of the departures' columns."""
    snapshots.late_version().restore()
    return ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get()
