"""What is queued, and what is refused before it is."""

from pathlib import Path
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from catalog.exceptions import CatalogError
from catalog.models import Job, ModelVersion
from catalog.services.jobs.job_work import prediction_request, training_request
from catalog.services.jobs.starting import start_prediction
from catalog.services.prediction.prediction_request import PredictionRequest
from catalog.storage.interface import catalog_storage
from tests.services.jobs.workers import claimed, queue_job


def test_a_job_is_queued_with_the_dataset_version_that_was_meant(job: Job) -> None:
    assert (job.state, job.kind, job.created_by) == ("QUEUED", "training", "ada")
    assert training_request(job).dataset == "departures:1"
    assert DBTaskResult.objects.get().args_kwargs == {"args": [job.pk], "kwargs": {}}


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"dataset": "none"}, "There is no dataset 'none'"),
        ({"target": "none"}, "has no column 'none'"),
        ({"task": "regression"}, "needs a number"),
        ({"estimator": "forest"}, "is not in the table"),
        ({"params": {"depth": 3}}, "has no parameter 'depth'"),
        ({"params": {"max_depth": -3}}, "The 'max_depth' parameter of DecisionTreeClassifier must be"),
        ({"test_size": 2.0}, "must be between 0 and 1"),
        ({"features": ["carier"]}, "has no column 'carier'"),
        ({"search": "grid", "search_space": {"max_depth": "deep"}}, "must be a list of values"),
    ],
)
def test_a_training_that_can_not_be_is_not_queued(late_v1: ModelVersion, request_: dict[str, Any], told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        queue_job(**request_)
    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def start(**request: Any) -> Job:
    asked = {"reference": "late:latest", "source": "dataset:departures", **request}
    return start_prediction(request=PredictionRequest(**asked), actor="ada")


def test_a_prediction_is_queued_with_the_versions_that_were_meant(late_v1: ModelVersion) -> None:
    request = prediction_request(start())
    assert (request.reference, request.source) == ("late:1", "dataset:departures:1")


def test_the_file_to_predict_is_stored_for_whichever_worker_there_is(late_v1: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "new flights.csv").write_text("carrier\nAA\n")
    job = start(source=str(tmp_path / "new flights.csv"))
    assert job.input_key.endswith("/new_flights.csv")
    with catalog_storage().stream(job.input_key) as content:
        assert b"".join(content) == b"carrier\nAA\n"
    assert prediction_request(job).source == catalog_storage().uri(job.input_key)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"reference": "late"}, "no version with the alias 'production'"),
        ({"source": "dataset:none"}, "There is no dataset 'none'"),
        ({"source": "none.csv"}, "There is no file none.csv"),
        ({"source": "-"}, "can't read standard input"),
        ({"output": "here.csv"}, "can't write 'here.csv'"),
        ({"id_columns": ["number"]}, "departures:1 has no column 'number'"),
    ],
)
def test_a_prediction_that_can_not_be_is_not_queued(late_v1: ModelVersion, request_: dict[str, Any], told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        start(**request_)
    assert not Job.objects.exists()


def test_a_job_is_expected_to_take_what_the_one_before_it_took(job: Job) -> None:
    claimed(job)
    ended = {"started_at": "2026-01-01T10:00:00Z", "finished_at": "2026-01-01T10:02:00Z"}
    Job.objects.filter(pk=job.pk).update(state=Job.State.SUCCEEDED, **ended)
    assert queue_job().expected_seconds == 120
    assert queue_job(estimator="dummy").expected_seconds is None
