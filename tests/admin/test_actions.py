"""What people decide on the pages: one service, one audit event and one log entry each, all or nothing."""

import copy
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client
from django.utils.html import escape

from catalog.models import Alias, AuditEvent, ModelVersion, RegisteredModel
from catalog.services.registry import curation
from catalog.services.registry.aliases import promote
from tests.admin.people import Catalog, SignIn, close, contents, read_page, unused_dataset_version, url
from tests.admin.test_permissions import ACTIONS, RECORDED, address
from tests.services.snapshots import later_version

CHANGES = [name for name in ACTIONS if not name.endswith("_download")]
HTML = "**bold** <script>alert(1)</script> <img src=x onerror=alert(1)> [link](javascript:alert(1))"


def act(client: Client, name: str, obj: ModelVersion | RegisteredModel, **data: str) -> str:
    """The page that follows the action."""
    return client.post(url(name, obj), data, follow=True).content.decode()


def production(catalog: Catalog) -> int:
    return Alias.objects.get(registered_model=catalog.model, name="production").model_version.number


def version_with(catalog: Catalog, change: float) -> ModelVersion:
    """A new version whose main metric differs from production's by `change`."""
    metrics, name = copy.deepcopy(catalog.versions[1].metrics), catalog.model.primary_metric
    metrics[name]["value"] += change if metrics[name]["higher_is_better"] else -change
    return later_version(catalog.versions[0], metrics=metrics, primary_value=metrics[name]["value"])


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_writes_one_audit_event_and_one_log_entry(catalog: Catalog, curator: Client, name: str) -> None:
    events, entries = AuditEvent.objects.count(), LogEntry.objects.count()
    close(curator.post(address(catalog, name), ACTIONS[name][2]))
    recorded = RECORDED.get(name, 1)
    assert (AuditEvent.objects.count(), LogEntry.objects.count()) == (events + recorded, entries + recorded)


# A copy is a write: its PENDING row, which is committed first, tells that it never ended.
@pytest.mark.both_databases
@pytest.mark.parametrize("name", [name for name in ACTIONS if name != "modelversion_copy"])
def test_nothing_changes_when_it_can_not_be_recorded(
    catalog: Catalog, curator: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**fields: object) -> None:
        raise DatabaseError("The disk is full.")

    where, before = address(catalog, name), contents()
    monkeypatch.setattr(LogEntry.objects, "create", fail)
    with pytest.raises(DatabaseError, match="The disk is full"):
        curator.post(where, ACTIONS[name][2])
    assert contents() == before


@pytest.mark.parametrize("name", CHANGES)
def test_asking_for_confirmation_changes_nothing(catalog: Catalog, curator: Client, name: str) -> None:
    where, before = address(catalog, name), contents()
    for _ in range(2):
        assert curator.get(where, ACTIONS[name][2]).status_code == 200
    assert contents() == before


@pytest.mark.parametrize("name", CHANGES)
def test_an_action_leads_back_to_the_page_and_says_what_it_did(catalog: Catalog, curator: Client, name: str) -> None:
    response = curator.post(address(catalog, name), ACTIONS[name][2], follow=True)
    assert response.redirect_chain[-1][0] == url(f"{name.partition('_')[0]}_change", response.context["object"])
    assert 'class="success"' in response.content.decode()


def test_a_promotion_says_what_will_change(catalog: Catalog, curator: Client) -> None:
    page = curator.get(url("modelversion_promote", catalog.versions[2])).content.decode()
    assert "late:3 will hold production, instead of late:2." in page


def test_a_promotion_moves_production_and_keeps_the_reason(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_promote", catalog.versions[2], reason="fewer false alarms")
    assert "late:3 is in production now, instead of late:2." in page
    assert production(catalog) == 3
    event = AuditEvent.objects.first()
    assert event is not None
    assert (event.actor, event.from_value, event.to_value, event.reason) == ("Curators", "2", "3", "fewer false alarms")


@pytest.mark.parametrize("change", [0, 0.01])
def test_a_version_no_worse_than_production_needs_no_reason(catalog: Catalog, curator: Client, change: float) -> None:
    act(curator, "modelversion_promote", version_with(catalog, change))
    assert production(catalog) == 6


def test_a_worse_version_comes_with_a_warning(catalog: Catalog, curator: Client) -> None:
    page = curator.get(url("modelversion_promote", version_with(catalog, -0.01))).content.decode()
    assert "is below that of late:2, and whether that is chance was not measured" in page


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_worse_version_is_not_promoted_without_a_reason(catalog: Catalog, curator: Client, reason: str) -> None:
    page = act(curator, "modelversion_promote", version_with(catalog, -0.01), reason=reason)
    assert "Say why late:6 shall hold production: its " in page
    assert production(catalog) == 2


def test_a_worse_version_is_promoted_with_a_reason(catalog: Catalog, curator: Client) -> None:
    act(curator, "modelversion_promote", version_with(catalog, -0.01), reason="The other one leaks.")
    assert production(catalog) == 6


def test_moving_production_by_the_alias_form_to_a_worse_version_needs_a_reason(
    catalog: Catalog, curator: Client
) -> None:
    page = act(curator, "modelversion_set-alias", version_with(catalog, -0.01), alias="production")
    assert "Say why late:6 shall hold production: its " in page
    assert production(catalog) == 2


def other_in_all(catalog: Catalog) -> ModelVersion:
    """A version with other columns, libraries, data and checks than the one in production."""
    first = catalog.versions[0]
    inputs = [{**column} for column in first.signature["inputs"]]
    inputs[0]["type"], inputs[1]["name"] = "timestamp", "tail"
    versions = {**first.environment["versions"], "scikit-learn": "0.24.1"}
    return later_version(
        first,
        signature={**first.signature, "inputs": inputs},
        environment={**first.environment, "versions": versions},
        report={**first.report, "checks": [{"code": "leak", "sentence": "One feature tells all."}]},
        dataset_version_id=unused_dataset_version(catalog.dataset_version, 2, None).pk,
    )


def test_a_promotion_says_all_that_changes_for_those_who_use_the_model(catalog: Catalog, curator: Client) -> None:
    before = catalog.versions[1].signature["inputs"]
    page = read_page(curator.get(url("modelversion_promote", other_in_all(catalog))))
    said = [html.unescape(line) for line in re.findall(r"<p ?(?:class=\"warning\")?>(.*?)</p>", page)]
    libraries = catalog.versions[1].environment["versions"]
    for sentence in (
        f"Column 'tail' ({before[1]['type']}) is newly required.",
        f"Column '{before[0]['name']}' was {before[0]['type']} and is timestamp.",
        f"Column '{before[1]['name']}' is no longer used.",
        f"scikit-learn was {libraries['scikit-learn']} and is 0.24.1.",
        "Trained on departures:2; the one before on departures:1.",
        "Check leak: One feature tells all.",
        "Warning: Check leak fired.",
        "Warning: Who uses the alias must give other columns.",
        "Warning: It was not measured on the rows of late:2.",
        "Say why it shall hold production.",
    ):
        assert sentence in said
    assert ">Compare the two in all that differs</a>" in page


def test_a_promotion_of_a_version_from_elsewhere_says_what_was_not_checked(catalog: Catalog, curator: Client) -> None:
    page = read_page(curator.get(url("modelversion_promote", later_version(catalog.versions[0], origin="UPLOADED"))))
    assert "It was trained elsewhere, and is checked when it is measured here: nobody has done that yet." in page


def test_the_model_page_tells_why_and_what_was_before(catalog: Catalog, curator: Client) -> None:
    act(curator, "modelversion_promote", catalog.versions[2], reason="fewer false alarms")
    page = read_page(curator.get(url("registeredmodel_change", catalog.model)))
    assert "<q>fewer false alarms</q>" in page
    assert 'instead of <a href="/models/late/2/">version 2</a>' in page


def test_a_rollback_puts_the_version_before_back(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "registeredmodel_roll-back", catalog.model, way="production:1", reason="alarms")
    assert "late:1 holds the alias production again." in page
    assert production(catalog) == 1


def test_a_rollback_that_was_sent_twice_goes_one_step_back(catalog: Catalog, curator: Client) -> None:
    promote(reference="late:3", alias="production", actor="ada", reason="newest")
    act(curator, "registeredmodel_roll-back", catalog.model, way="production:2", reason="alarms")
    page = act(curator, "registeredmodel_roll-back", catalog.model, way="production:2", reason="alarms")
    assert "It was moved since this page was shown" in page
    assert "late:1 will hold production, instead of late:2." in page
    assert production(catalog) == 2


def test_a_rollback_shows_where_it_leads_and_takes_its_reason(catalog: Catalog, curator: Client) -> None:
    """The version before is worse by its main metric."""
    version, name = catalog.versions[0], catalog.model.primary_metric
    version.metrics[name]["value"] -= 0.1
    version.save(update_fields=["metrics"])
    page = read_page(curator.get(url("registeredmodel_roll-back", catalog.model)))
    assert "late:1 will hold production, instead of late:2." in page
    assert f"Warning: Its {name} is below that of late:2" in page
    assert "(optional)" not in page
    refused = act(curator, "registeredmodel_roll-back", catalog.model, way="production:1")
    assert "Say why late:1 shall hold production: its" in refused
    assert production(catalog) == 2
    act(curator, "registeredmodel_roll-back", catalog.model, way="production:1", reason="alarms")
    assert production(catalog) == 1


def test_a_rollback_of_another_alias_is_reviewed_as_that(catalog: Catalog, curator: Client) -> None:
    promote(reference="late:1", alias="canary", actor="ada")
    page = read_page(curator.get(url("registeredmodel_roll-back", catalog.model), {"alias": "canary"}))
    assert "late:2 will hold canary, instead of late:1." in page
    assert '<th scope="col">Against canary</th><th scope="col">Canary (1)</th>' in page


def test_an_alias_that_takes_a_reason_shows_what_to_move_it_would_change(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_set-alias", version_with(catalog, -0.01), alias="production")
    assert "late:6 will hold production, instead of late:2." in page
    assert "Warning: Its" in page


def test_a_rollback_that_leads_nowhere_says_so(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "registeredmodel_roll-back", catalog.model, way="canary:")
    assert escape("late@canary can't be rolled back: only version 2 has held it.") in page


def test_a_model_without_history_offers_no_rollback(catalog: Catalog, curator: Client) -> None:
    model = RegisteredModel.objects.create(name="new", task="regression", primary_metric="r2")
    page = curator.get(url("registeredmodel_change", model)).content.decode()
    assert "No alias of this model has pointed to another version before." in page


def test_an_alias_with_a_bad_name_is_refused(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_set-alias", catalog.versions[2], alias="Not Clean")
    assert "lowercase letters" in page
    assert not Alias.objects.filter(model_version=catalog.versions[2]).exists()


def test_a_removed_alias_is_gone(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_remove-alias", catalog.versions[1], alias="canary")
    assert "No version of late holds the alias canary now." in page
    assert Alias.objects.get().name == "production"


def test_a_version_with_an_alias_is_not_archived(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_archive", catalog.versions[1], reason="old")
    assert "hold" in page
    assert ModelVersion.objects.get(number=2).archived_at is None


def test_the_page_of_a_version_with_an_alias_says_why_it_is_not_archived(catalog: Catalog, curator: Client) -> None:
    page = curator.get(url("modelversion_change", catalog.versions[1])).content.decode()
    assert escape("A version that holds an alias can't be archived.") in page


@pytest.mark.parametrize("name", ["modelversion_promote", "modelversion_set-alias"])
def test_an_archived_version_gets_no_alias(catalog: Catalog, curator: Client, name: str) -> None:
    pages = [curator.get(url(name, catalog.versions[3])).content.decode()]
    pages.append(act(curator, name, catalog.versions[3], alias="next", reason="mine"))
    assert all("late:4 is ARCHIVED. Restore it (manage.py restore_version late:4)" in page for page in pages)
    assert not Alias.objects.filter(model_version=catalog.versions[3]).exists()


def test_a_restored_version_is_ready(catalog: Catalog, curator: Client) -> None:
    act(curator, "modelversion_restore", catalog.versions[3])
    assert ModelVersion.objects.get(number=4).state == "READY"


def test_a_version_that_holds_an_alias_does_not_go_to_the_trash(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_trash", catalog.versions[1])
    assert escape("late:2 can't be deleted while it holds the alias canary, production") in page
    assert ModelVersion.objects.get(number=2).state == "READY"


def test_a_version_that_predictions_refer_to_does_not_go_to_the_trash(catalog: Catalog, curator: Client) -> None:
    catalog.prediction.model_version = catalog.versions[3]
    catalog.prediction.save()
    page = act(curator, "modelversion_trash", catalog.versions[3])
    assert "1 prediction receipt refers to it" in page
    assert ModelVersion.objects.get(number=4).state == "ARCHIVED"


def test_a_version_in_the_trash_leaves_the_lists(catalog: Catalog, curator: Client) -> None:
    act(curator, "modelversion_trash", catalog.versions[3])
    for where in (url("modelversion_changelist"), url("registeredmodel_change", catalog.model)):
        assert f'"{url("modelversion_change", catalog.versions[3])}' not in curator.get(where).content.decode()


def test_a_version_in_the_trash_is_found_by_its_state(catalog: Catalog, curator: Client) -> None:
    curation.move_to_trash(version=catalog.versions[3], actor="ada")
    page = curator.get(url("modelversion_changelist"), {"state": "TRASHED"}).content.decode()
    assert f'"{url("modelversion_change", catalog.versions[3])}' in page


def test_a_version_in_the_trash_is_restored_into_the_archive(catalog: Catalog, curator: Client) -> None:
    curation.move_to_trash(version=catalog.versions[3], actor="ada")
    act(curator, "modelversion_restore", catalog.versions[3])
    assert ModelVersion.objects.get(number=4).state == "ARCHIVED"


def _notes(catalog: Catalog, client: Client) -> str:
    return act(client, "modelversion_edit-notes", catalog.versions[2], notes=HTML)


def _model_card(catalog: Catalog, client: Client) -> str:
    act(client, "registeredmodel_describe", catalog.model, description=HTML, intended_use=HTML, limitations=HTML)
    pages = [url("registeredmodel_change", catalog.model), url("modelversion_change", catalog.versions[0])]
    return "".join(client.get(page).content.decode() for page in pages)


def _description(catalog: Catalog, client: Client) -> str:
    dataset = catalog.dataset_version.dataset
    return client.post(url("dataset_describe", dataset), {"description": HTML}, follow=True).content.decode()


@pytest.mark.parametrize("write", [_notes, _model_card, _description])
def test_what_people_write_is_markdown_and_never_html(
    catalog: Catalog, curator: Client, write: Callable[[Catalog, Client], str]
) -> None:
    page = write(catalog, curator)
    assert "<strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x" in page
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


def test_a_reason_is_shown_as_text(catalog: Catalog, curator: Client) -> None:
    page = act(curator, "modelversion_promote", catalog.versions[2], reason="<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_action_on_a_version_that_is_gone_leads_home(sign_in: SignIn) -> None:
    response = sign_in("Curators").post("/admin/catalog/modelversion/999/promote/", {"reason": "x"}, follow=True)
    assert "It is not there any more." in response.content.decode()


def test_the_history_of_the_admin_tells_of_the_action(catalog: Catalog, curator: Client) -> None:
    act(curator, "modelversion_promote", catalog.versions[2], reason="fewer false alarms")
    page = curator.get(url("modelversion_history", catalog.versions[2])).content.decode()
    assert "promoted production 2 → 3: fewer false alarms" in page


def test_with_four_eyes_who_trained_a_version_finds_no_form_to_promote_it(catalog: Catalog, settings: Any) -> None:
    settings.CATALOG["FOUR_EYES"] = True
    trainer = Client()
    trainer.force_login(User.objects.create_superuser("ada"))
    asked = trainer.get(url("modelversion_promote", catalog.versions[2])).content.decode()
    assert ("late:3 was made by ada: somebody else must promote it" in asked, 'name="reason"' in asked) == (True, False)
    page = act(trainer, "modelversion_promote", catalog.versions[2], reason="better")
    by_alias = act(trainer, "modelversion_set-alias", version_with(catalog, -0.01), alias="production")
    assert "late:3 was made by ada: somebody else must promote it to production (CATALOG_FOUR_EYES)." in page
    assert "late:6 was made by ada: somebody else must promote it" in by_alias
    assert "Say why late:6" not in by_alias
    assert production(catalog) == 2


def test_with_four_eyes_somebody_else_promotes_it(catalog: Catalog, curator: Client, settings: Any) -> None:
    settings.CATALOG["FOUR_EYES"] = True
    act(curator, "modelversion_promote", catalog.versions[2], reason="better")
    assert production(catalog) == 3
