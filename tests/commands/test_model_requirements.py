from pathlib import Path
from typing import Any

import pytest

from catalog.ml.artifacts.environment import package_versions
from catalog.models import ModelVersion
from catalog.services.registry.curation import archive
from tests.commands.conftest import Run

RUNNING = package_versions()


def test_a_requirements_file_is_printed(run: Run, late_v1: ModelVersion) -> None:
    lines = run("model_requirements", "late:1").lines
    assert lines[0] == f"# late:1 was trained with Python {RUNNING['python']}."
    assert lines[1:] == [f"{name}=={version}" for name, version in RUNNING.items() if name != "python"]


def test_pip_reads_it(run: Run, late_v1: ModelVersion, tmp_path: Path) -> None:
    import subprocess
    import sys

    path = tmp_path / "requirements.txt"
    path.write_text(run("model_requirements", "late:1").out)
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--quiet", "-r", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_full_is_every_package(run: Run, late_v1: ModelVersion) -> None:
    lines = run("model_requirements", "late:1", "--full").lines
    assert sorted(lines[1:], key=str.lower) == lines[1:]
    assert set(lines[1:]) == set(late_v1.environment["freeze"])


def test_a_version_out_of_use_tells_too(run: Run, late_v1: ModelVersion) -> None:
    archive(version=late_v1, actor="ada")
    assert run("model_requirements", "late:1", "--json").json["requirements"][0].startswith("scikit-learn==")


NOT_SAID = "late:1 does not say {}: it was uploaded, and its file does not tell. {} ada."


@pytest.mark.parametrize(
    ("recorded", "full", "message"),
    [
        ({}, [], NOT_SAID.format("what it was trained with", "Ask")),
        (
            {"scikit-learn": "1.5.2"},
            ["--full"],
            NOT_SAID.format("every package that was installed", "Leave out --full, or ask"),
        ),
    ],
)
def test_what_is_not_known_is_said(
    run: Run, late_v1: ModelVersion, recorded: dict[str, Any], full: list[str], message: str
) -> None:
    ModelVersion.objects.update(environment={"versions": recorded})
    done = run("model_requirements", "late:1", *full)
    assert (done.code, done.err) == (1, message)


def test_another_scikit_learn_is_refused_with_the_command_that_helps(
    run: Run, late_v1: ModelVersion, tmp_path: Path
) -> None:
    ModelVersion.objects.update(environment={"versions": {**RUNNING, "scikit-learn": "1.5.2"}})
    (tmp_path / "in.csv").write_text("a\n1\n")
    message = run("predict", "late:1", "-i", tmp_path / "in.csv", "-o", tmp_path / "out.csv").err
    assert "(manage.py model_requirements late:1 > requirements.txt)" in message
    assert run("model_requirements", "late:1").lines[1] == "scikit-learn==1.5.2"
