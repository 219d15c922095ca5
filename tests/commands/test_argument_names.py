"""Services name fields; what people read at a terminal are the arguments of the command that they typed."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class

from catalog.exceptions import InvalidRequest
from catalog.management.argument_names import argument_names
from catalog.management.catalog_command import CatalogCommand
from catalog.services.registry import listings
from tests.commands.conftest import Run

COMMANDS = sorted(name for name, app in get_commands().items() if app == "catalog")
LEFT_TO_DJANGO = {"self", "options", "where"}


def refuse(*args: Any, **options: Any) -> None:
    raise InvalidRequest("`limit` 0 is too few for `name` and `artifact_format`; `seed` is none. See `manage.py jobs`.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--limit 0 is too few for NAME and --format; seed is none. See `manage.py jobs`."),
        (("--name-fields",), "`limit` 0 is too few for `name` and `artifact_format`; `seed` is none."),
    ],
)
def test_an_error_names_the_arguments_of_the_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.setattr(listings, "list_versions", refuse)
    assert run("versions", "late", *options).err.startswith(message)


def test_a_warning_names_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    command = CatalogCommand()
    command.argument_names = argument_names(["cv"])
    command.warn(["`cv` is more than there are rows."])
    assert "Warning: --cv is more than there are rows." in capsys.readouterr().err


def test_the_file_of_a_model_is_refused_by_option(run: Run, tmp_path: Path) -> None:
    (tmp_path / "m.skops").write_bytes(b"PK")
    outcome = run("add_version", "iris", tmp_path / "m.skops", "--target", "x" * 300)
    assert outcome.err == "--target has 300 characters; a column's name has at most 255."


@pytest.mark.parametrize("name", COMMANDS)
def test_each_argument_is_called_as_the_help_calls_it(name: str) -> None:
    command: Any = load_command_class("catalog", name)
    message = command.create_parser("manage.py", name).format_help()
    fields = set(inspect.signature(command.handle).parameters) - LEFT_TO_DJANGO
    names = {**argument_names(fields), **getattr(command, "own_argument_names", {})}
    assert [field for field in fields if names[field] not in message] == []
