"""No way into the background is laxer than the site's pages, and rights count when they are used."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

from catalog.exceptions import InvalidRequest, NotPermitted
from catalog.models import Alias, AuditEvent, Job, ModelVersion
from catalog.progress import Progress
from catalog.services.jobs import job_work
from catalog.services.jobs.decisions import cancel_job, get_job, retry_job
from catalog.services.jobs.endings import fail, keep_result, succeed
from catalog.services.jobs.starting import start_prediction, start_training
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.services.registry.aliases import promote
from catalog.services.training.request import TrainingRequest
from tests.services.jobs.workers import claimed, queue_job


def person(group: str, **fields: Any) -> User:
    user = User.objects.create_user(group.lower(), is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def trainer(late_v1: ModelVersion) -> User:
    return person("Trainers")


@pytest.fixture
def curator(late_v1: ModelVersion) -> User:
    return person("Curators")


def ended(job: Job) -> Job:
    return cancel_job(job=job, actor="ada")


def retry(job: Job, user: User, reason: str = "") -> Job:
    return retry_job(job=ended(job), actor=user.username, site_user=user, reason=reason)


def run(job: Job) -> str:
    return job_work.run(lease=claimed(job), progress=Progress())


@pytest.mark.parametrize("alias", ["production", "canary"])
def test_a_trainer_moves_no_protected_alias_by_retrying_the_job_of_another(
    trainer: User, settings: Any, alias: str
) -> None:
    settings.CATALOG["PROTECTED_ALIASES"] = ["production", "canary"]
    job = queue_job(alias=alias)
    with pytest.raises(NotPermitted, match=rf"trainers may not have job {job.pk} done: .*promote_modelversion"):
        retry(job, trainer)
    assert get_job(job.pk).state == "CANCELLED"


def test_a_trainer_moves_an_alias_that_is_not_protected(trainer: User) -> None:
    assert retry(queue_job(alias="candidate"), trainer).state == "QUEUED"


def test_whoever_retries_a_job_is_named_by_all_that_it_does(curator: User) -> None:
    job = retry(queue_job(alias="production"), curator, reason="the right data")
    run(job)
    version = ModelVersion.objects.get(number=2)
    assert version.created_by == "curators"
    event = AuditEvent.objects.get(verb="promoted")
    assert (event.actor, event.reason) == ("curators", "the right data")
    assert (get_job(job.pk).created_by, get_job(job.pk).requested_by) == ("ada", "curators")


def worse_than_production(job: Job) -> None:
    """The model's version in production has the best main metric that there can be."""
    version = ModelVersion.objects.get(number=1)
    name = version.registered_model.primary_metric
    version.metrics[name]["value"] = 10.0 if version.metrics[name]["higher_is_better"] else -10.0
    version.save()
    promote(reference="late:1", alias="production", actor="ada")


def test_a_worse_version_gets_into_production_with_a_reason_alone(curator: User) -> None:
    job = retry(queue_job(alias="production"), curator)
    worse_than_production(job)
    with pytest.raises(
        InvalidRequest, match=r"late:2 was trained and is not promoted: its \w+ is below that of late:1"
    ):
        run(job)
    assert Alias.objects.get().model_version.number == 1
    job = get_job(job.pk)
    fail(lease=job_work.Lease(job.pk, job.lease_token), failure="", log=[])
    again = retry_job(job=job, actor="curators", site_user=curator, reason="the other learned from wrong rows")
    run(again)
    assert Alias.objects.get().model_version.number == 2


@pytest.mark.parametrize("lost", ["deactivated", "no staff", "deleted", "without the group"])
def test_rights_that_are_taken_away_stop_a_job_that_waits(curator: User, lost: str) -> None:
    job = retry(queue_job(), curator)
    _take_away(curator, lost)
    with pytest.raises(NotPermitted, match=r"who asked for it|the permission add_job is missing"):
        run(job)
    assert not ModelVersion.objects.filter(number=2).exists()


@pytest.mark.both_databases
@pytest.mark.parametrize("lost", ["deactivated", "deleted", "without the group"])
@pytest.mark.parametrize("ending", [succeed, keep_result])
def test_rights_that_are_taken_away_while_it_runs_keep_its_result_from_counting(
    curator: User, lost: str, ending: Any
) -> None:
    job = retry(queue_job(), curator)
    lease = claimed(job)
    _take_away(curator, lost)
    with pytest.raises(NotPermitted), transaction.atomic():
        ending(lease, model_version=ModelVersion.objects.get())
    assert get_job(job.pk).state == "RUNNING"


def _take_away(user: User, lost: str) -> None:
    if lost == "deactivated":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif lost == "no staff":
        User.objects.filter(pk=user.pk).update(is_staff=False)
    elif lost == "deleted":
        User.objects.get(pk=user.pk).delete()
    else:
        user.groups.clear()


def test_a_new_account_of_the_same_name_has_nothing_to_do_with_the_job(curator: User) -> None:
    job = retry(queue_job(), curator)
    curator.delete()
    User.objects.create_superuser("curators")
    with pytest.raises(NotPermitted, match="is no user of the site any more"):
        run(job)


def test_what_was_asked_for_at_the_terminal_needs_no_account(job: Job) -> None:
    User.objects.create_user("ada", is_active=False)
    assert run(job).startswith("Trained late:2")


@pytest.mark.parametrize(
    "request_",
    [{"estimator": "sklearn.tree:DecisionTreeClassifier"}, {"pipeline": "tests.s3.programs.estimators:waiting"}],
)
def test_code_of_ones_choice_is_not_run_from_the_site(curator: User, request_: dict[str, Any]) -> None:
    job = queue_job()
    Job.objects.filter(pk=job.pk).update(request={**job.request, **request_})
    with pytest.raises(NotPermitted, match=f"manage.py job {job.pk} --retry"):
        retry(get_job(job.pk), curator)


@pytest.mark.parametrize(
    "asked", [{"output": "s3://elsewhere/a.csv"}, {"source": "s3://elsewhere/a.csv"}, {"allow_version_mismatch": True}]
)
def test_a_prediction_from_the_site_reads_and_writes_within_the_catalog(curator: User, asked: dict[str, Any]) -> None:
    values: dict[str, Any] = {"reference": "late:1", "source": "dataset:departures", **asked}
    with pytest.raises(NotPermitted, match="The site takes no such job"):
        start_prediction(request=PredictionRequest(**values), actor="curators", site_user=curator)


def test_queueing_takes_the_permission_too(trainer: User) -> None:
    user = person("Viewers")
    request = TrainingRequest(name="late", dataset="departures", target="late", estimator="decision_tree")
    with pytest.raises(NotPermitted, match="the permission add_job is missing"):
        start_training(request=request, actor="viewers", site_user=user)
    user.user_permissions.add(Permission.objects.get(codename="add_job"))
    assert start_training(request=request, actor="viewers", site_user=User.objects.get(pk=user.pk)).requested_by
