"""What a job does once a worker has it."""

import math
from typing import Any

import pytest

from catalog.models import ModelVersion
from catalog.progress import Progress
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs import job_work
from tests.services.integrity.catalogs import make_sound, settle
from tests.services.jobs.workers import claimed, queue_job


@pytest.mark.parametrize(
    "asked",
    [
        {"params": {"C": math.inf}},
        {"search": "grid", "search_space": {"C": [1.0, math.inf]}, "cv": 2},
    ],
)
def test_an_infinite_parameter_is_taken_as_scikit_learn_takes_it(late_v1: ModelVersion, asked: dict[str, Any]) -> None:
    make_sound(late_v1)
    job = queue_job(estimator="logistic_regression", features=["distance"], **asked)
    job.refresh_from_db()
    assert all(job.request[name] == value for name, value in asked.items())
    job_work.run(lease=claimed(job), progress=Progress())
    settle()
    version = ModelVersion.objects.get(number=2)
    assert "params" not in asked or version.params["C"] == math.inf
    assert [finding for finding in verify_catalog().findings if "event" not in finding.where] == []
