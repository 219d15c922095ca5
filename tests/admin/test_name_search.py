"""Searches and filters find what people mean, without reading every row of a large table."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import AuditEvent, ModelVersion, RegisteredModel
from tests.admin.people import Catalog, url
from tests.services.snapshots import later_version

pytestmark = pytest.mark.both_databases


def found(client: Client, kind: str, **query: str) -> set[str]:
    """What stands in the list, by its `str`."""
    return {str(row) for row in client.get(url(f"{kind}_changelist"), query).context["cl"].result_list}


def plans(client: Client, kind: str, **query: str) -> list[str]:
    """How SQLite answers each query of the list that reads the table itself."""
    with CaptureQueriesContext(connection) as captured:
        client.get(url(f"{kind}_changelist"), query)
    of_table = [item["sql"] for item in captured.captured_queries if f'FROM "catalog_{kind}"' in item["sql"]]
    with connection.cursor() as cursor:
        lines = [[line for *_, line in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()] for sql in of_table]
    return [line for told in lines for line in told if f"catalog_{kind}" in line]


@pytest.fixture
def event(catalog: Catalog) -> AuditEvent:
    """The only event of its name and of its actor."""
    RegisteredModel.objects.create(name="churn-eu", task="regression", primary_metric="r2")
    return AuditEvent.objects.create(verb="annotated", object_type="model", object_name="churn-eu", actor="grace")


@pytest.mark.parametrize("words", ["churn-eu", "churn", "CHURN", "eu churn", "churn grace", "grace"])
def test_events_are_found_by_parts_of_names_and_by_whole_actors(curator: Client, event: AuditEvent, words: str) -> None:
    assert found(curator, "auditevent", q=words) == {"annotated churn-eu"}


@pytest.mark.parametrize("words", ["grac", "churn ada", "churn-us", "grace late", "%"])
def test_events_that_lack_one_of_the_words_are_not_found(curator: Client, event: AuditEvent, words: str) -> None:
    assert found(curator, "auditevent", q=words) == set()


def test_events_of_a_dataset_are_found(curator: Client, catalog: Catalog) -> None:
    assert found(curator, "auditevent", q="departures") == {"dataset added departures:1"}


def test_events_of_what_is_gone_are_found_by_the_whole_name(curator: Client, event: AuditEvent) -> None:
    RegisteredModel.objects.filter(name="churn-eu").delete()
    assert found(curator, "auditevent", q="churn-eu") == {"annotated churn-eu"}


@pytest.mark.sqlite
def test_a_name_among_the_events_is_looked_up_in_the_index(curator: Client, event: AuditEvent) -> None:
    read = plans(curator, "auditevent", q="churn")
    assert read
    assert all("audit_event_history (object_type=? AND object_name=?" in plan for plan in read), read


@pytest.mark.parametrize("kind", ["auditevent", "modelversion", "prediction"])
def test_a_search_for_many_words_takes_as_many_queries_as_for_one(curator: Client, catalog: Catalog, kind: str) -> None:
    taken = []
    for words in ("late", "late " + " ".join("late"[:at] for at in (1, 2, 3)) + " l a t e at te"):
        with CaptureQueriesContext(connection) as captured:
            assert found(curator, kind, q=words)
            taken.append(len(captured))
    assert taken[0] == taken[1] <= 12


@pytest.mark.parametrize("kind", ["auditevent", "modelversion", "prediction"])
def test_a_list_without_a_search_looks_up_no_names(curator: Client, catalog: Catalog, kind: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        found(curator, kind)
    assert not [item for item in captured.captured_queries if 'FROM "catalog_registeredmodel"' in item["sql"]]


@pytest.fixture
def regression(catalog: Catalog) -> RegisteredModel:
    """A model of another task than `late`, with the version `hours:5`."""
    model = RegisteredModel.objects.create(name="hours", task="regression", primary_metric="r2")
    later_version(catalog.versions[0], registered_model_id=model.pk)
    return model


def versions_of(model: RegisteredModel, **query: Any) -> set[str]:
    return {str(version) for version in ModelVersion.objects.filter(registered_model=model, **query)}


def test_versions_are_chosen_by_task(curator: Client, catalog: Catalog, regression: RegisteredModel) -> None:
    assert found(curator, "modelversion", task="regression") == versions_of(regression)
    assert found(curator, "modelversion", task="classification") == versions_of(catalog.model)


def test_task_state_and_words_are_chosen_together(
    curator: Client, catalog: Catalog, regression: RegisteredModel
) -> None:
    archived = versions_of(catalog.model, archived_at__isnull=False)
    assert found(curator, "modelversion", task="classification", state="ARCHIVED", q="late") == archived
    assert found(curator, "modelversion", task="regression", q="late") == set()


def test_a_task_that_there_is_not_shows_nothing(curator: Client, catalog: Catalog) -> None:
    assert found(curator, "modelversion", task="poetry") == set()


def test_versions_of_a_task_are_found_without_a_join_of_every_version(
    curator: Client, catalog: Catalog, regression: RegisteredModel
) -> None:
    with CaptureQueriesContext(connection) as captured:
        found(curator, "modelversion", task="regression")
    counts = [item["sql"] for item in captured.captured_queries if "COUNT(*)" in item["sql"]]
    assert len(captured) <= 12
    assert [sql for sql in counts if "JOIN" in sql] == []


@pytest.mark.parametrize("kind", ["auditevent", "datasetversion", "modelversion", "prediction", "registeredmodel"])
def test_a_list_does_not_count_what_each_choice_of_a_filter_would_show(
    curator: Client, catalog: Catalog, kind: str
) -> None:
    taken = []
    for query in ({}, {"_facets": "True"}):
        with CaptureQueriesContext(connection) as captured:
            page = curator.get(url(f"{kind}_changelist"), query).content.decode()
            taken.append(len(captured))
        assert "Show counts" not in page
    assert taken[0] == taken[1]
