"""Measuring two versions on the same rows, from the pages that show them."""

import pytest
from django.test import Client

from catalog.models import Evaluation, Job
from catalog.services.evaluation.evaluation_request import EvaluationRequest
from catalog.services.jobs.starting import start_evaluation
from tests.admin.people import Catalog, SignIn, read_page, url
from tests.services.snapshots import make_evaluation

BUTTON = "Measure both on the same rows"


@pytest.fixture
def trainer(catalog: Catalog, sign_in: SignIn) -> Client:
    return sign_in("Trainers")


def compared(catalog: Catalog, *numbers: int) -> str:
    return f"{url('modelversion_compare')}?{'&'.join(f'v={catalog.versions[number - 1].pk}' for number in numbers)}"


def test_the_button_is_where_two_versions_stand_beside_each_other(catalog: Catalog, trainer: Client) -> None:
    for where in (compared(catalog, 1, 2), url("modelversion_change", catalog.versions[2])):
        assert BUTTON in read_page(trainer.get(where))
    for where in (compared(catalog, 1, 2, 3), url("modelversion_change", catalog.versions[1])):
        assert BUTTON not in read_page(trainer.get(where))


def test_what_was_measured_has_no_button(catalog: Catalog, trainer: Client) -> None:
    make_evaluation(catalog.versions[2], catalog.versions[1])
    for where in (compared(catalog, 2, 3), url("modelversion_change", catalog.versions[2])):
        assert BUTTON not in read_page(trainer.get(where))


def test_who_may_not_start_jobs_has_no_button(catalog: Catalog, sign_in: SignIn) -> None:
    assert BUTTON not in read_page(sign_in("Viewers").get(compared(catalog, 1, 2)))


def test_it_queues_a_job_with_the_rights_of_who_asks(catalog: Catalog, trainer: Client) -> None:
    before = set(Job.objects.values_list("pk", flat=True))
    data = {"reference": "late:3", "like": "late:2", "against": "late:2"}
    response = trainer.post(url("job_evaluate"), data)
    [job] = Job.objects.exclude(pk__in=before)
    assert response["Location"] == url("job_change", job)
    assert (job.kind, job.title, job.created_by) == ("evaluation", "measure late:3 beside late:2", "Trainers")
    assert job.site_user is not None


def test_what_can_not_be_measured_comes_back(catalog: Catalog, trainer: Client) -> None:
    response = trainer.post(url("job_evaluate"), {"reference": "late:3", "like": "late:9"})
    assert "late has no version 9" in read_page(response)
    assert not Job.objects.filter(kind="evaluation").exists()


def test_all_that_is_not_there_is_told_at_once(catalog: Catalog, trainer: Client) -> None:
    data = {"reference": "late:9", "like": "late:8", "dataset": "nowhere", "against": "lat:1"}
    errors = trainer.post(url("job_evaluate"), data).context["form"].errors
    assert {name: found[0].partition(".")[0] for name, found in errors.items()} == {
        "reference": "late has no version 9",
        "like": "late has no version 8",
        "dataset": "There is no dataset 'nowhere'",
        "against": "There is no model 'lat'",
    }


def test_an_evaluation_without_rows_comes_back_with_what_is_missing(trainer: Client, catalog: Catalog) -> None:
    errors = trainer.post(url("job_evaluate"), {"reference": "late:3"}).context["form"].errors
    asked = "Or on the rows of a dataset or On the held-out rows of"
    assert errors == {"dataset": [f"{asked}: name the rows, either a dataset version or a version's held-out rows."]}
    assert not Job.objects.filter(kind="evaluation").exists()


def done(evaluation: Evaluation) -> Job:
    """The job that made it."""
    job = start_evaluation(request=EvaluationRequest("late:3", like="late:2"), actor="ada")
    Job.objects.filter(pk=job.pk).update(evaluation=evaluation, state=Job.State.SUCCEEDED)
    return job


def test_the_job_shows_the_metrics_of_a_version_that_was_measured_alone(catalog: Catalog, trainer: Client) -> None:
    evaluation = make_evaluation(catalog.versions[2], catalog.versions[1])
    evaluation.against = evaluation.against_sha256 = ""
    evaluation.metrics = {catalog.model.primary_metric: {"value": 0.75, "baseline": 0.5}, "recall": {"value": 0.25}}
    evaluation.save()
    page = read_page(trainer.get(url("job_change", done(evaluation))))
    assert "<h2>Measured</h2>" in page
    assert 'balanced_accuracy <span class="chip">main</span></th><td>0.75</td><td>0.5</td>' in page
    assert '<th scope="row">recall</th><td>0.25</td><td>–</td>' in page


def test_the_job_shows_what_makes_one_doubt_what_was_measured(catalog: Catalog, trainer: Client) -> None:
    checks = [{"code": "uncalibrated", "sentence": "It is too sure."}]
    metric = {"metric": catalog.model.primary_metric, "first": 0.7, "second": 0.5, "low": 0.1, "high": 0.3, "rows": 60}
    evaluation = make_evaluation(
        catalog.versions[2], catalog.versions[1], report={"checks": checks}, differences=[metric]
    )
    page = read_page(trainer.get(url("job_change", done(evaluation))))
    assert "Check <strong>uncalibrated</strong>: It is too sure." in page
    assert 'balanced_accuracy <span class="chip">main</span></th><td>0.7</td><td>0.5</td>' in page


def test_the_job_shows_what_was_measured(catalog: Catalog, trainer: Client) -> None:
    asked = EvaluationRequest("late:3", like="late:2")
    job = start_evaluation(request=asked, actor="ada")
    values = {"metric": "accuracy", "first": 0.7, "second": 0.5, "low": 0.1, "high": 0.3, "rows": 60}
    segment = {"value": "EWR", "rows": 20, "gain": -0.25, "low": -0.5, "high": -0.1}
    flips = {"gained": 9, "lost": 1, "equal": 50, "by": "origin", "segments": [segment]}
    job.evaluation = make_evaluation(catalog.versions[2], catalog.versions[1], differences=[values], flips=flips)
    job.evaluation.metrics = {"accuracy": {"value": 0.7, "baseline": 0.4, "higher_is_better": True}}
    job.evaluation.save()
    job.state = Job.State.SUCCEEDED
    job.save()
    page = read_page(trainer.get(url("job_change", job)))
    assert "late:3 was measured on 60 of the rows of departures:1." in page
    assert '<td>+0.2 (+0.1 to +0.3)</td><td><span class="verdict better">better</span></td><td>0.4</td>' in page
    assert "late:3 gets 9 rows right that late:2 gets wrong, and 1 wrong that it gets right." in page
    assert '<th scope="row">EWR</th><td class="number">20</td><td class="number">-0.25</td>' in page
