"""What an uploader states and what was measured here are told apart on every page and in the card."""

import re

import pytest
from django.test import Client

from catalog.models import Alias, ModelVersion
from tests.admin.datasets.test_dataset_page import section
from tests.admin.people import Catalog, SignIn, read_page, url
from tests.admin.registry.test_version_page import card, shown
from tests.services.snapshots import later_version, make_evaluation

CHIP = '<span class="chip stated">stated</span>'


@pytest.fixture
def uploaded(catalog: Catalog) -> ModelVersion:
    """`late:6`, with the metrics of `late:1` as its uploader's."""
    return later_version(catalog.versions[0], origin="UPLOADED")


def in_production(version: ModelVersion) -> None:
    Alias.objects.filter(name="production").update(model_version=version)


def test_the_list_of_versions_marks_what_is_stated(uploaded: ModelVersion, curator: Client) -> None:
    page = read_page(curator.get(url("modelversion_changelist")))
    marked = {row.partition("late:")[2][0] for row in page.split("<tr>") if CHIP in row}
    assert marked == {"5", "6"}


def test_the_page_of_a_model_marks_what_is_stated_of_the_version_in_production(
    catalog: Catalog, uploaded: ModelVersion, curator: Client
) -> None:
    def production() -> str:
        return section(curator.get(url("registeredmodel_change", catalog.model)).content.decode(), "In production")

    assert "stated" not in production()
    in_production(uploaded)
    assert "stated" in production()


def test_beside_measured_metrics_those_of_production_are_marked_where_they_are_stated(
    catalog: Catalog, uploaded: ModelVersion, curator: Client
) -> None:
    assert CHIP not in read_page(curator.get(url("modelversion_change", catalog.versions[0])))
    in_production(uploaded)
    page = read_page(curator.get(url("modelversion_change", catalog.versions[0])))
    assert page.count(CHIP) == len(catalog.versions[0].metrics)


def test_the_card_says_whose_the_metrics_are(uploaded: ModelVersion, curator: Client) -> None:
    metadata, text = card(curator, uploaded)
    told = metadata["model-index"][0]["results"][0]["metrics"]
    assert {metric["name"] for metric in told} == {"stated by the uploader"}
    assert "- Trained elsewhere; uploaded by ada on " in text
    assert "The metrics are the uploader's." in text


def test_the_page_says_that_nobody_here_has_measured_them(uploaded: ModelVersion, curator: Client) -> None:
    ModelVersion.objects.filter(pk=uploaded.pk).update(report={})
    stated = section(shown(curator, uploaded), "Metrics as stated")
    assert "As its uploader gave them; the catalog has not measured them." in stated


def test_what_was_measured_elsewhere_is_told_as_stated_too(uploaded: ModelVersion, curator: Client) -> None:
    told = {
        "rows": 60,
        "rows_of": "",
        "dataset": "cancer:1",
        "metrics": {"f1": 0.5},
        "by": "eve",
        "at": "2026-02-03T04",
    }
    ModelVersion.objects.filter(pk=uploaded.pk).update(provenance={"evaluations": [told]})
    stated = section(shown(curator, uploaded), "Metrics as stated")
    assert "Stated too, measured elsewhere: 60 of the rows of cancer:1: f1 0.5 (eve, 2026-02-03)" in stated


def test_the_form_of_an_upload_says_that_the_uploader_measured_them(sign_in: SignIn) -> None:
    assert "as accuracy=0.93, measured by you." in read_page(sign_in("Trainers").get(url("modelversion_upload")))


def measured_since(client: Client, version: ModelVersion) -> str:
    return section(shown(client, version), "Measured since")


def test_what_was_measured_since_is_of_the_main_metric_with_its_baseline(catalog: Catalog, curator: Client) -> None:
    main, version = catalog.model.primary_metric, catalog.versions[2]
    bounds = {"second": 0.1, "low": 0.01, "high": 0.9, "rows": 60}
    differences = [{"metric": name, "first": first, **bounds} for name, first in (("accuracy", 0.9), (main, 0.4))]
    evaluation = make_evaluation(version, catalog.versions[1], differences=differences)
    evaluation.metrics = {name: {"value": 0.4, "baseline": 0.25} for name in (main,)}
    evaluation.save()
    assert "0.4 baseline 0.25 better +0.3 (+0.01 to +0.9) late:2" in measured_since(curator, version)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"training_rows": 7}, "It was trained on 7 of them."),
        ({"flips": {"other_training_rows": 8}}, "late:2 was trained on 8 of them."),
    ],
)
def test_rows_that_a_version_was_trained_on_are_told(
    catalog: Catalog, curator: Client, fields: dict[str, object], said: str
) -> None:
    values = {"metric": catalog.model.primary_metric, "first": 0.9, "second": 0.1, "low": 0.7, "high": 0.9, "rows": 60}
    make_evaluation(catalog.versions[2], catalog.versions[1], differences=[values], **fields)
    assert said in measured_since(curator, catalog.versions[2])
    metrics = section(shown(curator, catalog.versions[2]), "Metrics on held-out rows")
    assert not re.search(r"\b(better|worse)\b", metrics.replace("Better is", ""))
    model = curator.get(url("registeredmodel_change", catalog.model)).content.decode()
    assert "Not known." in section(model, "Newest version")


def test_rows_that_weigh_are_told_with_the_rows(catalog: Catalog, curator: Client) -> None:
    evaluation = make_evaluation(catalog.versions[2], catalog.versions[1])
    evaluation.metrics = {catalog.model.primary_metric: {"value": 0.4, "weighted_by": "fare"}}
    evaluation.save()
    assert "60 of the rows of departures:1, weighed by fare ada" in measured_since(curator, catalog.versions[2])
