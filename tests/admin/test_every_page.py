"""What all pages have in common: the bar, times in the reader's zone, rounded numbers, and whether a worker runs."""

import re
from typing import Any

import pytest
from django.test import Client

from catalog.admin.written_values import number
from catalog.models import AuditEvent
from catalog.services.jobs.watching.worker_beats import beat
from tests.admin.people import Catalog, SignIn, job_in, url

BAR = re.compile(r'<nav class="top-bar".*?</nav>', re.DOTALL)


def bar(client: Client, address: str) -> str:
    found = BAR.search(client.get(address).content.decode())
    return found[0] if found else ""


@pytest.mark.parametrize(("role", "count"), [("nobody", 0), ("Viewers", 5), ("Curators", 5)])
def test_the_bar_leads_to_what_somebody_may_see(catalog: Catalog, sign_in: SignIn, role: str, count: int) -> None:
    links = re.findall(r">(\w+)</a>", bar(sign_in(role), "/admin/"))
    assert links == ["Models", "Datasets", "Jobs", "Predictions", "History"][:count]


def test_somebody_who_is_not_logged_in_sees_no_bar(client: Client, db: None) -> None:
    assert bar(client, "/admin/login/") == ""


def test_the_bar_marks_where_a_page_belongs(catalog: Catalog, curator: Client) -> None:
    pages = {
        url("modelversion_change", catalog.versions[0]): ["Models"],
        url("modelversion_promote", catalog.versions[2]): ["Models"],
        url("datasetversion_change", catalog.dataset_version): ["Datasets"],
        url("auditevent_changelist"): ["History"],
        "/admin/": [],
    }
    marked = {where: re.findall(r'aria-current="page"\s*>(\w+)<', bar(curator, where)) for where in pages}
    assert marked == pages


def test_models_and_datasets_have_looks_of_their_own(catalog: Catalog, curator: Client) -> None:
    page = curator.get(url("modelversion_change", catalog.versions[0])).content.decode()
    assert '<p class="kind kind-modelversion">Model version</p>' in page
    assert (
        '<p class="kind kind-datasetversion">'
        in curator.get(url("datasetversion_change", catalog.dataset_version)).content.decode()
    )


@pytest.mark.parametrize(
    ("cookie", "shown", "zone"),
    [
        ("", "2013-07-01 12:30", "UTC"),
        ("Europe/Berlin", "2013-07-01 14:30", "CEST"),
        ("Asia/Kathmandu", "2013-07-01 18:15", "UTC+0545"),
        ("Europe", "2013-07-01 12:30", "UTC"),
        ("../../etc/passwd", "2013-07-01 12:30", "UTC"),
        ("Mars/Olympus", "2013-07-01 12:30", "UTC"),
    ],
)
def test_times_are_in_the_readers_zone_and_say_so(
    catalog: Catalog, curator: Client, cookie: str, shown: str, zone: str
) -> None:
    at = "2013-07-01T12:30:10Z"
    event = AuditEvent.objects.create(verb="promoted", actor="ada", object_type="model", object_name="late", at=at)
    curator.cookies["time_zone"] = cookie
    page = curator.get(url("auditevent_change", event)).content.decode()
    assert f'title="{shown}:10 {zone}">{shown}</time>' in page
    assert f"Times are in {cookie if zone != 'UTC' else 'UTC'}." in page


def test_the_sites_own_zone_is_a_setting(catalog: Catalog, curator: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    assert "Times are in Europe/Berlin." in curator.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456789, '<span title="0.123456789">0.1235</span>'),
        (0.5, "0.5"),
        (123456.75, '<span title="123456.75">123,457</span>'),
        (-2000.0, "-2,000"),
        (1e-7, "1e-07"),
        (1234567, "1,234,567"),
        (True, "True"),
        (None, "–"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_rounded_for_people_with_all_digits_in_the_title(value: object, shown: str) -> None:
    assert number(value) == shown


PAGES_OF_JOBS = ("/admin/", "/admin/catalog/job/", "/admin/catalog/job/train/", "/admin/catalog/job/predict/")


def test_home_and_the_pages_of_jobs_say_that_no_worker_is_running(catalog: Catalog, curator: Client) -> None:
    pages = [*PAGES_OF_JOBS, url("job_change", job_in("QUEUED"))]
    without = [where for where in pages if "No worker is running" in curator.get(where).content.decode()]
    assert without == pages
    beat(worker="gallifrey:4711")
    assert [where for where in pages if "No worker is running" in curator.get(where).content.decode()] == []


def test_a_job_that_has_ended_waits_for_no_worker(catalog: Catalog, curator: Client) -> None:
    assert "No worker" not in curator.get(url("job_change", job_in("FAILED"))).content.decode()
