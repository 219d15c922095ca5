"""Figures that the suite prints at its end: how many hostile cases were refused, faults and kills survived."""

from collections import Counter
from typing import Any

import pytest

figures: Counter[str] = Counter()


def count(what: str, n: int = 1) -> None:
    """`n` more of `what`, said in the plural as it is printed: "kills survived". Call it after the assertions."""
    figures[what] += n


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands its figures to the process that prints."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = dict(figures)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    figures.update(getattr(node, "workeroutput", {}).get("figures", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures:
        told = "; ".join(f"{what}: {number:,}" for what, number in sorted(figures.items()))
        terminalreporter.write_sep("=", "figures")
        terminalreporter.write_line(told[0].upper() + told[1:])
