"""What people do on the pages, by what they see there."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.addresses import PASSWORD
from tests.servers.site import Site


def production(page: Page) -> str:
    """The chip of the model's page."""
    return page.locator(".card", has_text="In production").locator(".chip.production").first.inner_text()


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def choose_file(page: Page, name: str, file: Path) -> None:
    page.get_by_label("Name").fill(name)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Preview").click()


def upload(page: Page, name: str, file: Path) -> None:
    """Looked at, and then added."""
    choose_file(page, name, file)
    page.get_by_role("button", name="Add it").click()


def upload_birds(page: Page, birds: Path) -> None:
    """From home to the page of the new dataset."""
    page.get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Upload a dataset").first.click()
    upload(page, "birds", birds)
    expect(page.get_by_text("Added birds:1, 40 rows.")).to_be_visible()
    expect(page.get_by_role("img", name="Histogram of wing_cm")).to_be_visible()


def compare(page: Page, *numbers: int) -> None:
    """Versions of `tumour`, chosen in the list that the model's page leads to."""
    page.goto("/models/tumour/")
    page.get_by_role("link", name="All versions, to filter and compare").click()
    for number in numbers:
        page.get_by_role("row", name=f"tumour:{number}").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option(label="Compare the chosen versions")
    page.locator("button[name=index]").click()  # "Go" in Django 5.2, "Run" in 6.1
    expect(page.get_by_role("heading", name=f"Compare {len(numbers)} versions")).to_be_visible()
    expect(page.get_by_role("region", name="Differences of").first).to_be_visible()


def promote(page: Page, number: int, reason: str) -> None:
    page.goto(f"/models/tumour/{number}/")
    page.get_by_role("link", name="Promote to production").click()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Promote to production").click()
    expect(page.get_by_text(f"tumour:{number} is in production now")).to_be_visible()


def roll_back(page: Page, reason: str) -> None:
    page.goto("/models/tumour/")
    page.get_by_role("link", name="Roll production back").click()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text(reason).first).to_be_visible()


def download(page: Page) -> None:
    """The file of `tumour:2`, whose digest is the one on the page."""
    page.goto("/models/tumour/2/")
    digest = page.locator("dt", has_text="SHA-256").locator("+ dd").inner_text()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download").click()
    assert hashlib.sha256(downloaded.value.path().read_bytes()).hexdigest() == digest
    assert downloaded.value.suggested_filename == "tumour-v2-model.joblib"


def recorded(site: Site, name: str) -> list[tuple[str, str]]:
    """Verbs of the audit events by this person, and what the admin's own log tells of each, oldest first."""
    events = "SELECT verb FROM catalog_auditevent WHERE actor = ? ORDER BY id"
    entries = (
        "SELECT change_message FROM django_admin_log JOIN auth_user ON auth_user.id = user_id"
        " WHERE username = ? ORDER BY django_admin_log.id"
    )
    with closing(sqlite3.connect(site.folder / "catalog.sqlite3")) as database:
        told = [[row[0] for row in database.execute(query, [name])] for query in (events, entries)]
    return list(zip(*told, strict=True))
