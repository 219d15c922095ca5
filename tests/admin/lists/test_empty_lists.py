"""Lists without rows say what comes into them, and how."""

from typing import Any

import pytest
from django.core.management import load_command_class
from django.test import Client

from catalog.admin.lists.empty_lists import NEXT_STEPS
from catalog.models import AuditEvent, RegisteredModel
from tests.admin.conftest import MODELS, address
from tests.admin.people import Catalog, SignIn, read_page


@pytest.mark.parametrize("model", MODELS)
def test_a_list_without_rows_says_how_they_come(sign_in: SignIn, model: type[Any]) -> None:
    step = NEXT_STEPS[model._meta.model_name]
    page = read_page(sign_in("superuser").get(address("changelist", model)))
    assert step.sentence in page
    assert (step.command in page, f'">{step.label}</a>' in page) == (True, bool(step.label))
    looking = read_page(sign_in("Viewers").get(address("changelist", model)))
    assert (step.sentence in looking, bool(step.label) and f'">{step.label}</a>' in looking) == (True, False)


@pytest.mark.parametrize("command", sorted({step.command for step in NEXT_STEPS.values() if step.command}))
def test_the_commands_that_are_named_are_there_with_their_options(command: str) -> None:
    _, _, name, *arguments = command.split()
    parser = load_command_class("catalog", name).create_parser("manage.py", name)
    parser.parse_args(arguments)


@pytest.mark.parametrize("query", [{"q": "zzz"}, {"task": "regression"}])
def test_a_list_in_which_nothing_matches_says_so(catalog: Catalog, curator: Client, query: dict[str, str]) -> None:
    page = read_page(curator.get(address("changelist", RegisteredModel), query))
    assert 'Nothing here matches. <a href="?">Show all</a>' in page
    assert NEXT_STEPS["registeredmodel"].sentence not in page


def test_a_list_with_rows_says_nothing_of_the_kind(catalog: Catalog, curator: Client) -> None:
    page = read_page(curator.get(address("changelist", AuditEvent)))
    assert NEXT_STEPS["auditevent"].sentence not in page
    assert "Nothing here matches" not in page
