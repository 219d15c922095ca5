"""What must never happen in a browser: errors, violations of the content security policy, requests off the host."""

from playwright.sync_api import ConsoleMessage, Error, Page, Request

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Watch:
    """Keeps what went wrong in the page. A 403 or 404 that a test asks for is no error of the page."""

    def __init__(self, page: Page, *origins: str) -> None:
        self.page = page
        self.origins = (*origins, "data:", "about:", "blob:")
        self.problems: list[str] = []
        page.add_init_script(TELL_VIOLATIONS)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        is_answer = message.location["url"] == self.page.url and "status of 40" in message.text
        if message.type in {"error", "warning"} and not is_answer:
            self.problems.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _on_error(self, error: Error) -> None:
        self.problems.append(f"page error: {error.message}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self.origins):
            self.problems.append(f"request off the host: {request.url}")
