from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from catalog.exceptions import InvalidReference
from catalog.models import Alias, AuditEvent, Dataset, DatasetVersion, ModelVersion, RegisteredModel
from catalog.models.names import check_name
from tests.services.snapshots import late_version, later_version

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]
GOOD = ["a", "0", "late", "late-2", "late_2", "late.2", "a" * 63, "9lives"]
BAD = [
    "",
    "Late",
    "-late",
    ".late",
    "_late",
    "la te",
    "late/2",
    "läte",
    "late\n",
    "a" * 64,
    "late:2",
    "late@x",
    "..",
    "٣",
]


@pytest.fixture
def late_v1() -> ModelVersion:
    late_version().restore()
    return ModelVersion.objects.select_related("registered_model", "dataset_version__dataset").get()


def named(model: type, name: str) -> Any:
    return model(name=name) if model is Dataset else model(name=name, task="regression", primary_metric="r2")


@pytest.mark.parametrize("model", [Dataset, RegisteredModel])
@pytest.mark.parametrize("name", GOOD)
def test_the_database_takes_a_name_by_the_rule(model: type, name: str) -> None:
    named(model, name).save()
    assert check_name(name, "a dataset") == name


@pytest.mark.parametrize("model", [Dataset, RegisteredModel])
@pytest.mark.parametrize("name", BAD)
def test_the_database_refuses_a_name_against_the_rule(model: type, name: str) -> None:
    with pytest.raises(DatabaseError, match=r"name_is_clean|value too long"), transaction.atomic():
        named(model, name).save()


@pytest.mark.parametrize("name", BAD)
def test_the_check_of_names_refuses_what_the_database_refuses(name: str) -> None:
    with pytest.raises(InvalidReference, match="can't be the name of a model: use 1 to 63 lowercase letters, digits"):
        check_name(name, "a model")


def test_a_person_is_told_the_rule() -> None:
    with pytest.raises(
        ValidationError, match=r"Use 1 to 63 lowercase letters, digits, '-', '_' and '.', beginning with"
    ):
        Dataset(name="La te").full_clean()


@pytest.mark.parametrize("model", [Dataset, RegisteredModel])
def test_a_name_is_taken_once(model: type) -> None:
    named(model, "late").save()
    with pytest.raises(IntegrityError, match=r"UNIQUE|unique"), transaction.atomic():
        named(model, "late").save()


def test_a_model_version_has_its_number_alone(late_v1: ModelVersion) -> None:
    with pytest.raises(IntegrityError, match="number"), transaction.atomic():
        later_version(late_v1, number=1)


def test_a_dataset_version_has_its_number_alone(late_v1: ModelVersion) -> None:
    version = late_v1.dataset_version
    version.pk = None
    with pytest.raises(IntegrityError, match="number"), transaction.atomic():
        version.save(force_insert=True)


def test_an_alias_of_a_model_points_to_one_version(late_v1: ModelVersion) -> None:
    second, model = later_version(late_v1), late_v1.registered_model
    Alias.objects.create(registered_model=model, name="production", model_version=late_v1)
    with pytest.raises(IntegrityError, match="alias"), transaction.atomic():
        Alias.objects.create(registered_model=model, name="production", model_version=second)


@pytest.mark.parametrize("name", BAD)
def test_the_database_refuses_an_alias_against_the_rule(late_v1: ModelVersion, name: str) -> None:
    with pytest.raises(DatabaseError, match=r"alias_name_is_clean|value too long"), transaction.atomic():
        Alias.objects.create(registered_model=late_v1.registered_model, name=name, model_version=late_v1)


def test_a_version_that_holds_an_alias_can_not_be_deleted(late_v1: ModelVersion) -> None:
    Alias.objects.create(registered_model=late_v1.registered_model, name="production", model_version=late_v1)
    with pytest.raises(ProtectedError):
        late_v1.delete()


def test_a_dataset_version_that_a_model_was_trained_on_can_not_be_deleted(late_v1: ModelVersion) -> None:
    with pytest.raises(ProtectedError):
        DatasetVersion.objects.get().delete()


def test_a_model_with_versions_can_not_be_deleted(late_v1: ModelVersion) -> None:
    with pytest.raises(ProtectedError):
        late_v1.registered_model.delete()


def test_an_audit_event_can_not_be_deleted(late_v1: ModelVersion) -> None:
    with pytest.raises(TypeError, match="Audit events are never deleted"):
        AuditEvent.objects.earliest("id").delete()


def test_audit_events_can_not_be_deleted_all_at_once(late_v1: ModelVersion) -> None:
    count = AuditEvent.objects.count()
    with pytest.raises((TypeError, IntegrityError)), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.count() == count > 0


def test_audit_events_can_not_be_changed_all_at_once(late_v1: ModelVersion) -> None:
    with pytest.raises((TypeError, IntegrityError), match=r"(?i)audit events are never changed"), transaction.atomic():
        AuditEvent.objects.update(actor="mallory")


def test_the_database_refuses_to_change_an_audit_event(late_v1: ModelVersion) -> None:
    change = "UPDATE catalog_auditevent SET reason = 'other'"
    with pytest.raises(IntegrityError, match="audit events are never changed"), transaction.atomic():
        connection.cursor().execute(change)


def test_audit_events_outlive_what_they_tell_of(late_v1: ModelVersion) -> None:
    model = late_v1.registered_model
    late_v1.delete()
    model.delete()
    assert AuditEvent.objects.filter(object_name="late").exists()


@pytest.mark.parametrize("row", ["late_v1", "dataset"])
def test_a_reference_is_name_and_number(late_v1: ModelVersion, row: str) -> None:
    version = late_v1 if row == "late_v1" else late_v1.dataset_version
    assert str(version) == version.reference == {"late_v1": "late:1", "dataset": "departures:1"}[row]
