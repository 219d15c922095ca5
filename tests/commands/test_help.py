"""--help of every command, and commands that are printed to be typed again."""

import re
import shlex
import sys
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from catalog.exceptions import InvalidRequest
from catalog.management.argument_names import program
from catalog.management.catalog_command import CatalogCommand
from tests.commands.conftest import Run

COMMANDS = sorted(name for name, app in get_commands().items() if app == "catalog")
DJANGOS = {
    "--version",
    "-v",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}
# How Python was called, the program that it found, and how to call that again.
TYPED = [
    (["python", "manage.py", "jobs"], "manage.py", "python manage.py"),
    ([".venv/bin/python", "-W", "error", "manage.py", "jobs"], "manage.py", ".venv/bin/python -W error manage.py"),
    (["/usr/bin/python3", "../my shop/manage.py"], "../my shop/manage.py", "/usr/bin/python3 '../my shop/manage.py'"),
    (["/opt/bin/python", "/opt/bin/model-catalog", "jobs"], "/opt/bin/model-catalog", "model-catalog"),
    (["python", "-m", "pytest", "tests"], "/opt/pytest/__main__.py", "manage.py"),
    (["python", "-c", "…", "jobs"], "manage.py", "manage.py"),
]


def parser(name: str) -> Any:
    return load_command_class("catalog", name).create_parser("manage.py", name)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_ends_with_an_example_that_the_command_takes(name: str) -> None:
    *_, head, example = parser(name).format_help().splitlines()
    words = shlex.split(example.removesuffix(" > requirements.txt"))
    assert (head, words[:2]) == ("Example:", ["manage.py", name])
    parser(name).parse_args(words[2:])


@pytest.mark.parametrize("name", COMMANDS)
def test_options_of_our_own_come_before_djangos(name: str) -> None:
    options = re.findall(r"^  (--?[a-z][\w-]*)", parser(name).format_help(), re.MULTILINE)
    first = min(options.index(option) for option in options if option in DJANGOS)
    assert set(options[first:]) <= DJANGOS


@pytest.mark.parametrize(("typed", "found", "expected"), TYPED)
def test_a_command_is_printed_as_the_program_was_called(
    monkeypatch: pytest.MonkeyPatch, typed: list[str], found: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "orig_argv", typed)
    monkeypatch.setattr(sys, "argv", [found])
    assert program() == expected


def test_what_a_command_and_its_errors_advise_can_be_typed(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "orig_argv", [".venv/bin/python", "manage.py", "models"])
    monkeypatch.setattr(sys, "argv", ["manage.py", "models"])
    assert run("models").out.startswith("There is no model yet. Train one: .venv/bin/python manage.py train_model NAME")
    assert run("job", "7").err.endswith("`.venv/bin/python manage.py jobs` lists them.")
    CatalogCommand().warn([str(InvalidRequest("See manage.py jobs."))])
    assert "See .venv/bin/python manage.py jobs." in capsys.readouterr().err
