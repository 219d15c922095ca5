from pathlib import Path
from typing import Any

import pytest

from catalog.models import ModelVersion
from catalog.services.training.request import TrainingRequest
from catalog.services.training.train_model import train_model


@pytest.fixture
def train(late_v1: ModelVersion, tmp_path: Path) -> Any:
    """Another version of `late`, of a decision tree unless another is named."""

    def call(**fields: Any) -> ModelVersion:
        asked = {"name": "late", "dataset": "departures:1", "target": "late", "estimator": "decision_tree", **fields}
        return train_model(request=TrainingRequest(**asked), actor="ada").version

    return call
