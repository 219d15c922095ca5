"""The page at /docs works under its own policy, with nothing from elsewhere, and asks the server."""

from playwright.sync_api import sync_playwright

from tests.browser.conftest import OPTIONS, TIMEOUT_MS
from tests.servers.programs import CHROMIUM
from tests.serving.served_process import TOKEN, Server


def test_the_example_of_a_model_is_asked_from_the_page(server: Server) -> None:
    complaints, asked = list[str](), list[str]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM.path(), args=OPTIONS)
        page = browser.new_page(extra_http_headers={"Authorization": f"Bearer {TOKEN}"})
        page.set_default_timeout(TIMEOUT_MS)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{server.url}/docs")
        page.click(".opblock-summary")
        page.click("button.execute")
        answered = page.inner_text(".live-responses-table .microlight")
        browser.close()
    assert '"reference": "late:1"' in answered
    assert complaints == []
    assert {url for url in asked if not url.startswith((server.url, "data:"))} == set()
