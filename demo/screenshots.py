"""Pictures of the main pages for the README: docs/screenshots/{home,model,version,compare}-{light,dark}.png.

The site runs on a free port of this machine, with a database, objects and demo data of its own.
"""

import json
import os
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.servers.site import Site, environment, run, site

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PAGES = {
    "home": "/admin/",
    "model": "/models/air-time/",
    "version": "/models/air-time/4/",
    "compare": "/admin/catalog/modelversion/compare/?v=5&v=10",
}
WIDTH, HEIGHT = 1280, 960
MOST_BYTES = 200_000


def picture(browser: Browser, running: Site, session: str, name: str, scheme: str) -> Path:
    """The top of the page, as somebody of the Curators sees it. Raises RuntimeError when the file is too large."""
    target = FOLDER / f"{name}-{scheme}.png"
    context = browser.new_context(
        base_url=running.url, color_scheme=scheme, viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB"
    )
    context.add_cookies([{"name": "sessionid", "value": session, "url": running.url}])
    page = context.new_page()
    page.goto(PAGES[name])
    page.screenshot(path=target)
    context.close()
    if target.stat().st_size >= MOST_BYTES:
        raise RuntimeError(f"{target} has {target.stat().st_size:,} bytes; {MOST_BYTES:,} are allowed.")
    return target


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="catalog-screenshots-") as folder:
        variables = environment(Path(folder))
        print("Training the models that the pictures show …", flush=True)
        sessions = json.loads(run(variables, "-m", "tests.browser.build_catalog", "people"))
        run(variables, "-m", "tests.browser.build_catalog", "models")
        with site(Path(folder), variables) as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name in PAGES:
                for scheme in ("light", "dark"):
                    target = picture(browser, running, sessions["Curators"], name, scheme)
                    print(f"{target.relative_to(FOLDER.parent.parent)}  {target.stat().st_size:,} bytes", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
