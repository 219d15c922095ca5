"""The pages of lists: how many rows there are is said up to ten thousand, and pages beyond are still turned to."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.admin.event_admin import AuditEventAdmin
from catalog.admin.lists import list_paginator
from catalog.admin.lists.list_paginator import ListPaginator
from catalog.models import AuditEvent
from tests.admin.conftest import MODELS, address
from tests.admin.people import Catalog, read_page, url

pytestmark = pytest.mark.both_databases


@pytest.fixture
def events(curator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """130 of them, of which 60 are counted: there are fifty on a page."""
    monkeypatch.setattr(list_paginator, "MOST_COUNTED", 60)
    monkeypatch.setattr(AuditEventAdmin, "list_max_show_all", 60)
    made = (AuditEvent(verb="promoted", actor="ada", object_type="model", object_name=f"m{at}") for at in range(130))
    AuditEvent.objects.bulk_create(made)


def listed(client: Client, **query: str) -> tuple[list[str], str]:
    """The names on the page of the list of events, and what is written below it, without tags."""
    page = read_page(client.get(address("changelist", AuditEvent), query))
    below = re.sub(r"<[^>]+>", " ", page.partition('<p class="paginator">')[2].partition("</p>")[0])
    return re.findall(r'"field-reference">(m\d+)<', page), " ".join(below.split())


@pytest.mark.usefixtures("events")
def test_more_rows_than_are_counted_are_said_to_be_more(curator: Client) -> None:
    names, below = listed(curator)
    assert names == [f"m{at}" for at in range(129, 79, -1)]
    assert below == "1 2 more than 60 audit events"
    assert "more than 60 results" in read_page(curator.get(address("changelist", AuditEvent)))


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("asked", "first", "last", "below"),
    [
        ("2", "m79", "m30", "1 2 3 more than 100 audit events"),
        ("3", "m29", "m0", "1 2 3 130 audit events"),
        ("x", "m129", "m80", "1 2 more than 60 audit events"),
    ],
)
def test_pages_beyond_what_is_counted_are_turned_to(
    curator: Client, asked: str, first: str, last: str, below: str
) -> None:
    names, told = listed(curator, p=asked)
    assert (names[0], names[-1], told) == (first, last, below)


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("asked", ["4", "9" * 9, "9" * 40, "-1", "0"])
def test_a_page_that_there_is_not_is_no_error(curator: Client, asked: str) -> None:
    assert curator.get(address("changelist", AuditEvent), {"p": asked}, follow=True).status_code == 200


@pytest.mark.usefixtures("events")
def test_rows_that_are_all_counted_are_counted_exactly(curator: Client) -> None:
    assert listed(curator, q="m7") == (["m7"], "1 audit event")


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("query", "is_offered"), [({}, False), ({"q": "m7"}, True), ({"verb__exact": "promoted"}, True)]
)
def test_all_rows_are_offered_where_not_all_are_shown(curator: Client, query: dict[str, str], is_offered: bool) -> None:
    page = read_page(curator.get(address("changelist", AuditEvent), query))
    assert ('(<a href="?">Show all</a>)' in page) is is_offered


@pytest.mark.parametrize("model", MODELS)
def test_every_list_is_counted_so(root: Client, model: type[Any]) -> None:
    assert isinstance(root.get(address("changelist", model)).context["cl"].paginator, ListPaginator)


@pytest.mark.usefixtures("events")
def test_rows_are_counted_in_no_order_and_no_further_than_is_said(curator: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        listed(curator)
    (count,) = [
        query["sql"] for query in captured if "COUNT(*)" in query["sql"] and "catalog_auditevent" in query["sql"]
    ]
    assert ("LIMIT 61)" in count, "ORDER BY" in count) == (True, False)


def test_versions_are_ticked_on_one_page_alone(catalog: Catalog, curator: Client) -> None:
    page = read_page(curator.get(url("modelversion_changelist")))
    assert 'class="action-counter" data-actions-icnt="5"' in page
    assert "across all pages" not in page
