"""What axe-core finds in a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Without preload, in which axe itself asks for style sheets at wrong addresses and adds inline styles.
TOLD = {"preload": False, "resultTypes": ["violations"]}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}, **TOLD}
# Of what is found in light, nothing but colours is another in dark.
SCHEMES = {"light": RULES, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}, **TOLD}}


def violations(page: Page) -> str:
    """The rule, the element and axe's reason, one line each, in light and in dark."""
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = []
    for scheme, rules in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
        found += page.evaluate("(rules) => axe.run(document, rules).then((results) => results.violations)", rules)
    return "\n".join(
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for violation in found
        for node in violation["nodes"]
    )
