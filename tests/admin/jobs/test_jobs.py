"""Jobs in the admin: started by forms that check what they can, watched, cancelled and tried again."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from catalog.admin.jobs import job_starting
from catalog.admin.jobs.training_arguments import training_arguments
from catalog.admin.jobs.training_form import TrainForm
from catalog.ml.training.estimator_names import ESTIMATOR_NAMES
from catalog.ml.training.estimators import ESTIMATORS
from catalog.models import AuditEvent, Job
from catalog.storage.interface import catalog_storage
from tests.admin.people import Catalog, SignIn, job_in, read_page, url
from tests.services.snapshots import make_evaluation

TRAINING = {
    "name": "late", "dataset": "departures", "target": "late", "task": "auto", "estimator": "decision_tree",
    "params": "max_depth=3\nmin_samples_leaf=2", "features": "carrier,distance", "drop": "", "test_size": "0.25",
    "cv": "0", "search": "", "search_space": "", "search_iterations": "20", "epochs": "1", "random_state": "7",
    "notes": "",
}  # fmt: skip


@pytest.fixture
def trainer(catalog: Catalog, sign_in: SignIn) -> Client:
    return sign_in("Trainers")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The commands that the site would run in a child process, instead of running them."""
    commands: list[Any] = []

    def run(name: str, arguments: list[str], *, folder: Any, too_long: str) -> tuple[dict[str, Any], str]:
        space = (folder / "search.json").read_text()
        commands.append((name, arguments, space))
        return {"job": job_in("QUEUED").pk}, ""

    monkeypatch.setattr(job_starting, "run_command", run)
    return commands


def train(client: Client, **changed: Any) -> HttpResponse:
    return client.post(url("job_train"), {**TRAINING, **changed})


def test_the_names_of_the_form_are_those_of_the_table() -> None:
    assert set(ESTIMATOR_NAMES) == set(ESTIMATORS)


def test_a_training_is_queued_by_the_command_that_checks_it(trainer: Client, asked: list[Any]) -> None:
    response = train(trainer)
    assert response["Location"] == url("job_change", job_in("QUEUED"))
    (name, arguments, _) = asked[0]
    assert name == "train_model"
    assert arguments == [
        "--background", "--by=Trainers", "--site-user", "--dataset=departures", "--target=late",
        "--task=auto", "--estimator=decision_tree", "--features=carrier,distance", "--split=random", "--test-size=0.25",
        "--cv=0",
        "--search-iterations=20", "--epochs=1", "--random-state=7", "--param=max_depth=3",
        "--param=min_samples_leaf=2", "--", "late",
    ]  # fmt: skip


def test_a_search_is_asked_for_with_its_space(trainer: Client, asked: list[Any]) -> None:
    space = '{"max_depth": [3, 5]}'
    train(trainer, search="grid", search_space=space)
    assert {"--search=grid", "--search-space=search.json"} <= set(asked[0][1])
    assert asked[0][2] == space


def test_a_training_in_batches_is_asked_for(trainer: Client, asked: list[Any]) -> None:
    train(trainer, estimator="sgd", incremental="on", epochs="3")
    assert {"--incremental", "--epochs=3"} <= set(asked[0][1])


@pytest.mark.parametrize("estimator", ["sklearn.tree:DecisionTreeClassifier", "os:system", "mine:Own"])
def test_a_dotted_path_is_refused(trainer: Client, asked: list[Any], estimator: str) -> None:
    page = train(trainer, estimator=estimator).content.decode()
    assert "is not one of the available choices" in page
    assert asked == []


def test_an_estimator_that_the_settings_allow_can_be_chosen(settings: Any) -> None:
    settings.CATALOG["ESTIMATORS"] = ["mine:Own"]
    assert TrainForm({**TRAINING, "estimator": "mine:Own"}).is_valid()


@pytest.mark.parametrize("field", ["pipeline", "alias", "artifact_format"])
def test_what_the_form_does_not_offer_is_not_passed_on(trainer: Client, asked: list[Any], field: str) -> None:
    train(trainer, **{field: "os:system"})
    assert "os:system" not in json.dumps(asked)


def test_a_space_that_is_no_json_comes_back(trainer: Client, asked: list[Any]) -> None:
    assert "This is not JSON" in train(trainer, search="grid", search_space="{depth: 3}").content.decode()
    assert asked == []


def test_a_space_that_is_nested_without_end_comes_back(trainer: Client, asked: list[Any]) -> None:
    page = train(trainer, search="grid", search_space="[" * 100_000).content.decode()
    assert "This is not JSON that can be read: maximum recursion depth exceeded" in page
    assert asked == []


def test_a_text_too_long_for_a_command_comes_back(trainer: Client) -> None:
    page = train(trainer, notes="x" * 500_000).content.decode()
    assert "Argument list too long" in page


def test_why_a_training_can_not_be_is_shown_on_the_form(trainer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_starting, "run_command", lambda *ignored, **also: ({}, "It has no column 'lat'."))
    page = train(trainer, target="lat").content.decode()
    assert "It has no column &#x27;lat&#x27;." in page
    assert 'value="lat"' in page


def test_a_field_that_is_refused_has_its_label_in_the_error(trainer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = "`cv` must be 2 or more, not 1; `alias` may stay, and `manage.py train_model` too."
    monkeypatch.setattr(job_starting, "run_command", lambda *ignored, **also: ({}, refusal))
    errors = train(trainer, cv="1").context["form"].errors
    assert errors == {"cv": ["Folds must be 2 or more, not 1; alias may stay, and `manage.py train_model` too."]}


def test_the_failure_of_a_job_names_the_fields_of_its_form(trainer: Client) -> None:
    job = job_in("FAILED")
    Job.objects.filter(pk=job.pk).update(failure="`cv` is more than `test_size` allows; `engine` is local.")
    page = trainer.get(url("job_change", job)).content.decode()
    assert "Folds is more than Test size allows; engine is local." in page


def test_the_columns_of_a_named_dataset_are_offered_as_targets(trainer: Client) -> None:
    page = trainer.get(url("job_train"), {"dataset": "departures"}).content.decode()
    assert '<option value="late"></option>' in page
    assert 'value="departures"' in page


@pytest.mark.parametrize(("form", "labels"), [("job_train", ["Target"]), ("job_predict", ["Dataset", "Or a file"])])
def test_what_is_needed_unless_another_field_says_otherwise_is_not_called_optional(
    trainer: Client, form: str, labels: list[str]
) -> None:
    text = read_page(trainer.get(url(form)))
    for label in labels:
        assert re.search(rf">\s*{label}\s*</label>", text)
    assert re.search(r"(Notes|Id columns)\s*<span class=\"quiet\">\(optional\)", text)


def test_a_prediction_of_a_dataset_is_queued(trainer: Client) -> None:
    response = trainer.post(
        url("job_predict"), {"reference": "late:2", "dataset": "departures", "id_columns": "origin"}
    )
    job = Job.objects.get()
    assert response["Location"] == url("job_change", job)
    assert (job.request["reference"], job.request["source"]) == ("late:2", "dataset:departures:1")
    assert (job.request["id_columns"], job.created_by) == (["origin"], "Trainers")
    assert AuditEvent.objects.filter(verb="job_queued", actor="Trainers").count() == 1


def test_a_prediction_of_an_uploaded_file_is_queued_with_its_bytes(trainer: Client) -> None:
    file = SimpleUploadedFile("new flights.csv", b"carrier\nAA\n")
    trainer.post(url("job_predict"), {"reference": "late", "file": file})
    job = Job.objects.get()
    assert job.input_key.endswith("/new_flights.csv")
    with catalog_storage().stream(job.input_key) as content:
        assert b"".join(content) == b"carrier\nAA\n"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "one of them, and not both"),
        ({"dataset": "departures", "file": SimpleUploadedFile("a.csv", b"a\n")}, "one of them, and not both"),
        ({"file": SimpleUploadedFile("a.exe", b"a\n")}, "Choose a file that ends in"),
        ({"dataset": "none"}, "There is no dataset"),
        ({"dataset": "departures", "reference": "none"}, "There is no model"),
        ({"dataset": "departures", "id_columns": "number"}, "has no column"),
    ],
)
def test_a_prediction_that_can_not_be_comes_back_with_why(
    trainer: Client, changed: dict[str, Any], message: str
) -> None:
    page = trainer.post(url("job_predict"), {"reference": "late", **changed}).content.decode()
    assert message in page
    assert not Job.objects.exists()


def test_what_a_running_job_is_at_is_small_and_asked_for_again(trainer: Client) -> None:
    job = job_in("RUNNING")
    Job.objects.filter(pk=job.pk).update(
        step="read", done=512, total=2048, unit="bytes", log=[["2026-11-26T12:00:01+00:00", "hello"]]
    )
    whole = trainer.get(url("job_change", job)).content.decode()
    part = trainer.get(url("job_live", job)).content.decode()
    assert f'data-poll="{url("job_live", job)}"' in whole
    assert "read, 512 bytes of 2.0\xa0KB" in part.replace("2.0 KB", "2.0\xa0KB")
    assert 'value="25" max="100"' in part
    assert "hello" in part
    assert "data-ended" not in part


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_a_job_that_has_ended_is_not_asked_for_again(trainer: Client, state: str) -> None:
    job = job_in(state)
    assert "data-poll" not in trainer.get(url("job_change", job)).content.decode()
    assert "data-ended" in trainer.get(url("job_live", job)).content.decode()


def test_the_home_page_shows_what_is_at_work(trainer: Client) -> None:
    assert "At work" not in trainer.get("/admin/").content.decode()
    job = job_in("RUNNING")
    page = trainer.get("/admin/").content.decode()
    assert "At work" in page
    assert url("job_change", job) in page


def test_a_job_is_cancelled_and_tried_again_on_its_page(trainer: Client) -> None:
    job = job_in("QUEUED")
    trainer.post(url("job_cancel", job), {"reason": "the wrong data"})
    job.refresh_from_db()
    assert job.state == "CANCELLED"
    trainer.post(url("job_retry", job), {"reason": ""})
    job.refresh_from_db()
    assert job.state == "QUEUED"


def test_a_job_that_promotes_is_not_tried_again_by_who_may_not_promote(trainer: Client, sign_in: SignIn) -> None:
    job = job_in("CANCELLED")
    Job.objects.filter(pk=job.pk).update(request={**job.request, "alias": "production", "estimator": "dummy"})
    page = trainer.post(url("job_retry", job), {"reason": "please"}).content.decode()
    assert "the permission promote_modelversion is missing" in page
    assert Job.objects.get(pk=job.pk).state == "CANCELLED"
    curator = sign_in("Curators")
    assert "The new version will get the alias production" in curator.get(url("job_retry", job)).content.decode()
    curator.post(url("job_retry", job), {"reason": "please"})
    job.refresh_from_db()
    assert (job.state, job.requested_by, job.created_by, job.reason) == ("QUEUED", "Curators", "ada", "please")


def test_a_written_address_leads_to_a_job(trainer: Client) -> None:
    job = job_in("QUEUED")
    assert trainer.get(f"/jobs/{job.pk}/")["Location"] == url("job_change", job)


def test_the_home_page_of_an_empty_catalog_counts_nothing(root: Client) -> None:
    assert root.get("/admin/").context["totals"] == {"model_versions": 0, "dataset_versions": 0, "bytes": 0}


def ticked(**changed: Any) -> dict[str, Any]:
    """The form with the columns of `departures`, of which these are ticked."""
    kept = {name: value for name, value in TRAINING.items() if name not in {"features", "drop"}}
    return {**kept, "columns_of": "departures", "columns": ["carrier", "distance"], **changed}


def test_the_columns_of_the_dataset_are_there_to_be_ticked(trainer: Client, catalog: Catalog) -> None:
    page = trainer.get(url("job_train"), {"dataset": "departures"}).content.decode()
    names = re.findall(r'<input type="checkbox" name="columns" value="(\w+)"[^>]* checked', page)
    assert names == catalog.dataset_version.column_names
    assert 'name="features"' not in page


def test_columns_that_are_ticked_are_learned_from(trainer: Client, asked: list[Any]) -> None:
    trainer.post(url("job_train"), ticked(columns=["carrier", "distance", "late"]))
    assert [word for word in asked[0][1] if "features" in word] == ["--features=carrier", "--features=distance"]


def test_all_columns_ticked_is_no_choice(trainer: Client, catalog: Catalog, asked: list[Any]) -> None:
    trainer.post(url("job_train"), ticked(columns=catalog.dataset_version.column_names))
    assert [word for word in asked[0][1] if "features" in word] == []


def test_a_column_with_a_comma_is_one_column() -> None:
    form = TrainForm(ticked(target="y", columns=['a, "b"']), columns=['a, "b"', "c", "y"])
    assert form.is_valid(), form.errors
    assert '--features="a, ""b"""' in training_arguments(form, "search.json")


@pytest.mark.parametrize("sent", [{"show_columns": "1", "columns_of": ""}, {"columns_of": "flights"}])
def test_a_form_with_the_columns_of_another_dataset_comes_back_with_those(
    trainer: Client, asked: list[Any], sent: dict[str, str]
) -> None:
    page = trainer.post(url("job_train"), {**ticked(params="max_depth=9"), **sent}).content.decode()
    assert (asked, "errorlist" in page, 'value="distance"' in page) == ([], False, True)
    assert "max_depth=9" in page


def test_how_it_is_judged_weighed_split_and_compared_is_asked_for(trainer: Client, asked: list[Any]) -> None:
    data = {
        "metric": "neg_brier_score", "sample_weight": "distance", "class_weight": "balanced", "split": "time:time_hour",
        "compare_with": "production",
    }  # fmt: skip
    trainer.post(url("job_train"), ticked(columns=["carrier", "distance", "origin"], **data))
    options = {f"--{name.replace('_', '-')}={value}" for name, value in data.items()}
    assert options <= set(asked[0][1])
    assert [word for word in asked[0][1] if "features" in word] == ["--features=carrier", "--features=origin"]


def test_several_targets_are_no_features(trainer: Client, asked: list[Any]) -> None:
    trainer.post(url("job_train"), ticked(target="late, distance", columns=["carrier", "distance"]))
    assert [word for word in asked[0][1] if "features" in word] == ["--features=carrier"]


def test_what_the_dataset_and_the_model_lack_is_told_at_once(trainer: Client, asked: list[Any]) -> None:
    wrong = {"target": "lat", "sample_weight": "fare", "split": "time:when", "compare_with": "staging"}
    errors = trainer.post(url("job_train"), ticked(**wrong)).context["form"].errors
    assert {name: found[0] for name, found in errors.items() if name != "compare_with"} == {
        "target": "departures has no column 'lat'.",
        "sample_weight": "departures has no column 'fare'.",
        "split": "departures has no column 'when'.",
    }
    assert errors["compare_with"][0].startswith("late has no version with the alias 'staging' (it has: canary, prod")
    assert asked == []


@pytest.mark.parametrize("split", ["tme:a", "time", "time:", "hash:a"])
def test_a_split_of_another_kind_comes_back(trainer: Client, asked: list[Any], split: str) -> None:
    errors = train(trainer, split=split).context["form"].errors
    assert errors == {"split": ["Write random, time:COLUMN or group:COLUMN."]}


def test_all_that_is_wrong_is_told_at_once(trainer: Client, asked: list[Any]) -> None:
    wrong = {"name": "Not A Name", "dataset": "nowhere", "params": "depth", "cv": "-1", "search_space": "{"}
    errors = train(trainer, **wrong).context["form"].errors
    assert set(errors) == set(wrong)
    assert errors["dataset"][0].startswith("There is no dataset 'nowhere'.")
    assert asked == []


def test_a_target_that_the_dataset_lacks_and_no_column_ticked_are_told_at_once(
    trainer: Client, asked: list[Any]
) -> None:
    errors = trainer.post(url("job_train"), ticked(target="lat", columns=[])).context["form"].errors
    assert errors == {
        "target": ["departures has no column 'lat'."], "columns": ["Tick at least one column besides the target."],
    }  # fmt: skip
    assert asked == []


def test_what_is_seldom_wanted_is_folded_unless_something_in_it_is_said(trainer: Client, asked: list[Any]) -> None:
    def is_open(page: bytes) -> bool:
        return bool(re.search(r"<details\s+open", page.decode()))

    assert not is_open(trainer.get(url("job_train")).content)
    assert is_open(trainer.get(url("job_train"), {"cv": "5"}).content)
    assert is_open(train(trainer, cv="-1").content)


def test_the_page_of_a_training_shows_what_it_was_compared_with_and_its_checks(
    trainer: Client, catalog: Catalog
) -> None:
    values = {"metric": "accuracy", "first": 0.7, "second": 0.5, "low": 0.1, "high": 0.3, "rows": 60}
    evaluation = make_evaluation(catalog.versions[3], catalog.versions[0], differences=[values])
    job = job_in("SUCCEEDED")
    Job.objects.filter(pk=job.pk).update(model_version=catalog.versions[3], evaluation=evaluation)
    page = read_page(trainer.get(url("job_change", job)))
    assert "<h2>Against late:1</h2>" in page
    assert "<td>+0.2 (+0.1 to +0.3)</td>" in page
    assert "Check <strong>leak</strong>" in page


def test_the_page_of_a_training_shows_the_metrics_beside_productions(trainer: Client, catalog: Catalog) -> None:
    job = job_in("SUCCEEDED")
    Job.objects.filter(pk=job.pk).update(model_version=catalog.versions[2])
    page = read_page(trainer.get(url("job_change", job)))
    assert "Against production" in page
    assert all(name in page for name in catalog.versions[2].metrics)
