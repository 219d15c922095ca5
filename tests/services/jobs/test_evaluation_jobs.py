"""Measuring two versions on the same rows in the background."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from catalog.exceptions import InvalidRequest, NotFound, NotPermitted
from catalog.models import Evaluation, Job, ModelVersion
from catalog.progress import Progress
from catalog.services.evaluation.evaluation_request import EvaluationRequest, pair_request
from catalog.services.jobs import job_work
from catalog.services.jobs.decisions import get_job
from catalog.services.jobs.leases import LeaseLost
from catalog.services.jobs.starting import start_evaluation
from catalog.services.registry.aliases import promote
from tests.services.integrity.catalogs import another
from tests.services.jobs.workers import claimed, let_the_lease_run_out

pytestmark = pytest.mark.both_databases


@pytest.fixture
def pair(late_v1: ModelVersion) -> tuple[ModelVersion, ModelVersion]:
    promote(reference="late:1", alias="production", actor="ada")
    return another(late_v1), late_v1


def queue(reference: str, user: User | None = None, **fields: Any) -> Job:
    return start_evaluation(request=EvaluationRequest(reference, **fields), actor="ada", site_user=user)


def test_the_job_measures_both_and_has_the_evaluation(pair: tuple[ModelVersion, ModelVersion]) -> None:
    job = queue("late:2", like="late")
    assert job.title == "measure late:2 beside late:1"
    said = job_work.run(lease=claimed(job), progress=Progress())
    assert said == "Measured late:2 beside late:1 on 60 of the held-out rows of late:1."
    ended = get_job(job.pk)
    assert ended.evaluation is not None
    assert (ended.state, ended.result_text, ended.evaluation.against) == ("SUCCEEDED", "measured", "late:1")
    assert Evaluation.objects.count() == 2


def test_versions_are_those_that_are_named_when_it_is_queued(pair: tuple[ModelVersion, ModelVersion]) -> None:
    job = queue("late:latest", like="late@production")
    promote(reference="late:2", alias="production", actor="ada")
    assert (job.request["reference"], job.request["like"]) == ("late:2", "late:1")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, InvalidRequest), ({"like": "late:9"}, NotFound), ({"dataset": "nothing"}, NotFound),
        ({"like": "late:1", "against": "late:2"}, InvalidRequest),
    ],
)  # fmt: skip
def test_what_can_not_be_measured_is_not_queued(
    pair: tuple[ModelVersion, ModelVersion], asked: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        queue("late:2", **asked)
    assert not Job.objects.exists()


def test_who_may_not_start_jobs_has_nothing_measured(pair: tuple[ModelVersion, ModelVersion]) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.groups.add(Group.objects.get(name="Viewers"))
    with pytest.raises(NotPermitted, match="the permission add_job is missing"):
        queue("late:2", viewer, like="late")


def test_a_job_that_was_given_to_another_records_nothing(pair: tuple[ModelVersion, ModelVersion]) -> None:
    job = queue("late:2", like="late")
    lease = claimed(job)
    let_the_lease_run_out(job)
    Job.objects.filter(pk=job.pk).update(lease_token="another")
    with pytest.raises(LeaseLost):
        job_work.run(lease=lease, progress=Progress())
    assert not Evaluation.objects.exists()


def test_a_pair_is_measured_on_the_rows_of_the_older_that_was_trained_here(
    pair: tuple[ModelVersion, ModelVersion],
) -> None:
    newer, older = pair
    assert pair_request(newer, older) == EvaluationRequest("late:2", like="late:1", against="late:1")
    older.origin = ModelVersion.Origin.UPLOADED
    assert pair_request(newer, older) == EvaluationRequest("late:2", like="late:2", against="late:1")
    newer.origin = ModelVersion.Origin.UPLOADED
    assert pair_request(newer, older) is None
    assert pair_request(newer, newer) is None
