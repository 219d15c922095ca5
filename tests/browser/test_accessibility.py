"""axe-core finds nothing on pages that are there for a moment or for some alone; test_every_page_shown has the rest."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import violations
from tests.browser.addresses import PAGES
from tests.browser.conftest import Visit


def test_home_and_lists_of_an_empty_catalog_are_accessible(visit: Visit, empty_catalog: None) -> None:
    page = visit("/admin/")
    expect(page.get_by_role("heading", name="Begin here")).to_be_visible()
    assert violations(page) == ""
    page.goto(PAGES["jobs"])
    expect(page.get_by_text("No job was started yet.")).to_be_visible()
    assert violations(page) == ""


@pytest.mark.parametrize("role", ["anonymous", "nobody"])
def test_what_somebody_without_permission_sees_is_accessible(visit: Visit, role: str) -> None:
    assert violations(visit("/admin/", role)) == ""


def test_a_form_that_comes_back_is_accessible(visit: Visit) -> None:
    page = visit(PAGES["promote"])
    page.locator("textarea").evaluate("element => element.form.noValidate = true")
    page.get_by_role("button", name="Promote to production").click()
    expect(page.get_by_text("Say why tumour:3 shall hold production")).to_be_visible()
    assert violations(page) == ""


def test_a_receipt_is_accessible(visit: Visit) -> None:
    page = visit(PAGES["predictions"])
    page.locator("#result_list tbody a").first.click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    assert violations(page) == ""


@pytest.mark.parametrize("path", ["/models/none/", PAGES["promote"]])
def test_a_refusal_is_accessible(visit: Visit, path: str) -> None:
    assert violations(visit(path, "Viewers")) == ""
