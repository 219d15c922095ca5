from pathlib import Path

import pytest

from catalog.models import DatasetVersion
from tests.factories import make_dataset
from tests.services import snapshots


@pytest.fixture
def departures_v1(db: None, tmp_path: Path) -> DatasetVersion:
    return make_dataset(tmp_path, snapshots.departures(), "departures")
