"""What `make test` does where PostgreSQL or Chromium is missing: installs it, or leaves out its tests and says so."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.servers import programs
from tests.servers.programs import PIP_INSTALL, Program, ProgramMissing

ROOT = Path(__file__).resolve().parents[1]
APT = ["sudo", "-n", "apt-get"]
LACKING = """
from tests.servers.programs import Program

def test_it_swims() -> None:
    Program("Fish", lambda: None, ("fish",), ("fetch", "fish")).path()
"""


class Machine:
    """One on which commands succeed that have a word of `successful` in them."""

    def __init__(self, *successful: str) -> None:
        self.successful, self.ran, self.installed = successful, list[str](), False

    def run(self, command: Sequence[str], say: Any) -> None:
        self.ran.append(" ".join(command))
        self.installed = self.installed or any(word in command for word in self.successful)

    def install(self, monkeypatch: pytest.MonkeyPatch, apt: list[str] | None) -> list[str]:
        """The names of what could not be had."""
        monkeypatch.setattr(programs, "apt_get", lambda: apt)
        monkeypatch.setattr(programs, "_run", self.run)
        fish = Program("Fish", lambda: "/bin/fish" if self.installed else None, ("fish",), ("fetch", "fisch"))
        return [program.name for program in programs.install([fish], say=lambda text: None)]


def test_a_package_of_the_system_is_installed_where_this_user_may(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine("fish")
    assert machine.install(monkeypatch, APT) == []
    assert machine.ran == [
        "sudo -n apt-get update",
        "sudo -n apt-get install --yes --no-install-recommends fish",
    ]


@pytest.mark.parametrize("apt", [APT, None])
def test_what_the_system_does_not_have_comes_from_elsewhere(monkeypatch: pytest.MonkeyPatch, apt: Any) -> None:
    machine = Machine("fetch")
    assert machine.install(monkeypatch, apt) == []
    assert machine.ran[-1] == "fetch fisch"


def test_what_is_not_to_be_had_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Machine().install(monkeypatch, None) == ["Fish"]


def test_the_command_that_brings_a_program_is_one_that_this_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    fish = Program("Fish", lambda: None, ("fish",), (*PIP_INSTALL, "-r", "fish.txt"))
    monkeypatch.setattr(programs.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(ProgramMissing, match=r"Fish is missing; this brings it: sudo apt-get install .* fish"):
        fish.path()
    monkeypatch.setattr(programs.shutil, "which", lambda name: None)
    with pytest.raises(ProgramMissing, match=r"this brings it: \.venv/bin/python\S* -m pip install .* -r fish.txt"):
        fish.path()


def test_without_venv_one_line_says_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(programs, "apt_get", lambda: None)
    monkeypatch.setattr(programs, "VENV", replace(programs.VENV, find=lambda: None))
    monkeypatch.setattr(programs.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert programs.main(["venv"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Without Python's venv nothing can be installed; this brings it: .* python3\.\d+-venv", line)


@pytest.mark.parametrize(("variables", "outcome"), [({"CI": ""}, "1 skipped"), ({"CI": "true"}, "1 failed")])
def test_tests_that_lack_a_program_are_left_out_by_name_and_fail_on_ci(
    tmp_path: Path, variables: dict[str, str], outcome: str
) -> None:
    (tmp_path / "test_fish.py").write_text(LACKING)
    (tmp_path / "pytest.ini").touch()
    command = [sys.executable, "-m", "pytest", "-p", "tests.summary", "-p", "no:django", "-n1", str(tmp_path)]
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert outcome in done.stdout
    left_out = "1 tests: Fish is missing; this brings it: " in done.stdout
    assert left_out == (outcome == "1 skipped"), done.stdout
