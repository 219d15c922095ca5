from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.admin.written_values import number
from catalog.models import AuditEvent, Dataset, DatasetVersion, ModelVersion, Prediction, RegisteredModel
from tests.admin.conftest import MODELS, address
from tests.services.snapshots import later_version


def text(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_every_model_of_the_catalog_is_tried_here() -> None:
    assert {model for model in admin.site._registry if model._meta.app_label == "catalog"} == set(MODELS)


@pytest.mark.both_databases
@pytest.mark.parametrize("model", MODELS)
def test_a_list_shows_its_rows(root: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    row = model.objects.first()
    assert address("change", model, row.pk) in text(root, address("changelist", model))


@pytest.mark.parametrize("model", MODELS)
def test_a_list_without_rows_is_no_error(root: Client, model: type[Any]) -> None:
    text(root, address("changelist", model))


@pytest.mark.both_databases
@pytest.mark.parametrize("model", MODELS)
def test_a_list_can_be_searched(root: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    for words in ("late", "departures", late_v1.sha256[:12], "nothing'\"; --", "%"):
        text(root, address("changelist", model), q=words)


@pytest.mark.parametrize("model", MODELS)
def test_a_page_names_its_row(root: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    row = model.objects.first()
    assert str(row) in text(root, address("change", model, row.pk))


def test_the_list_of_versions_shows_what_people_choose_by(root: Client, late_v1: ModelVersion) -> None:
    page = text(root, address("changelist", ModelVersion))
    value = late_v1.metrics["balanced_accuracy"]["value"]
    metric = f'{number(value)} <span class="quiet">balanced_accuracy</span>'
    for shown in ("late:1", "state-ready", "chip production", metric, "departures:1", "ada"):
        assert shown in page


@pytest.mark.both_databases
def test_the_list_of_models_shows_the_version_in_production(root: Client, late_v1: ModelVersion) -> None:
    where = address("change", ModelVersion, late_v1.pk)
    shown = f'<td class="field-production"><a class="kind-modelversion" href="{where}">version 1</a></td>'
    assert shown in text(root, address("changelist", RegisteredModel))


@pytest.mark.both_databases
def test_the_list_of_datasets_counts_ready_versions(root: Client, late_v1: ModelVersion) -> None:
    assert '<td class="field-ready_versions">1</td>' in text(root, address("changelist", Dataset))


def test_the_list_of_dataset_versions_shows_size_and_rows(root: Client, late_v1: ModelVersion) -> None:
    page = text(root, address("changelist", DatasetVersion))
    assert "departures:1" in page
    assert "300" in page


def test_the_list_of_events_shows_who_did_what_and_why(root: Client, late_v1: ModelVersion) -> None:
    page = text(root, address("changelist", AuditEvent))
    for shown in ("Promoted", "late", "production", "ada", "The first"):
        assert shown in page


@pytest.mark.parametrize(("kind", "name"), [("job", "7"), ("user", "7"), ("prediction", "0123"), ("dataset", "gone")])
def test_the_page_of_an_event_names_what_it_is_of(root: Client, kind: str, name: str) -> None:
    event = AuditEvent.objects.create(verb="annotated", object_type=kind, object_name=name, actor="ada")
    assert name in text(root, address("change", AuditEvent, event.pk))


def test_the_page_of_a_version_shows_its_digest_and_dataset(root: Client, late_v1: ModelVersion) -> None:
    page = text(root, address("change", ModelVersion, late_v1.pk))
    for shown in (late_v1.sha256[:12], "departures:1", "decision_tree", "balanced_accuracy"):
        assert shown in page


def test_a_version_without_its_main_metric_is_no_error(root: Client, late_v1: ModelVersion) -> None:
    later_version(
        late_v1, metrics={}, primary_value=None, report={"left_out": {}}, status="FAILED", failure="Disk <full>"
    )
    newest = ModelVersion.objects.latest("pk")
    assert "late:2" in text(root, address("changelist", ModelVersion))
    assert "Disk &lt;full&gt;" in text(root, address("change", ModelVersion, newest.pk))


def test_what_people_wrote_is_escaped(root: Client, late_v1: ModelVersion) -> None:
    ModelVersion.objects.update(notes="<script>alert(1)</script>")
    RegisteredModel.objects.update(description="<script>alert(1)</script>")
    Dataset.objects.update(description="<script>alert(1)</script>")
    for model in (ModelVersion, RegisteredModel, Dataset):
        row = model.objects.first()
        assert row is not None
        for page in (address("change", model, row.pk), address("changelist", model)):
            assert "<script>alert" not in text(root, page)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("form", ["change", "delete"])
def test_rows_can_not_be_changed_or_deleted_by_forms(
    root: Client, late_v1: ModelVersion, model: type[Any], form: str
) -> None:
    row, before = model.objects.first(), model.objects.count()
    response = root.post(address(form, model, row.pk), {"post": "yes", "name": "other", "notes": "other"})
    assert (response.status_code, model.objects.count()) == (403, before)


@pytest.mark.parametrize("model", MODELS)
def test_rows_can_not_be_added_by_forms(root: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    assert root.get(address("add", model)).status_code == 403
    assert root.post(address("add", model), {"name": "other"}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_no_list_offers_to_delete(root: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    row = model.objects.first()
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    root.post(address("changelist", model), data)
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.both_databases
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("key", ["0", "999999", "x", "1e3", "9" * 40])
def test_a_page_of_a_row_that_is_not_there_leads_away(root: Client, model: type[Any], key: str) -> None:
    assert root.get(address("change", model, key)).status_code in {302, 404}


@pytest.mark.parametrize("model", MODELS)
def test_a_stranger_is_sent_to_the_login(client: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    for page in (address("changelist", model), address("change", model, model.objects.first().pk)):
        response = client.get(page)
        assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("model", MODELS)
def test_staff_without_permissions_see_nothing(client: Client, late_v1: ModelVersion, model: type[Any]) -> None:
    client.force_login(User.objects.create_user("staff", is_staff=True))
    for page in (address("changelist", model), address("change", model, model.objects.first().pk)):
        assert client.get(page).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_a_list_takes_as_many_queries_for_many_rows(
    root: Client, grow: Callable[[int], None], model: type[Any]
) -> None:
    grow(2)
    few = queries(root, address("changelist", model))
    grow_more(grow, model)
    assert queries(root, address("changelist", model)) == few <= 12


def grow_more(grow: Callable[[int], None], model: type[Any]) -> None:
    from catalog.models import Alias

    Alias.objects.exclude(name="production").delete()
    grow(15)


@pytest.mark.parametrize("model", [RegisteredModel, ModelVersion, Dataset, DatasetVersion, Prediction])
def test_a_page_takes_as_many_queries_for_many_rows(
    root: Client, grow: Callable[[int], None], model: type[Any]
) -> None:
    row = model.objects.earliest("pk") if model is not Prediction else model.objects.first()
    grow(2)
    few = queries(root, address("change", model, row.pk))
    grow_more(grow, model)
    assert queries(root, address("change", model, row.pk)) == few


def test_the_index_takes_as_many_queries_for_many_rows(root: Client, grow: Callable[[int], None]) -> None:
    grow(2)
    few = queries(root, "/admin/")
    grow_more(grow, ModelVersion)
    assert queries(root, "/admin/") == few
