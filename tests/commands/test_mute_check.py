"""Checks muted and unmuted at the terminal."""

import pytest

from catalog.models import ModelVersion
from tests.commands.conftest import Run
from tests.services.snapshots import later_version


@pytest.fixture
def doubted(late_v1: ModelVersion) -> ModelVersion:
    """`late:2`, of which a check fired, and is muted."""
    checks = [{"code": "leak", "sentence": "It leaks."}]
    return later_version(late_v1, report={**late_v1.report, "checks": checks}, muted_checks={"leak": "known before"})


def test_a_check_that_is_unmuted_counts_again(run: Run, doubted: ModelVersion) -> None:
    assert run("promote", "late:2").code == 0
    run("promote", "late:1")
    outcome = run("mute_check", "late:2", "leak", "--unmute", "--reason", "it is not")
    assert outcome.out == "late:2: leak counts again.\n"
    assert "  leak: It leaks." in run("show", "late:2").lines
    assert "check leak fired" in run("promote", "late:2").err


def test_what_is_not_muted_is_not_unmuted(run: Run, doubted: ModelVersion) -> None:
    outcome = run("mute_check", "late:2", "overfitted", "--unmute", "--reason", "it is not")
    assert outcome.err == "CODE: no check 'overfitted' of late:2 is muted. Those that are: leak."
