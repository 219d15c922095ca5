"""What the suite prints at its end: how many hostile cases were refused, faults and kills survived; and what was left
out for want of a program, with the command that brings it."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tests.servers.programs import ProgramMissing

figures: Counter[str] = Counter()


def count(what: str, n: int = 1) -> None:
    """`n` more of `what`, said in the plural as it is printed: "kills survived". Call it after the assertions."""
    figures[what] += n


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """What lacks a program is skipped; and on CI a skipped test is a failure: nothing is left out silently."""
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(ProgramMissing):
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, str(call.excinfo.value))
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped on CI: {report.longrepr}"
    return report


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
    if left_out := _left_out(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_sep("=", "left out", yellow=True, bold=True)
        for reason, number in sorted(left_out.items()):
            terminalreporter.write_line(f"{number:,} tests: {reason}")


def _left_out(skipped: Iterable[pytest.TestReport]) -> Counter[str]:
    """How many tests were skipped for want of each program."""
    reasons = (report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    return Counter(reason for reason in reasons if " is missing; this brings it: " in reason)
