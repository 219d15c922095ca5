"""The home page: what needs a person, what there is, and how to begin."""

import re

import pytest
from django.test import Client

from catalog.admin.written_values import number
from catalog.models import Alias, DatasetVersion, ModelVersion
from tests.admin.datasets.test_dataset_page import section
from tests.admin.people import Catalog, SignIn, unused_dataset_version
from tests.services.snapshots import later_version, make_evaluation

pytestmark = pytest.mark.both_databases


def home(client: Client) -> str:
    return client.get("/admin/").content.decode()


@pytest.mark.parametrize("status", ["QUARANTINED", "FAILED", "PENDING"])
def test_a_version_that_is_not_done_needs_a_person(catalog: Catalog, curator: Client, status: str) -> None:
    ModelVersion.objects.filter(pk=catalog.versions[2].pk).update(status=status, failure="No room.")
    waiting = section(home(curator), "Needs a person")
    assert f"{status.lower()} late:3" in waiting
    assert "No room." in waiting


def test_a_dataset_that_failed_needs_a_person(catalog: Catalog, curator: Client) -> None:
    version = unused_dataset_version(catalog.dataset_version, 2, None)
    DatasetVersion.objects.filter(pk=version.pk).update(status="FAILED")
    assert "failed departures:2" in section(home(curator), "Needs a person")


def test_nothing_needs_a_person_where_all_is_done(catalog: Catalog, curator: Client) -> None:
    ModelVersion.objects.filter(status="QUARANTINED").update(trashed_at=catalog.versions[0].created_at)
    assert "Nothing: no version is quarantined, failed or unfinished." in section(home(curator), "Needs a person")


def test_home_counts_versions_and_their_bytes(catalog: Catalog, curator: Client) -> None:
    ModelVersion.objects.update(size_bytes=1024**2)
    DatasetVersion.objects.update(size_bytes=1024**2)
    totals = section(home(curator), "In the catalog")
    assert "Models 1 Model versions 5 Dataset versions 1 Stored 6.0" in totals


def test_home_shows_the_main_metric_and_its_trend(catalog: Catalog, curator: Client) -> None:
    later_version(catalog.versions[0], primary_value=0.99)
    models = home(curator).partition("<h2>Models</h2>")[2]
    assert f"<strong>{number(catalog.versions[1].primary_value)}</strong>" in models
    assert 'aria-label="balanced_accuracy over the newest versions"' in models


def test_home_tells_what_happened_lately_with_links(catalog: Catalog, curator: Client) -> None:
    page = home(curator)
    assert re.search(r"promoted late:2 production 1 → 2 by ada ?: newer data", section(page, "Recent activity"))
    assert 'href="/models/late/2/"' in page


@pytest.mark.parametrize(("role", "is_offered"), [("Viewers", False), ("Trainers", True)])
def test_an_empty_catalog_says_how_to_begin(sign_in: SignIn, role: str, is_offered: bool) -> None:
    page = home(sign_in(role))
    assert "manage.py train_model" in section(page, "Begin here")
    assert "Needs a person" not in page
    assert ("Upload a dataset" in page) == is_offered


def test_what_an_uploader_states_is_in_no_trend_and_marked(catalog: Catalog, curator: Client) -> None:
    points = re.findall(r'points="([^"]*)"', home(curator))
    uploaded = later_version(catalog.versions[0], primary_value=123.0, origin="UPLOADED")
    Alias.objects.filter(name="production").update(model_version=uploaded)
    page = home(curator)
    assert re.search(r"<strong>123</strong>\s*<span class=\"chip stated\">stated</span>", page)
    assert points == re.findall(r'points="([^"]*)"', page)


def test_the_trend_of_home_breaks_where_the_data_change(catalog: Catalog, curator: Client) -> None:
    first, other = catalog.versions[0], unused_dataset_version(catalog.dataset_version, 2, None)
    assert "broken where the data change" not in home(curator)
    later_version(first, primary_value=0.9, dataset_version_id=other.pk)
    page = home(curator).partition('class="spark"')[2].partition("</svg>")[0]
    lines = re.findall(r'<polyline class="series series-1" points="([^"]*)"', page)
    assert [len(points.split()) for points in lines] == [4]
    assert page.count("<circle") == 1
    assert "over the newest versions, broken where the data change" in page


def newest(client: Client) -> str:
    """What home says of the newest version of `late`."""
    row = re.search(r'<td class="newest">(.*?)</td>', home(client), re.DOTALL)
    assert row
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row[1])).strip()


@pytest.mark.parametrize(("first", "second", "verdict"), [(2, 1, "better +0.2"), (1, 2, "worse −0.2")])
def test_home_tells_whether_the_newest_version_is_better(
    catalog: Catalog, curator: Client, first: int, second: int, verdict: str
) -> None:
    assert newest(curator) == "version 3 not measured side by side"
    metric = {"metric": "balanced_accuracy", "first": 0.9, "second": 0.7, "low": 0.1, "high": 0.3, "rows": 60}
    make_evaluation(catalog.versions[first], catalog.versions[second], differences=[metric])
    assert newest(curator).startswith(f"version 3 {verdict} (")


@pytest.mark.parametrize("fields", [{"training_rows": 7}, {"flips": {"other_training_rows": 7}}])
def test_home_says_nothing_by_rows_that_a_version_was_trained_on(
    catalog: Catalog, curator: Client, fields: dict[str, object]
) -> None:
    metric = {"metric": "balanced_accuracy", "first": 0.9, "second": 0.7, "low": 0.1, "high": 0.3, "rows": 60}
    make_evaluation(catalog.versions[2], catalog.versions[1], differences=[metric], **fields)
    assert newest(curator) == "version 3 not measured side by side"


def test_home_says_where_the_newest_version_is_in_production(catalog: Catalog, curator: Client) -> None:
    Alias.objects.filter(name="production").update(model_version=catalog.versions[2])
    assert newest(curator) == "is in production"
    Alias.objects.all().delete()
    assert newest(curator) == "version 3"


def test_what_failed_is_in_no_trend_of_home(catalog: Catalog, curator: Client) -> None:
    before = re.findall(r'points="([^"]*)"', home(curator))
    later_version(catalog.versions[0], primary_value=-5.0, status="FAILED")
    assert re.findall(r'points="([^"]*)"', home(curator)) == before
