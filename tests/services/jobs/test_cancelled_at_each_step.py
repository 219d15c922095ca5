"""A job that is cancelled, whatever it is doing then: nothing of it counts, and nothing of it stays."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from catalog.models import Job, ModelVersion, Prediction
from catalog.progress import Progress
from catalog.services.integrity.verify.verify_catalog import verify_catalog
from catalog.services.jobs.decisions import cancel_job
from catalog.services.jobs.job_work import run
from catalog.services.jobs.leases import LeaseLost
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.prediction_request import PredictionRequest
from tests.services.integrity.catalogs import later, make_sound, path_of, settle
from tests.services.jobs.workers import claimed, queue_job
from tests.summary import count

STOPPED = 2


class Cancelling(Progress):
    """At the step of that number somebody cancels the job; with `stops` the worker ends its process there."""

    def __init__(self, job: Job, number: int, *, stops: bool) -> None:
        super().__init__()
        self.job, self.left, self.stops = job, number, stops

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "") -> Iterator[None]:
        self.left -= 1
        with super().step(name, total=total, unit=unit):
            if self.left == 0:
                self.job.refresh_from_db()
                cancel_job(job=self.job, actor="bob", reason="the wrong data")
                if self.stops:
                    raise SystemExit(STOPPED)
            yield


def queue(kind: str) -> Job:
    if kind == "training":
        return queue_job(estimator="dummy", features=["distance"])
    return start_prediction(request=PredictionRequest("late:1", "dataset:departures:1"), actor="ada")


def done_until_cancelled(job: Job, progress: Cancelling) -> str:
    """How the job's process came out; what it left to be stored is stored."""
    try:
        run(lease=claimed(job), progress=progress)
    except (LeaseLost, SystemExit) as error:
        settle()
        return type(error).__name__
    return "done"


def ready() -> list[int]:
    return [model.objects.filter(status="READY").count() for model in (ModelVersion, Prediction)]


@pytest.mark.parametrize("stops", [True, False], ids=["ended there", "heard of it late"])
@pytest.mark.parametrize("kind", ["training", "prediction"])
def test_a_job_that_is_cancelled_at_any_step_leaves_nothing(late_v1: ModelVersion, kind: str, stops: bool) -> None:
    make_sound(late_v1)
    before, number = ready(), 0
    while True:
        number += 1
        job = queue(kind)
        settle()
        progress = Cancelling(job, number, stops=stops)
        objects = {path for path in path_of("").rglob("[!.]*") if not path.name.endswith(".json")}
        if done_until_cancelled(job, progress) == "done":
            assert progress.left > 0  # there are no more steps
            settle()
            break
        assert ready() == before
        assert {path for path in path_of("").rglob("[!.]*") if path.is_file() and path.suffix != ".json"} <= objects
        count("jobs cancelled at each of their steps")
    assert number > 3
    assert verify_catalog(now=later(hours=7)).findings == []
