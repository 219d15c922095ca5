"""Somebody who has never seen the pages finds out what is in production, and whether the newest version is better."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

TELEPHONE = 390
# What the six questions are answered by, on the page of a model whose newest version needs one column more.
ANSWERS = {
    "which is in production": "version 2 since 20",
    "why": "Long flights are no line.",
    "what was before": "instead of version 1",
    "is the newest better": "Not that one could tell, within what chance does on 118 rows",
    "by how much": "against version 2.",
    "would it break anyone": "Yes, who gives it only what version 2 needs",
}


@pytest.mark.parametrize(("width", "height", "screens"), [(TELEPHONE, 844, 1.25), (1280, 800, 0.75)])
def test_the_page_of_a_model_answers_the_six_questions_without_much_scrolling(
    visit: Visit, width: int, height: int, screens: float
) -> None:
    page = visit("/models/air-time/", "Viewers", width=width)
    ends = {}
    for question, answer in ANSWERS.items():
        box = page.locator("main").get_by_text(answer).first.bounding_box()
        assert box, question
        ends[question] = (box["x"] + box["width"] <= width, (box["y"] + box["height"]) / height <= screens)
    assert ends == dict.fromkeys(ANSWERS, (True, True))


def test_a_stranger_learns_what_is_in_production_why_and_whether_to_change_it(visit: Visit) -> None:
    page = visit("/admin/", "Viewers", width=TELEPHONE)
    row = page.get_by_role("region", name="Models").get_by_role("row", name="air-time")
    expect(row).to_contain_text("version 2")
    expect(row).to_contain_text("after version 1")
    expect(row).to_contain_text("Long flights are no line.")
    expect(row).to_contain_text(re.compile(r"version 4\s+within what chance does on 118 rows"))
    row.get_by_role("link", name="air-time").click()
    expect(page.get_by_text("instead of version 1").first).to_be_visible()
    expect(page.get_by_role("img", name="Versions in production")).to_be_visible()
    newest = page.get_by_role("region", name="Versions", exact=True).get_by_role("row", name="air-time:4")
    newest.get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare with production").click()
    expect(page.get_by_role("heading", name="air-time:4 against air-time:2, which is in production")).to_be_visible()
    difference = page.get_by_role("region", name="Differences of air-time:4").get_by_role("row", name="r2")
    expect(difference).to_contain_text(re.compile("better|worse|within what chance does on"))
    expect(difference).to_contain_text(re.compile(r"[+−][\d.e+]+ \([+−]"))
    expect(page.get_by_text("It needs columns that air-time:2 does not: origin")).to_be_visible()


def test_times_are_in_the_zone_of_the_browser_from_the_second_page_on(visit: Visit) -> None:
    page = visit("/admin/", zone="Europe/Berlin")
    expect(page.get_by_text("Times are in UTC.")).to_be_visible()
    page.get_by_role("navigation", name="Catalog").get_by_role("link", name="Models").click()
    expect(page.get_by_text("Times are in Europe/Berlin.")).to_be_visible()


def test_what_is_searched_for_is_found_from_every_page(visit: Visit) -> None:
    page = visit("/models/air-time/")
    page.get_by_role("navigation", name="Catalog").get_by_role("searchbox").fill("tumour:2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("tumour:2")


def test_the_arrow_keys_tell_the_values_of_a_chart(visit: Visit) -> None:
    page = visit("/models/tumour/2/")
    chart = page.get_by_role("img", name="ROC")
    chart.focus()
    readout = chart.locator("+ .readout")
    expect(readout).to_have_text("false positive rate 0, true positive rate 0")
    page.keyboard.press("ArrowLeft")
    expect(readout).to_have_text("false positive rate 1, true positive rate 1")


def test_the_values_of_a_chart_are_a_table_too(visit: Visit) -> None:
    page = visit("/models/tumour/2/")
    page.get_by_text("Values of ROC").click()
    expect(page.get_by_role("region", name="Values of ROC").get_by_role("row").first).to_be_visible()
