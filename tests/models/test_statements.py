"""Statements that are written once answer and change what Django's own do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.signals import post_save, pre_save
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from catalog.models import AuditEvent, ModelVersion, RegisteredModel, UnstoredManifest
from catalog.models.statements import Changes, Delete, Insert, Parameter, Select, Update
from tests.services.snapshots import late_version, later_version

AT = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
called: list[str] = []


@Select
def numbered(number: Parameter, model: Parameter) -> QuerySet[ModelVersion]:
    called.append("numbered")
    versions = ModelVersion.objects.filter(registered_model__name=model, number=number, trashed_at=None)
    return versions.only("sha256", "number", "archived_at", "report")


@Select
def newest(model: Parameter) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(registered_model__name=model).order_by("-number")


@Select
def locked(name: Parameter) -> QuerySet[RegisteredModel]:
    return RegisteredModel.objects.select_for_update().filter(name=name)


@Update
def archived(model: Parameter, at: Parameter, why: Parameter) -> tuple[QuerySet[ModelVersion], Changes]:
    return ModelVersion.objects.filter(registered_model__name=model, number=2), {"archived_at": at, "failure": why}


@Delete
def of_key(key: Parameter) -> QuerySet[UnstoredManifest]:
    return UnstoredManifest.objects.filter(key=key)


@pytest.fixture
def three(db: None) -> list[ModelVersion]:
    """The first is archived."""
    late_version().restore()
    first = ModelVersion.objects.get()
    ModelVersion.objects.update(archived_at=AT)
    return [first, later_version(first), later_version(first)]


def test_the_row_is_the_querysets_with_the_types_of_python(three: list[ModelVersion]) -> None:
    found = numbered.first(model="late", number=1)
    assert found == three[0]
    assert (found.sha256, found.archived_at, found.report) == (three[0].sha256, AT, three[0].report)


def test_fields_that_were_not_asked_for_are_read_when_needed(three: list[ModelVersion]) -> None:
    found = numbered.first(model="late", number=2)
    assert found
    assert found.get_deferred_fields() == {
        field.attname for field in ModelVersion._meta.concrete_fields
    } - {"id", "sha256", "number", "archived_at", "report"}  # fmt: skip
    assert found.created_by == three[1].created_by


def test_each_run_has_values_of_its_own_and_the_function_is_called_once(three: list[ModelVersion]) -> None:
    numbered.first(model="late", number=1)
    called.clear()
    found = [numbered.first(number=number, model="late") for number in (3, 1, 2)]
    assert (found, called) == ([three[2], three[0], three[1]], [])


def test_a_run_is_one_query_for_one_row(three: list[ModelVersion]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert newest.first(model="late") == three[2]
    (query,) = queries.captured_queries
    assert query["sql"].endswith("LIMIT 1")


@pytest.mark.parametrize("values", [{"model": "late", "number": 9}, {"model": "' OR ''='", "number": 1}])
def test_nothing_found_is_none(three: list[ModelVersion], values: dict[str, Any]) -> None:
    assert numbered.first(**values) is None


def test_a_value_that_is_not_given_is_an_error(three: list[ModelVersion]) -> None:
    with pytest.raises(KeyError, match="number"):
        numbered.first(model="late")


@pytest.mark.django_db(transaction=True)
def test_what_one_thread_wrote_another_runs() -> None:
    statement: Select[RegisteredModel] = Select(locked.function)

    def first_in_a_thread_that_ends() -> RegisteredModel | None:
        with transaction.atomic():
            found = statement.first(name="late")
        connection.close()
        return found

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(first_in_a_thread_that_ends).result() is None
    late = RegisteredModel.objects.create(name="late", task="regression")
    with transaction.atomic():
        assert statement.first(name="late") == late


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError, match="locked locks rows"):
        locked.first(name="late")
    with transaction.atomic():
        assert locked.first(name="late") is None


def test_an_update_changes_the_rows_of_the_queryset_alone(three: list[ModelVersion]) -> None:
    archived.run(model="late", at=AT, why='it\'s 100 % "old"')
    rows = ModelVersion.objects.order_by("number").values_list("archived_at", "failure")
    assert list(rows) == [(AT, ""), (AT, 'it\'s 100 % "old"'), (None, "")]


def test_a_deletion_deletes_the_rows_of_the_queryset_alone(db: None) -> None:
    for key in ("a", "b", "a"):
        UnstoredManifest.objects.create(key=key, content="", upload_token="")
    of_key.run(key="a")
    assert list(UnstoredManifest.objects.values_list("key", flat=True)) == ["b"]


def test_an_update_writes_a_time_as_django_writes_it(three: list[ModelVersion]) -> None:
    """SQLite compares times as texts."""
    archived.run(model="late", at=AT, why="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(archived_at AS TEXT) FROM catalog_modelversion WHERE number IN (1, 2)")
        by_django, by_statement = cursor.fetchall()
    assert by_statement == by_django


def test_an_inserted_row_is_the_one_that_create_would_make(db: None) -> None:
    values: dict[str, Any] = {
        "at": AT, "actor": "Ada", "verb": "promoted", "object_type": "model", "object_name": "late",
        "version_number": None, "alias": "100 %", "changes": {"é": [1, None, "x'"], "at": AT},
    }  # fmt: skip
    row = Insert(AuditEvent).run(AuditEvent(**values))
    created = AuditEvent.objects.create(**values)
    first, second = AuditEvent.objects.order_by("id").values()
    assert {**first, "id": created.pk} == second
    assert (row.pk, row._state.adding, row._state.db) == (first["id"], False, "default")


def test_an_inserted_row_has_the_models_defaults_of_its_own_time(db: None) -> None:
    insert = Insert(UnstoredManifest)
    first, second = (insert.run(UnstoredManifest(key="a", content="", upload_token="")) for _ in range(2))
    assert first.created_at < second.created_at
    assert second.pk == first.pk + 1
    assert UnstoredManifest.objects.get(pk=second.pk).created_at == second.created_at


def test_an_insertion_tells_those_who_listen_what_create_tells_them(db: None) -> None:
    told: list[dict[str, Any]] = []

    def listen(**arguments: Any) -> None:
        told.append({**arguments, "key": arguments["instance"].pk is not None})

    for signal in (pre_save, post_save):
        signal.connect(listen, sender=UnstoredManifest)
    try:
        row = Insert(UnstoredManifest).run(UnstoredManifest(key="a", content="", upload_token=""))
        created = UnstoredManifest.objects.create(key="a", content="", upload_token="")
    finally:
        for signal in (pre_save, post_save):
            signal.disconnect(listen, sender=UnstoredManifest)
    assert [each.pop("instance") for each in told] == [row, row, created, created]
    assert told[:2] == told[2:]


def test_a_database_that_returns_no_columns_gives_the_key_too(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite before 3.35, which Django still takes."""
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    insert = Insert(UnstoredManifest)
    rows = [insert.run(UnstoredManifest(key=key, content="", upload_token="")) for key in "ab"]
    assert "RETURNING" not in insert.sql
    assert list(UnstoredManifest.objects.values_list("pk", "key")) == [(row.pk, row.key) for row in rows]
