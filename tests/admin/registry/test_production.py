"""What is in production, why it is there and what was before: told wherever people look for it."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.admin.navigation import home_page
from catalog.admin.registry.model_page import EVENTS_SHOWN
from catalog.models import ModelVersion
from catalog.services.registry.aliases import promote, remove_alias, roll_back
from tests.admin.people import Catalog, SignIn, url
from tests.services.snapshots import later_version

pytestmark = pytest.mark.both_databases

WHY = "<q>newer data</q>"


def text(client: Client, where: str) -> str:
    return re.sub(r"\s+", " ", client.get(where).content.decode())


def test_home_tells_why_a_version_is_in_production_and_after_which(curator: Client, catalog: Catalog) -> None:
    row = text(curator, "/admin/").partition("</table>")[0]
    assert WHY in row
    assert "after version 1" in row


def test_what_was_before_is_where_a_rollback_leads_and_what_was_left_is_called_so(
    curator: Client, catalog: Catalog
) -> None:
    promote(reference="late:3", alias="production", actor="ada")
    roll_back(name="late", alias="production", actor="ada", reason="alarms")
    row = text(curator, "/admin/").partition("</table>")[0]
    assert ("back from version 3" in row, "after version" in row) == (True, False)
    page = text(curator, url("registeredmodel_change", catalog.model))
    assert "Rolled back by ada, back from <a" in page
    assert (
        f'{url("registeredmodel_roll-back", catalog.model)}?alias=production">Roll production back to version 1' in page
    )
    assert "Roll canary back" not in page


def test_only_who_may_promote_finds_the_way_back(catalog: Catalog, sign_in: SignIn) -> None:
    pages = {
        role: text(sign_in(role), url("registeredmodel_change", catalog.model)) for role in ("Trainers", "Curators")
    }
    assert {role: "Roll production back" in page for role, page in pages.items()} == {
        "Trainers": False,
        "Curators": True,
    }


def test_home_tells_no_reason_of_a_version_that_is_not_in_production_any_more(
    curator: Client, catalog: Catalog
) -> None:
    remove_alias(name="late", alias="production", actor="ada", reason="It drifts")
    assert "<q>" not in text(curator, "/admin/").partition("</table>")[0]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_version_page_tells_what_is_in_production_and_why(curator: Client, catalog: Catalog, number: int) -> None:
    page = text(curator, url("modelversion_change", catalog.versions[number - 1])).partition("action-bar")[0]
    assert "Promoted by ada, instead of <a" in page
    assert f"Why: {WHY}" in page
    assert ("In production since" in page) == (number == 2)


def test_a_version_page_of_a_model_without_production_says_nothing_of_it(curator: Client, catalog: Catalog) -> None:
    remove_alias(name="late", alias="production", actor="ada", reason="It drifts")
    page = text(curator, url("modelversion_change", catalog.versions[0])).partition("action-bar")[0]
    assert "In production" not in page
    assert "It drifts" not in page


def test_a_busy_alias_does_not_push_out_why_another_is_where_it_is(curator: Client, catalog: Catalog) -> None:
    for at in range(EVENTS_SHOWN + 1):
        promote(reference=f"late:{1 + at % 2}", alias="nightly", actor="cron")
    page = text(curator, url("registeredmodel_change", catalog.model))
    assert f"Why: {WHY}" in page
    assert "All events of nightly" in page
    assert "All events of production" not in page


def test_the_link_to_all_events_of_an_alias_leads_to_them_alone(curator: Client, catalog: Catalog) -> None:
    query = {"object_type": "model", "object_name": "late", "alias": "production"}
    shown = curator.get(url("auditevent_changelist"), query).context["cl"].result_list
    assert [event.to_value for event in shown] == ["2", "1"]


def test_the_trend_is_of_the_newest_versions_without_the_trash(catalog: Catalog) -> None:
    first = catalog.versions[0]
    for at in range(home_page.TREND_VERSIONS):
        later_version(first, primary_value=float(at))
    newest = ModelVersion.objects.latest("pk")
    type(catalog.model).objects.update(next_number=newest.number + 1)
    ModelVersion.objects.filter(pk=newest.pk).update(trashed_at=newest.created_at)
    expected = [(float(at), first.dataset_version_id) for at in range(home_page.TREND_VERSIONS - 1)]
    assert home_page._trends([catalog.model.pk]) == {catalog.model.pk: expected}


@pytest.mark.sqlite
def test_the_trends_are_read_from_the_index_of_model_and_number(catalog: Catalog) -> None:
    model = catalog.model
    with CaptureQueriesContext(connection) as captured:
        home_page._trends([model.pk])
    with connection.cursor() as cursor:
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {captured.captured_queries[0]['sql']}").fetchall()
    assert any("(registered_model_id=? AND number>?)" in step[3] for step in plan), plan


def test_home_does_not_load_what_people_wrote_of_every_model(curator: Client, catalog: Catalog) -> None:
    with CaptureQueriesContext(connection) as captured:
        curator.get("/admin/")
    assert not [item for item in captured.captured_queries if '"intended_use"' in item["sql"]]


def test_home_names_versions_that_wait_for_a_decision(curator: Client, catalog: Catalog) -> None:
    ModelVersion.objects.filter(pk=catalog.versions[2].pk).update(status="QUARANTINED")
    page = text(curator, "/admin/").partition("<h2>Models</h2>")[0]
    assert "quarantined" in page
    assert "late:3" in page
