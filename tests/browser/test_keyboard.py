"""Everything can be done without a mouse."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.servers.site import Site

MOST_TABS = 80


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this text has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.innerText || document.activeElement.value || '').trim()") == name:
            return
    raise AssertionError(f"{MOST_TABS} tabs do not lead to {name}.")


def test_a_version_is_promoted_with_the_keyboard_alone(visit: Visit, live_site: Site) -> None:
    page = visit("/models/tumour/3/")
    tab_to(page, "Promote to production")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Promote to production: tumour:3")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name") != "reason":
        page.keyboard.press("Tab")
    page.keyboard.type("Fewer false alarms.")
    tab_to(page, "Promote to production")
    page.keyboard.press("Enter")
    expect(page.get_by_text("tumour:3 is in production now")).to_be_visible()


def test_a_model_is_opened_from_home_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("/admin/", "Viewers")
    tab_to(page, "tumour")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("tumour")


def test_what_has_the_focus_is_seen(visit: Visit) -> None:
    page = visit("/models/tumour/3/")
    tab_to(page, "Promote to production")
    shown = "(e => e.outlineStyle !== 'none' && parseFloat(e.outlineWidth) > 0)"
    assert page.evaluate(f"{shown}(getComputedStyle(document.activeElement))")


def test_a_reader_may_skip_the_header(visit: Visit) -> None:
    page = visit("/models/tumour/3/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
