"""The whole way of somebody of each group, on a telephone, in one colour scheme or the other."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, overflow
from tests.browser.steps import compare, download, log_in, production, promote, recorded, roll_back, upload_birds
from tests.servers.site import Site

PHONE = 360


def enter(visit: Visit, role: str, scheme: str) -> Page:
    """Logged in, on the page of `tumour`, which was asked for."""
    page = visit("/models/tumour/", "anonymous", scheme=scheme, width=PHONE)
    log_in(page, role)
    expect(page.get_by_role("heading", level=1)).to_have_text("tumour")
    assert production(page) == "version 2"
    return page


def test_a_viewer_looks_and_compares_and_is_offered_no_more(visit: Visit, live_site: Site) -> None:
    page = enter(visit, "Viewers", "light")
    page.get_by_role("link", name="tumour:3").first.click()
    expect(page.get_by_role("region", name="Metrics").get_by_text("measured on other rows").first).to_be_visible()
    expect(page.get_by_role("list", name="Actions")).to_have_count(0)
    compare(page, 2, 3)
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("link", name="Upload")).to_have_count(0)
    assert overflow(page) == 0


def test_a_trainer_uploads_compares_and_downloads(visit: Visit, live_site: Site, birds: Path) -> None:
    before = len(recorded(live_site, "Trainers"))
    page = enter(visit, "Trainers", "dark")
    upload_birds(page, birds)
    compare(page, 2, 3)
    download(page)
    expect(page.get_by_role("link", name="Promote to production")).to_have_count(0)
    assert overflow(page) == 0
    assert [verb for verb, _ in recorded(live_site, "Trainers")[before:]] == ["dataset_added", "downloaded"]


def test_a_curator_does_all_of_it(visit: Visit, live_site: Site, birds: Path) -> None:
    before = len(recorded(live_site, "Curators"))
    page = enter(visit, "Curators", "light")
    upload_birds(page, birds)
    compare(page, 2, 3)
    promote(page, 3, "It needs one measurement only.")
    page.goto("/models/tumour/")
    assert production(page) == "version 3"
    roll_back(page, "It misses too many.")
    assert production(page) == "version 2"
    download(page)
    assert overflow(page) == 0
    done = [verb for verb, _ in recorded(live_site, "Curators")[before:]]
    assert done == ["dataset_added", "promoted", "rolled_back", "downloaded"]


def test_a_command_is_copied_by_its_button(visit: Visit) -> None:
    page = visit("/models/tumour/2/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "python manage.py predict tumour:2 --input new.csv --output scored.csv"
