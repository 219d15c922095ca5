import pytest

from catalog.models import ModelVersion, Prediction
from tests.services.integrity.catalogs import make_sound


@pytest.fixture
def sound(late_v1: ModelVersion) -> ModelVersion:
    """`late:1` in production, `departures:1`, and a receipt; everything agrees."""
    return make_sound(late_v1)


@pytest.fixture
def receipt(sound: ModelVersion) -> Prediction:
    return Prediction.objects.get()
