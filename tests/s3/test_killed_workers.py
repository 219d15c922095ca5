"""kill -9 of workers at random moments: every job ends once, in one result or one clear failure."""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.s3.machine import TRAIN_TUMOUR, Machine, RunningCommand
from tests.s3.recovery import PROGRAMS
from tests.s3.workers import ENDED_WITHIN_SECONDS, Crew, wait_until
from tests.summary import count

SOAK = os.environ.get("CATALOG_SOAK") == "1"
TRAININGS, PREDICTIONS = (40, 10) if SOAK else (5, 2)
KILLS = 30 if SOAK else 3
WORKERS = 3
ENGINES = ("sqlite", "postgres")
UNFINISHED = "SELECT id FROM catalog_job WHERE state IN ('QUEUED', 'RUNNING')"


@dataclass
class Killer:
    """Three workers, one of which is killed now and then, and replaced."""

    crew: Crew
    chance: random.Random = field(default_factory=random.Random)
    workers: list[RunningCommand] = field(default_factory=list)
    kills: int = 0

    def run(self) -> None:
        self.workers = [self.crew.worker() for _ in range(WORKERS)]
        while self.kills < KILLS and self.crew.machine.rows(UNFINISHED):
            self.wait(self.chance.uniform(0.5, 4))
            self.kill()
        wait_until(lambda: not self.crew.machine.rows(UNFINISHED), ENDED_WITHIN_SECONDS * (5 if SOAK else 1))
        for worker in self.workers:
            worker.process.kill()
            worker.finish(60)

    def wait(self, seconds: float) -> None:
        self.workers[0].process.join(seconds)

    def kill(self) -> None:
        worker = self.workers.pop(self.chance.randrange(WORKERS))
        worker.process.kill()
        worker.finish(60)
        self.workers.append(self.crew.worker())
        self.kills += 1


@pytest.fixture(scope="module", params=ENGINES)
def crew(request: pytest.FixtureRequest, machine: Callable[..., Machine], cancer_csv: Path) -> Crew:
    """After all of its jobs have ended, while workers were killed."""
    made = machine(engine=request.param)
    made.run("add_dataset", "cancer", cancer_csv)
    made.run(*TRAIN_TUMOUR)
    made.run(TRAININGS, PREDICTIONS, program=PROGRAMS / "queue_jobs.py")
    killer = Killer(Crew(made))
    killer.run()
    count("kills of workers survived", killer.kills)
    return killer.crew


def test_every_job_ends_once_in_a_result_or_a_clear_failure(crew: Crew) -> None:
    jobs = crew.jobs()
    results = {"training": "model_version_id", "prediction": "prediction_id"}
    assert len(jobs) == TRAININGS + PREDICTIONS
    for job in jobs:
        has_result = job[results[job["kind"]]] is not None
        assert (job["state"], has_result) in {("SUCCEEDED", True), ("FAILED", False)}
        assert job["failure"].startswith("Its worker was lost 3 times") == (job["state"] == "FAILED")


def test_no_job_leaves_two_versions_and_none_is_of_no_job(crew: Crew) -> None:
    ready = crew.machine.rows("SELECT id FROM catalog_modelversion WHERE status = 'READY' AND number > 1")
    made = [job["model_version_id"] for job in crew.jobs() if job["model_version_id"] is not None]
    assert Counter(row["id"] for row in ready) == Counter(made)


def test_no_job_leaves_two_receipts_and_none_is_of_no_job(crew: Crew) -> None:
    ready = crew.machine.rows("SELECT id FROM catalog_prediction WHERE status = 'READY'")
    made = [job["prediction_id"] for job in crew.jobs() if job["prediction_id"] is not None]
    assert Counter(row["id"] for row in ready) == Counter(made)


def test_every_version_is_one_event(crew: Crew) -> None:
    ready = crew.machine.rows("SELECT number FROM catalog_modelversion WHERE status = 'READY' ORDER BY number")
    told = crew.machine.rows(
        "SELECT version_number AS number FROM catalog_auditevent WHERE verb = 'model_trained' ORDER BY version_number"
    )
    assert told == ready


def test_a_reaper_leaves_no_row_of_the_queue_open(crew: Crew) -> None:
    crew.worker("--batch", CATALOG_JOB_LEASE_SECONDS="1").finish(60)
    assert crew.machine.rows("SELECT id FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'") == []
