"""Chromium against the running site. Nothing here touches Django's database from this process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.watching import Watch
from tests.servers.programs import CHROMIUM
from tests.servers.site import Site, environment, run, site
from tests.shared_folders import copy_of_shared

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 20_000
FULL, EMPTY, SESSIONS = "full", "empty", "sessions.json"
Visit = Callable[..., Page]
# The running site with its catalog, and the session keys of its people.
Started = tuple[Site, dict[str, str]]


def overflow(page: Page) -> int:
    """Pixels that the document is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture(autouse=True)
def own_catalog_folders() -> None:
    """The site has its own folders."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where it is, before anything is made for it. Raises ProgramMissing."""
    return CHROMIUM.path()


@pytest.fixture(scope="package")
def playwright(chromium: str) -> Iterator[Playwright]:
    """As the plugin's, but gone when these tests are over: its event loop would stop Django's ORM in those after."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
    yield running
    running.close()


@pytest.fixture(scope="package")
def browser_context_args() -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Built:
    """A folder with a catalog, the variables of its site's process, and a session key for each role."""

    folder: Path
    variables: dict[str, str]
    sessions: dict[str, str]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Built:
    """Made once, also when other tests run between those of a browser."""
    folder = copy_of_shared("site", build, tmp_path_factory)
    return Built(folder, environment(folder), json.loads((folder / SESSIONS).read_text()))


def build(folder: Path) -> None:
    variables, kept = environment(folder), Site("", folder)
    (folder / "objects").mkdir()
    (folder / SESSIONS).write_text(run(variables, "-m", "tests.browser.build_catalog", "people"))
    kept.keep(EMPTY)
    run(variables, "-m", "tests.browser.build_catalog", "models")
    kept.keep(FULL)


@pytest.fixture(scope="package")
def started(built: Built) -> Iterator[Started]:
    with site(built.folder, built.variables) as running:
        yield running, built.sessions


@pytest.fixture
def live_site(started: Started) -> Iterator[Site]:
    """The site for tests that change it: in a process of its own, which children can join; put back afterwards."""
    yield started[0]
    started[0].restore(FULL)


@pytest.fixture
def empty_catalog(live_site: Site) -> None:
    """People, but neither datasets nor models."""
    live_site.restore(EMPTY)


@pytest.fixture
def visit(started: Started, new_context: Any) -> Iterator[Visit]:
    """Opens a page as somebody of the role; at the end of the test nothing may have gone wrong in any of them."""
    running, sessions = started
    watches: list[Watch] = []

    def opened(
        path: str, role: str = "Curators", *, scheme: str = "light", width: int = 1280, zone: str = "UTC"
    ) -> Page:
        context = new_context(
            base_url=running.url,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
            locale="en-GB",
            timezone_id=zone,
        )
        if role != "anonymous":
            context.add_cookies([{"name": "sessionid", "value": sessions[role], "url": running.url}])
        page: Page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        watches.append(Watch(page, running.url))
        page.goto(path)
        return page

    yield opened
    assert "\n".join(problem for watch in watches for problem in watch.problems) == ""


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    """A small CSV."""
    path = tmp_path / "birds.csv"
    path.write_text("name,wing_cm,seen\n" + "".join(f"bird {at},{at / 3:.2f},{at % 2}\n" for at in range(40)))
    return path
