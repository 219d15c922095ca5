"""The permission matrix: every role, every address of the catalog, every action; by GET and by crafted POST."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from catalog.models import Alias, AuditEvent, ModelVersion
from tests.admin.people import (
    ROLES,
    Catalog,
    SignIn,
    close,
    contents,
    job_in,
    token_of,
    unused_dataset_version,
    url,
    user_of,
)

LOOK = {"Viewers", "Trainers", "Curators", "superuser"}
TRAIN = LOOK - {"Viewers"}
CURATE = TRAIN - {"Trainers"}
NOT_ONE: set[str] = set()

OBJECTS: dict[str, Callable[[Catalog], Model | None]] = {
    "alias": lambda catalog: Alias.objects.get(name="production"),
    "auditevent": lambda catalog: AuditEvent.objects.first(),
    "dataset": lambda catalog: catalog.dataset_version.dataset,
    "datasetversion": lambda catalog: catalog.dataset_version,
    "job": lambda catalog: job_in("QUEUED"),
    "modelversion": lambda catalog: catalog.versions[2],
    "prediction": lambda catalog: catalog.prediction,
    "registeredmodel": lambda catalog: catalog.model,
    "servingtoken": lambda catalog: token_of("shop"),
}
# Actions on what is in another state: a dataset version that no model was trained on, a job that failed.
UNUSED: dict[str, Callable[[Catalog], Model]] = {
    "job_retry": lambda catalog: job_in("FAILED"),
    "datasetversion_trash": lambda catalog: unused_dataset_version(catalog.dataset_version, 2, None),
    "datasetversion_restore": lambda catalog: unused_dataset_version(catalog.dataset_version, 3, timezone.now()),
}
# Who may see the page, of each kind of object. Nobody adds, changes or deletes by hand.
STOCK = {"changelist": LOOK, "add": NOT_ONE, "history": LOOK, "delete": NOT_ONE, "change": LOOK}
# How many events an action writes where it is more than one: a copy, and the file that is attached to it.
RECORDED = {"modelversion_copy": 2}
# Action: who may take it, on which version (or the object above), with what form.
ACTIONS: dict[str, tuple[set[str], int | None, dict[str, str]]] = {
    "modelversion_promote": (CURATE, 2, {"reason": "better"}),
    "modelversion_set-alias": (TRAIN, 2, {"alias": "next"}),
    "modelversion_remove-alias": (TRAIN, 1, {"alias": "canary"}),
    "modelversion_edit-notes": (TRAIN, 2, {"notes": "seen"}),
    "modelversion_mute-check": (CURATE, 3, {"code": "leak", "reason": "known before"}),
    "modelversion_unmute-check": (CURATE, 3, {"code": "uncalibrated", "reason": "they are shown to people"}),
    "modelversion_tag": (TRAIN, 2, {"tags": "stage=eu"}),
    "modelversion_copy": (TRAIN, 0, {"new_name": "later"}),
    "registeredmodel_rename": (CURATE, None, {"new_name": "delays"}),
    "registeredmodel_tag": (TRAIN, None, {"tags": "stage=eu"}),
    "dataset_tag": (TRAIN, None, {"tags": "stage=eu"}),
    "datasetversion_tag": (TRAIN, None, {"tags": "stage=eu"}),
    "datasetversion_edit-notes": (TRAIN, None, {"notes": "without March"}),
    "modelversion_archive": (CURATE, 2, {"reason": "old"}),
    "modelversion_restore": (CURATE, 3, {"reason": "needed"}),
    "modelversion_trash": (CURATE, 3, {"reason": "wrong"}),
    "modelversion_approve": (CURATE, 4, {"reason": "I know it"}),
    "modelversion_reject": (CURATE, 4, {"reason": "I do not know it"}),
    "modelversion_attachment_download": (TRAIN, 0, {"name": "plot.svg"}),
    "modelversion_download": (TRAIN, 0, {}),
    "registeredmodel_roll-back": (CURATE, None, {"way": "production:1"}),
    "registeredmodel_describe": (TRAIN, None, {"description": "about"}),
    "dataset_describe": (TRAIN, None, {"description": "about"}),
    "datasetversion_download": (TRAIN, None, {}),
    "datasetversion_trash": (CURATE, None, {"reason": "wrong"}),
    "datasetversion_restore": (CURATE, None, {"reason": "needed"}),
    "prediction_download": (TRAIN, None, {}),
    "job_cancel": (TRAIN, None, {"reason": "the wrong data"}),
    "job_retry": (TRAIN, None, {"reason": "the machine is larger now"}),
    "servingtoken_revoke": (CURATE, None, {"reason": "it got into a repository"}),
}
# Pages of our own that change nothing, or whose change `test_uploads`, `test_jobs` and `test_tokens` test.
PAGES = {
    "modelversion_card": LOOK, "modelversion_compare": LOOK, "dataset_upload": TRAIN, "modelversion_upload": TRAIN,
    "modelversion_attach": TRAIN,
    "job_train": TRAIN, "job_predict": TRAIN, "job_evaluate": TRAIN, "job_live": LOOK, "job_working": LOOK,
    "servingtoken_create": CURATE,
}  # fmt: skip


def subject(catalog: Catalog, name: str) -> Model | None:
    """The object that the address is about."""
    kind, _, page = name.partition("_")
    if name in UNUSED:
        return UNUSED[name](catalog)
    if page in {"changelist", "add", "compare", "upload", "train", "predict", "evaluate", "working", "create"}:
        return None
    number = ACTIONS.get(name, (NOT_ONE, None, {}))[1]
    return OBJECTS[kind](catalog) if number is None else catalog.versions[number]


def address(catalog: Catalog, name: str) -> str:
    query = f"?v={catalog.versions[0].pk}&v={catalog.versions[1].pk}" if name == "modelversion_compare" else ""
    return url(name, subject(catalog, name)) + query


def expected(permitted: set[str], status: int) -> dict[str, int]:
    """The status for each role: what is permitted, to the login, or forbidden."""
    return {role: 302 if role == "anonymous" else status if role in permitted else 403 for role in ROLES}


def whole_form(client: Client, obj: Model | None) -> dict[str, Any]:
    """What somebody may make up to change a row: every field of every model, and the list's bulk action."""
    row = {field.name: "9" for model in admin.site._registry for field in model._meta.concrete_fields}
    chosen = {"action": "delete_selected", "_selected_action": [obj.pk] if obj else ["1"], "index": "0"}
    return {**row, **chosen, "post": "yes", "_save": "Save", "alias": "production", "reason": "mine"}


def test_no_address_of_the_catalog_is_left_out_here() -> None:
    result = {
        str(pattern.name).removeprefix("catalog_")
        for model, its_admin in admin.site._registry.items()
        if model._meta.app_label == "catalog"
        for pattern in its_admin.get_urls()
        if pattern.name
    }
    assert result == {f"{kind}_{page}" for kind in OBJECTS for page in STOCK} | set(ACTIONS) | set(PAGES)


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("stock", STOCK)
def test_pages_are_shown_to_those_who_may_look(catalog: Catalog, sign_in: SignIn, kind: str, stock: str) -> None:
    where = address(catalog, f"{kind}_{stock}")
    assert {role: sign_in(role).get(where).status_code for role in ROLES} == expected(STOCK[stock], 200)


@pytest.mark.parametrize("name", PAGES)
def test_our_own_pages_are_shown_to_those_who_may_see_them(catalog: Catalog, sign_in: SignIn, name: str) -> None:
    where = address(catalog, name)
    assert {role: sign_in(role).get(where).status_code for role in ROLES} == expected(PAGES[name], 200)


@pytest.mark.parametrize("name", [name for name in ACTIONS if not name.endswith("_download")])
def test_an_action_is_offered_to_those_who_may_take_it(catalog: Catalog, sign_in: SignIn, name: str) -> None:
    where = address(catalog, name)
    assert {role: sign_in(role).get(where).status_code for role in ROLES} == expected(ACTIONS[name][0], 200)


@pytest.mark.parametrize("name", [name for name in ACTIONS if name.endswith("_download")])
def test_a_download_is_never_taken_by_get(catalog: Catalog, sign_in: SignIn, name: str) -> None:
    where = address(catalog, name)
    assert {role: sign_in(role).get(where).status_code for role in ROLES} == expected(ACTIONS[name][0], 405)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_of_somebody_without_permission_changes_nothing(catalog: Catalog, sign_in: SignIn, name: str) -> None:
    where, (permitted, _, data) = address(catalog, name), ACTIONS[name]
    clients = {role: sign_in(role) for role in ROLES if role not in permitted}
    before = contents()
    statuses = {role: client.post(where, data).status_code for role, client in clients.items()}
    assert statuses == {role: status for role, status in expected(NOT_ONE, 0).items() if role in clients}
    assert contents() == before


@pytest.mark.parametrize(("name", "role"), [(name, role) for name in ACTIONS for role in sorted(ACTIONS[name][0])])
def test_an_action_of_somebody_with_permission_is_recorded(
    catalog: Catalog, sign_in: SignIn, name: str, role: str
) -> None:
    events = AuditEvent.objects.count()
    response = sign_in(role).post(address(catalog, name), ACTIONS[name][2])
    close(response)
    assert response.status_code == (200 if name.endswith("_download") else 302)
    actors = [event.actor for event in AuditEvent.objects.all()[: AuditEvent.objects.count() - events]]
    assert actors == [role] * RECORDED.get(name, 1)


@pytest.mark.parametrize("name", [*(f"{kind}_{page}" for kind in OBJECTS for page in STOCK), *PAGES])
def test_nobody_changes_anything_by_a_crafted_post(catalog: Catalog, sign_in: SignIn, name: str) -> None:
    where, obj = address(catalog, name), subject(catalog, name)
    clients = {role: sign_in(role) for role in ROLES}
    before = contents()
    statuses = {client.post(where, whole_form(client, obj)).status_code for client in clients.values()}
    assert statuses <= {200, 302, 403}
    assert contents() == before


@pytest.mark.parametrize("role", ROLES)
def test_versions_are_not_deleted_in_bulk(catalog: Catalog, sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    before = contents()
    data = {"action": "delete_selected", "_selected_action": [item.pk for item in catalog.versions], "post": "yes"}
    client.post(url("modelversion_changelist"), {**data, "select_across": "1"})
    assert contents() == before


@pytest.mark.parametrize("name", [f"{kind}_{page}" for kind in OBJECTS for page in STOCK])
def test_nobody_changes_anything_by_looking(catalog: Catalog, sign_in: SignIn, name: str) -> None:
    client, where = sign_in("superuser"), address(catalog, name)
    before = contents()
    client.get(where)
    assert contents() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_change_nothing(catalog: Catalog, sign_in: SignIn, method: str) -> None:
    client = sign_in("superuser")
    before = contents()
    for name in ("modelversion_change", "modelversion_promote", "modelversion_delete", "registeredmodel_roll-back"):
        getattr(client, method)(address(catalog, name))
    assert contents() == before


def test_an_action_without_a_csrf_token_is_refused(catalog: Catalog) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user_of("superuser"))
    before = contents()
    assert client.post(url("modelversion_promote", catalog.versions[2]), {"reason": "mine"}).status_code == 403
    assert contents() == before


def test_somebody_who_is_no_staff_sees_nothing(catalog: Catalog) -> None:
    client = Client()
    client.force_login(User.objects.create_user("guest"))
    response = client.get(url("modelversion_change", catalog.versions[0]))
    assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    "where", ["/models/late/", "/models/late/1/", "/datasets/departures/", "/datasets/departures/1/", "/search/?q=late"]
)
def test_a_written_address_tells_only_those_who_may_look_what_exists(
    catalog: Catalog, sign_in: SignIn, where: str
) -> None:
    absent = where.replace("late", "none").replace("departures", "none")
    for role in set(ROLES) - LOOK:
        statuses = {sign_in(role).get(item).status_code for item in (where, absent)}
        assert statuses == {302 if role == "anonymous" else 403}


@pytest.mark.parametrize("role", sorted(LOOK))
def test_the_list_offers_no_deleting(catalog: Catalog, sign_in: SignIn, role: str) -> None:
    page = sign_in(role).get(url("modelversion_changelist")).content.decode()
    assert "delete_selected" not in page
    assert 'value="compare"' in page


@pytest.mark.parametrize("role", ROLES)
def test_a_version_page_shows_only_permitted_actions(catalog: Catalog, sign_in: SignIn, role: str) -> None:
    version = catalog.versions[2]
    page = sign_in(role).get(url("modelversion_change", version)).content.decode()
    names = ("promote", "set-alias", "edit-notes", "archive", "download")
    shown = {name for name in names if f'"{url(f"modelversion_{name}", version)}"' in page}
    assert shown == {name for name in names if role in ACTIONS[f"modelversion_{name}"][0]}


def test_moving_a_protected_alias_takes_the_permission_to_promote(catalog: Catalog, sign_in: SignIn) -> None:
    client = sign_in("Trainers")
    before = contents()
    response = client.post(url("modelversion_set-alias", catalog.versions[2]), {"alias": "production"})
    assert "The alias production is protected" in response.content.decode()
    assert contents() == before


def test_removing_a_protected_alias_takes_the_permission_to_promote(catalog: Catalog, sign_in: SignIn) -> None:
    client = sign_in("Trainers")
    before = contents()
    response = client.post(url("modelversion_remove-alias", catalog.versions[1]), {"alias": "production"})
    assert "The alias production is protected" in response.content.decode()
    assert contents() == before


def test_an_alias_of_another_version_is_not_removed_from_here(catalog: Catalog, sign_in: SignIn) -> None:
    client = sign_in("Curators")
    response = client.post(url("modelversion_remove-alias", catalog.versions[2]), {"alias": "production"})
    assert "is not one of the available choices" in response.content.decode()
    assert ModelVersion.objects.get(aliases__name="production").number == 2
