"""Every page, opened once for all that is asked of it: axe-core finds nothing in light and in dark, and nothing is cut
off from a telephone's 360 pixels to a wide screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.accessibility import violations
from tests.browser.addresses import PAGES
from tests.browser.conftest import TIMEOUT_MS, Started, overflow
from tests.browser.watching import Watch

HEIGHT, USUAL_WIDTH, WIDTHS = 800, 1280, (360, 768, 1280, 1920)
# Tables that are as wide as their data; they scroll in their own frame.
WIDE = {"First rows", "Comparison", "All parameters"}


@pytest.fixture(scope="module")
def watched(started: Started, browser: Browser) -> Iterator[tuple[Page, Watch]]:
    """A tab of a superuser."""
    running, sessions = started
    context = browser.new_context(base_url=running.url, locale="en-GB", timezone_id="UTC", color_scheme="light")
    context.add_cookies([{"name": "sessionid", "value": sessions["superuser"], "url": running.url}])
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    yield page, Watch(page, running.url)
    context.close()


@pytest.fixture(scope="module", params=PAGES)
def shown(request: pytest.FixtureRequest, watched: tuple[Page, Watch]) -> Iterator[Page]:
    """The page at its usual width, in light; when all was asked, nothing may have gone wrong in it."""
    page, watch = watched
    page.set_viewport_size({"width": USUAL_WIDTH, "height": HEIGHT})
    page.emulate_media(color_scheme="light")
    page.goto(PAGES[request.param])
    yield page
    problems, watch.problems = watch.problems, []
    assert "\n".join(problems) == ""


def clipped_frames(page: Page) -> list[str]:
    """The names of scrolling frames whose contents don't fit."""
    found: list[str] = page.eval_on_selector_all(
        ".scroll, .results",
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel || e.className)",
    )
    return found


def beyond_their_card(page: Page) -> list[str]:
    """What reaches over the right edge of its card and does not scroll within it."""
    found: list[str] = page.eval_on_selector_all(
        ".card :is(table, pre, dl, form, figure, svg, p)",
        """all => all.filter(e => !e.closest('.scroll')
            && e.getBoundingClientRect().right > e.closest('.card').getBoundingClientRect().right - 1)
            .map(e => e.caption?.textContent || e.className.baseVal || e.className || e.tagName)""",
    )
    return found


def test_a_page_clips_no_column_at_1280(shown: Page) -> None:
    assert set(clipped_frames(shown)) <= WIDE


def test_a_page_is_accessible(shown: Page) -> None:
    assert violations(shown) == ""


def test_a_page_fits_every_width(shown: Page) -> None:
    overflows, beyond = {}, {}
    for width in WIDTHS:
        shown.set_viewport_size({"width": width, "height": HEIGHT})
        overflows[width], beyond[width] = overflow(shown), beyond_their_card(shown)
    assert overflows == dict.fromkeys(WIDTHS, 0)
    assert beyond == {width: [] for width in WIDTHS}
