"""`make audit`: holes are named, and where nobody tells of them, so is every version that was to be asked about."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import known_holes
from tests.known_holes import audit, pins

HOLE = {"id": "GHSA-1", "fix_versions": ["9.9"], "aliases": [], "description": ""}


def found(pin: str, *holes: dict[str, Any]) -> dict[str, Any]:
    name, _, version = pin.partition("==")
    return {"name": name, "version": version, "vulns": list(holes)}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """By service, what it tells of the dependencies, or what pip-audit says when it fails."""
    given: dict[str, Any] = {}

    def run(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        answer = given[command[2]]
        out = json.dumps({"dependencies": answer}) if isinstance(answer, list) else ""
        return subprocess.CompletedProcess(command, 1, out, "" if out else answer)

    monkeypatch.setattr(known_holes.subprocess, "run", run)
    return given


def test_every_version_that_is_pinned_for_production_is_asked_about() -> None:
    assert {"django", "boto3", "scikit-learn", "distributed", "fastapi"} <= {pin.partition("==")[0] for pin in pins()}


def test_without_a_known_hole_one_line_says_so(answers: dict[str, Any], capsys: Any) -> None:
    answers["pypi"] = [found(pin) for pin in pins()]
    assert audit(Path("pip-audit")) == 0
    assert capsys.readouterr().out == f"No hole is known of {len(pins())} pinned versions (PyPI).\n"


def test_a_known_hole_is_named_with_the_version_that_mends_it(answers: dict[str, Any], capsys: Any) -> None:
    first, *others = pins()
    answers["pypi"] = [found(first, HOLE), *map(found, others)]
    assert audit(Path("pip-audit")) == 1
    assert f"{first}: GHSA-1, mended in 9.9" in capsys.readouterr().out


def test_another_service_is_asked_where_the_first_does_not_tell(answers: dict[str, Any], capsys: Any) -> None:
    answers |= {"pypi": [{"name": "django", "skip_reason": "not found"}], "osv": [found(pin) for pin in pins()]}
    assert audit(Path("pip-audit")) == 0
    assert "(OSV)" in capsys.readouterr().out


def test_where_nobody_tells_one_line_says_so_before_the_list_of_what_was_looked_at(
    answers: dict[str, Any], capsys: Any
) -> None:
    first, *others = pins()
    answers |= {"pypi": [found(first), {"name": "x", "skip_reason": "not found"}], "osv": "ERROR: no connection"}
    assert audit(Path("pip-audit")) == 3
    said, *listed = capsys.readouterr().out.splitlines()
    assert said.endswith("nobody told (PyPI: not found; OSV: ERROR: no connection). They are:")
    assert listed == others
