"""Nothing is cut off: from a telephone's 360 pixels to a wide screen, in light and in dark."""

import pytest
from playwright.sync_api import Page

from tests.browser.addresses import PAGES
from tests.browser.conftest import Visit

WIDTHS = (360, 768, 1280, 1920)
# Tables that are as wide as their data; they scroll in their own frame.
WIDE = {"First rows", "Comparison", "All parameters"}

# Texts of the charts that reach into the frame of their axes, or out of the drawing.
WORDS_WITHIN = """
() => [...document.querySelectorAll(".chart > svg")].filter((svg) => svg.querySelector(".axis")).flatMap((svg) => {
  const [all, axes] = [svg, svg.querySelector(".axis")].map((each) => each.getBoundingClientRect());
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    const within = box.right > axes.left + 1 && box.top < axes.bottom - 1;
    return within || box.left < all.left || box.bottom > all.bottom + 1 || box.top < all.top - 1;
  }).map((text) => text.textContent);
})
"""


def overflow(page: Page) -> int:
    """Pixels that the document is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def clipped_frames(page: Page) -> list[str]:
    """The names of scrolling frames whose contents don't fit."""
    found: list[str] = page.eval_on_selector_all(
        ".scroll, .results",
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel || e.className)",
    )
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_every_width_and_clips_no_column_at_1280(visit: Visit, name: str) -> None:
    page = visit(PAGES[name], "superuser")
    assert set(clipped_frames(page)) <= WIDE
    overflows = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        overflows[width] = overflow(page)
    assert overflows == dict.fromkeys(WIDTHS, 0)


@pytest.mark.parametrize("name", ["version", "compare", "regression model"])
def test_the_words_of_a_chart_stand_outside_of_its_lines(visit: Visit, name: str) -> None:
    page = visit(PAGES[name])
    assert page.locator(".chart .axis").count() > 0
    assert page.evaluate(WORDS_WITHIN) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_buttons_of_a_row_stand_on_one_line(visit: Visit, width: int) -> None:
    page = visit(PAGES["version"], width=width)
    boxes = [each.bounding_box() or {} for each in page.locator(".action-bar .button").all()]
    assert len(boxes) > 3
    assert len({box["height"] for box in boxes}) == 1
    assert all(box["y"] == boxes[-1]["y"] for box in boxes if abs(box["y"] - boxes[-1]["y"]) < box["height"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rows_that_differ_are_told_apart_from_those_that_do_not(visit: Visit, scheme: str) -> None:
    page = visit(PAGES["compare"], scheme=scheme)
    colours = "rows => new Set(rows.map(each => getComputedStyle(each.querySelector('td')).backgroundColor)).size"
    odd = "table.compare tbody:has(tr.differs):has(tr:not(.differs) td) tr:nth-child(odd):has(td)"
    assert page.eval_on_selector_all(f"{odd}", colours) == 2


def test_the_login_fits_a_telephone(visit: Visit) -> None:
    assert overflow(visit("/admin/", "anonymous", width=360)) == 0


def test_the_colour_scheme_follows_the_system(visit: Visit) -> None:
    page = visit("/admin/", scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_the_colour_scheme_can_be_chosen(visit: Visit) -> None:
    page = visit("/admin/", scheme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    while page.locator("html").get_attribute("data-theme") != "dark":
        page.locator("button.theme-toggle").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
