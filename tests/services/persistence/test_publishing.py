"""The alias that is published beside its model: made of the newest event, whoever writes it and when."""

import json
from typing import Any

import pytest
from django.core.management import call_command

from catalog.models import Alias, AuditEvent, ModelVersion, UnstoredManifest
from catalog.services.persistence import publishing
from catalog.services.persistence.publishing import AliasKey, publish_alias
from catalog.services.persistence.signing import verify_manifest
from catalog.services.registry.aliases import promote, remove_alias, roll_back
from catalog.storage.keys import published_alias
from catalog.storage.local import LocalCatalogStorage
from tests.services import snapshots
from tests.services.integrity.catalogs import another, settle

KEY = AliasKey("late", "production")


@pytest.fixture
def late_v2(late_v1: ModelVersion) -> ModelVersion:
    return another(late_v1)


def put(number: int) -> None:
    promote(reference=f"late:{number}", alias="production", actor="ada")


def published(alias: str = "production") -> dict[str, Any]:
    return verify_manifest((snapshots.location() / published_alias("late", alias)).read_bytes())


def newest() -> AuditEvent:
    return AuditEvent.objects.of_alias("late", "production").order_by("-id")[0]


def test_a_promotion_is_published_with_what_loading_needs(late_v2: ModelVersion) -> None:
    put(2)
    settle()
    told, event = published(), newest()
    assert (told["kind"], told["model"], told["alias"]) == ("alias", "late", "production")
    assert (told["event"], told["at"]) == (event.pk, event.at.isoformat())
    version = told["version"]
    assert (version["reference"], version["sha256"], version["artifact"]) == (
        "late:2", late_v2.sha256, late_v2.stored_key,
    )  # fmt: skip
    assert version["signature"] == late_v2.signature
    assert version["report"] == {"sample": late_v2.report["sample"]}
    assert set(version["environment"]) == {"versions", "modules"}


def test_rollback_and_removal_are_published_too(late_v2: ModelVersion) -> None:
    put(1)
    put(2)
    roll_back(name="late", alias="production", actor="ada")
    settle()
    assert published()["version"]["number"] == 1
    remove_alias(name="late", alias="production", actor="ada")
    settle()
    assert (published()["version"], published()["event"]) == (None, newest().pk)


def test_each_alias_has_an_object_of_its_own(late_v2: ModelVersion) -> None:
    put(1)
    promote(reference="late:2", alias="manifest", actor="ada")
    settle()
    assert (published()["version"]["number"], published("manifest")["version"]["number"]) == (1, 2)


def test_what_a_newer_event_says_stays(late_v2: ModelVersion) -> None:
    put(1)
    settle()
    forged = json.dumps({"format": 1, "event": newest().pk + 1}, indent=1)
    path = snapshots.location() / KEY.published_key
    path.write_text(publishing.sign_manifest(forged))
    assert not publish_alias(KEY)
    assert published() == {"format": 1, "event": newest().pk + 1}


@pytest.mark.parametrize("content", [b"", b"{}", b"no manifest"])
def test_what_is_not_sound_is_replaced(late_v2: ModelVersion, content: bytes) -> None:
    put(1)
    settle()
    (snapshots.location() / KEY.published_key).write_bytes(content)
    assert publish_alias(KEY)
    assert published()["version"]["number"] == 1


def test_a_writer_that_was_overtaken_where_the_server_knows_no_conditions_publishes_the_newest(
    late_v2: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write of the older event comes last: the writer asks the database, and writes once more."""
    put(1)
    events = [AuditEvent.objects.get(pk=newest().pk)]
    put(2)
    ask = publishing._newest_move
    answers = iter([publishing.AliasMove(events[0].pk, "1", events[0].at)])
    monkeypatch.setattr(publishing, "_newest_move", lambda key: next(answers, None) or ask(key))
    publish_alias(KEY)
    assert (published()["version"]["number"], published()["event"]) == (2, newest().pk)


@pytest.mark.django_db(transaction=True)
def test_a_promotion_stands_while_storage_is_away_and_is_published_later(
    late_v2: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.exceptions import StorageError

    def refuse(*arguments: Any, **options: Any) -> bool:
        raise StorageError("Nobody answers.")

    monkeypatch.setattr(LocalCatalogStorage, "publish", refuse)
    put(1)
    assert (Alias.objects.get().model_version.number, UnstoredManifest.objects.get().key) == (1, KEY.published_key)
    monkeypatch.undo()
    put(2)
    assert published()["version"]["number"] == 2
    call_command("verify_catalog", "--repair", "--yes")
    assert not UnstoredManifest.objects.exists()
