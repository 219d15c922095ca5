"""What people see and are told on the way; test_journeys goes all of it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.steps import choose_file, log_in, production, upload
from tests.servers.site import Site


def test_a_wrong_password_is_told(visit: Visit, live_site: Site) -> None:
    page = visit("/admin/", "anonymous")
    log_in(page, "Curators", "wrong")
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()


def test_somebody_without_a_group_is_told_whom_to_ask(visit: Visit) -> None:
    page = visit("/admin/", "nobody")
    expect(page.get_by_text("Viewers, Trainers or Curators")).to_be_visible()
    expect(page.get_by_text("tumour")).to_have_count(0)


def test_the_production_version_its_reason_and_the_one_before_are_three_clicks_away(visit: Visit) -> None:
    page = visit("/admin/", "Viewers")
    expect(page.get_by_role("region", name="Models").get_by_text("Fewer malignant tumours are missed.")).to_be_visible()
    page.get_by_role("link", name="tumour", exact=True).first.click()
    assert production(page) == "version 2"
    expect(page.get_by_text("Fewer malignant tumours are missed.").first).to_be_visible()
    expect(page.get_by_text("instead of version 1").first).to_be_visible()
    page.get_by_role("link", name="version 1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("tumour:1")
    expect(page.get_by_text("In production is version 2 since")).to_be_visible()


def test_a_version_shows_how_good_it_is_and_where_it_came_from(visit: Visit) -> None:
    page = visit("/models/tumour/3/", "Viewers")
    for heading in ("Metrics on held-out rows", "How to load it", "Evaluation", "Signature", "Model card", "History"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("img", name="ROC")).to_be_visible()
    expect(page.get_by_role("region", name="Metrics").get_by_text("measured on other rows").first).to_be_visible()


def test_a_regression_shows_its_residuals(visit: Visit) -> None:
    page = visit("/models/air-time/1/", "Viewers")
    expect(page.get_by_role("img", name="Histogram: Residuals (true − predicted)")).to_be_visible()


def test_a_comparison_can_show_only_what_differs(visit: Visit) -> None:
    page = visit("/admin/catalog/modelversion/compare/?v=1&v=2")
    rows = page.locator("table.compare tbody tr")
    before = rows.count()
    page.get_by_role("link", name="Show only rows that differ").click()
    expect(page.get_by_role("link", name="Show all rows")).to_be_visible()
    assert 0 < rows.count() < before


def test_a_worse_version_is_promoted_only_with_a_reason(visit: Visit, live_site: Site) -> None:
    page = visit("/models/tumour/3/")
    page.get_by_role("link", name="Promote to production").click()
    expect(page.get_by_text("it was not measured on the rows of tumour:2")).to_be_visible()
    page.get_by_role("button", name="Promote to production").click()
    assert page.locator("textarea:invalid").count() == 1
    page.get_by_label("Reason").fill("It needs one measurement only.")
    page.get_by_role("button", name="Promote to production").click()
    expect(page.get_by_text("tumour:3 is in production now, instead of tumour:2.")).to_be_visible()


def test_the_same_csv_is_added_once(visit: Visit, live_site: Site, birds: Path) -> None:
    page = visit("/admin/catalog/dataset/upload/", "Trainers")
    upload(page, "birds", birds)
    page.goto("/admin/catalog/dataset/upload/?name=birds")
    upload(page, "birds", birds)
    expect(page.get_by_text("the same bytes are there as birds:1")).to_be_visible()


def test_a_bad_csv_comes_back_with_the_reason(visit: Visit, live_site: Site, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x00\xff\x00")
    page = visit("/admin/catalog/dataset/upload/", "Trainers")
    choose_file(page, "bad", bad)
    expect(page.locator(".errorlist")).to_contain_text("bad.csv")
    expect(page.get_by_label("Name")).to_have_value("bad")


def test_a_model_card_is_downloaded_as_markdown(visit: Visit) -> None:
    page = visit("/models/tumour/2/", "Viewers")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the card as Markdown").click()
    assert download.value.path().read_text().startswith("---\nlibrary_name:")


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("Viewers", []),
        (
            "Trainers",
            ["Set alias", "Remove alias", "Edit tags", "Copy to a model", "Attach a file", "Edit notes", "Download"],
        ),
        (
            "Curators",
            [
                "Promote to production",
                "Set alias",
                "Remove alias",
                "Edit tags",
                "Copy to a model",
                "Attach a file",
                "Edit notes",
                "Archive",
                "Download",
            ],
        ),
    ],
)
def test_a_role_is_offered_what_it_may_do(visit: Visit, role: str, offered: list[str]) -> None:
    page = visit("/models/tumour/3/", role)
    labels = page.locator(".action-bar li > a, .action-bar li > span, .action-bar button").all_inner_texts()
    assert [label.partition(":")[0].strip() for label in labels] == offered


@pytest.mark.parametrize("path", ["/admin/catalog/modelversion/3/promote/", "/admin/catalog/dataset/upload/"])
def test_a_viewer_is_refused_what_is_not_offered(visit: Visit, path: str) -> None:
    expect(visit(path, "Viewers").get_by_role("heading", name="Not permitted")).to_be_visible()
