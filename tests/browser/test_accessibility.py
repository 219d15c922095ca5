"""axe-core finds nothing on any page, in light and in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.addresses import PAGES
from tests.browser.conftest import Visit

# Without preload, in which axe itself asks for style sheets at wrong addresses and adds inline styles.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}, "preload": False}
# Of what is found in light, nothing but colours is another in dark.
SCHEMES = {"light": RULES, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "preload": False}}


def violations(page: Page) -> str:
    """The rule, the element and axe's reason, one line each, in light and in dark."""
    found = []
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
        found += Axe().run(page, options=rules).response["violations"]
    return "\n".join(
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for violation in found
        for node in violation["nodes"]
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(visit: Visit, name: str) -> None:
    assert violations(visit(PAGES[name], "superuser")) == ""


def test_the_home_page_of_an_empty_catalog_is_accessible(visit: Visit, empty_catalog: None) -> None:
    page = visit("/admin/")
    expect(page.get_by_role("heading", name="Begin here")).to_be_visible()
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
