"""How single parts of the pages lie and look; test_every_page_shown asks of all that nothing is cut off."""

import pytest

from tests.browser.addresses import PAGES
from tests.browser.conftest import Visit, overflow

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


@pytest.mark.parametrize("name", ["version", "compare", "regression model"])
def test_the_words_of_a_chart_stand_outside_of_its_lines(visit: Visit, name: str) -> None:
    page = visit(PAGES[name])
    assert page.locator(".chart .axis").count() > 0
    assert page.evaluate(WORDS_WITHIN) == []


@pytest.mark.parametrize(("width", "is_below"), [(768, True), (1280, False)])
def test_filters_leave_a_list_the_width_of_a_tablet(visit: Visit, width: int, is_below: bool) -> None:
    page = visit(PAGES["audit events"], width=width)
    rows, filters = (page.locator(part).bounding_box() for part in (".results", "#changelist-filter"))
    assert rows is not None
    assert filters is not None
    assert (filters["y"] > rows["y"] + rows["height"]) == is_below
    assert overflow(page) == 0
    assert (filters["width"] == rows["width"]) == is_below


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
