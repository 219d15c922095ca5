"""A training that is started in the browser, is watched there, and outlives its worker."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.servers.site import Site, environment, worker

WITHIN_MS = 240_000


@pytest.fixture
def variables(live_site: Site) -> dict[str, str]:
    """Of workers, with leases that end soon."""
    return environment(live_site.folder, CATALOG_JOB_LEASE_SECONDS="3", OMP_NUM_THREADS="1")


def start_training(page: Page) -> None:
    page.get_by_label("Model").fill("time-aloft")
    page.get_by_label("Target").fill("air_time")
    page.get_by_label("Estimator").select_option("ridge")
    page.get_by_label("Parameters").fill("alpha=0.5")
    page.get_by_role("button", name="Queue the training").click()
    expect(page.get_by_text(re.compile(r"Job \d+ is queued"))).to_be_visible(timeout=WITHIN_MS)


def test_a_training_started_here_is_watched_to_its_end_though_its_worker_is_killed(
    visit: Visit, variables: dict[str, str]
) -> None:
    page = visit("/admin/catalog/job/2/cancel/", "Trainers")
    page.get_by_role("button", name="Cancel").click()
    page.goto("/admin/catalog/job/train/?dataset=flights")
    start_training(page)
    state = page.locator(".state").first
    expect(state).to_have_text("queued")
    with worker(variables) as killed:
        expect(state).to_have_text("running", timeout=WITHIN_MS)
        killed.kill()
    with worker(variables):
        expect(state).to_have_text("succeeded", timeout=WITHIN_MS)
    expect(page.locator(".job-log")).to_contain_text("was lost: queued again.")
    page.get_by_role("link", name="time-aloft:1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("time-aloft:1")


def test_a_request_that_can_not_be_comes_back_with_why(visit: Visit, live_site: Site) -> None:
    page = visit("/admin/catalog/job/train/?dataset=flights", "Trainers")
    page.get_by_label("Model").fill("time-aloft")
    page.get_by_label("Target").fill("arrival")
    page.get_by_role("button", name="Queue the training").click()
    expect(page.locator(".errorlist")).to_contain_text("has no column 'arrival'", timeout=WITHIN_MS)
    expect(page.get_by_label("Target")).to_have_value("arrival")
