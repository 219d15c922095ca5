import pytest

from catalog.models import ModelVersion
from tests.inspecting import inspected_here
from tests.services.snapshots import late_version

__all__ = ["inspected_here"]


@pytest.fixture
def late_v1(db: None) -> ModelVersion:
    """`late:1`, trained on `departures:1`."""
    late_version().restore()
    return ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get()
