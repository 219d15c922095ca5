import pytest

from catalog.models import Job, ModelVersion
from tests.services.jobs.workers import queue_job


@pytest.fixture
def job(late_v1: ModelVersion) -> Job:
    """A queued training of `late`."""
    return queue_job()
