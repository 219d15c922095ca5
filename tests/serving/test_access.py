"""What a token opens, as the server keeps it in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from catalog.conf import CatalogSettings
from catalog.exceptions import InvalidRequest
from catalog.services.serving.serving_tokens import create_token, revoke_token, token_digest
from catalog.services.serving.token_rights import TokenRights
from catalog.serving import access
from catalog.serving.access import TokenGate, model_name


def bearer(text: str) -> str:
    return f"Bearer {text}"


def test_a_token_of_the_database_opens_what_it_is_for_until_it_is_revoked(
    db: None, django_assert_num_queries: Any
) -> None:
    gate = TokenGate(CatalogSettings())
    new = create_token(name="shop", actor="ada")
    assert gate.rights_of(bearer(new.text)) is None
    gate.refresh()
    with django_assert_num_queries(0):
        rights = gate.rights_of(bearer(new.text))
        assert [gate.rights_of(each) for each in ("", "Bearer ", bearer("x"), f"Basic {new.text}")] == [None] * 4
    assert rights is not None
    assert (rights.name, rights.predict_only) == ("shop", True)
    revoke_token(name="shop", actor="ada")
    gate.refresh()
    assert gate.rights_of(bearer(new.text)) is None


def test_a_token_ends_between_two_looks_at_the_database(db: None) -> None:
    gate = TokenGate(CatalogSettings())
    gate.rights = {token_digest("x"): TokenRights("shop", expires_at=timezone.now() - timedelta(seconds=1))}
    assert gate.rights_of(bearer("x")) is None


def test_tokens_go_on_while_the_database_is_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, new = TokenGate(CatalogSettings()), create_token(name="shop", actor="ada")
    gate.refresh()

    def fail() -> Mapping[str, TokenRights]:
        raise OperationalError("away")

    monkeypatch.setattr(access, "read_token_rights", fail)
    gate.refresh()
    assert gate.rights_of(bearer(new.text)) is not None


def test_without_a_database_the_tokens_of_the_settings_are_all() -> None:
    settings = CatalogSettings(serving_tokens=(token_digest("x").upper(),))
    gate = TokenGate(settings, asks_database=False)
    gate.refresh()
    gate.check_set_up()
    rights = gate.rights_of(bearer("x"))
    assert rights is not None
    assert rights.may_ask("late")
    assert not rights.predict_only
    with pytest.raises(InvalidRequest, match="Set CATALOG_SERVING_TOKENS to the SHA-256 of a token"):
        TokenGate(CatalogSettings(), asks_database=False).check_set_up()


def test_an_open_server_asks_for_nothing() -> None:
    gate = TokenGate(replace(CatalogSettings(), serving_open=True))
    gate.refresh()
    gate.check_set_up()
    assert gate.rights_of("") is not None


@pytest.mark.parametrize("reference", ["late", "late:3", "late@staging", "late@a:b"])
def test_a_token_is_for_all_versions_of_a_model(reference: str) -> None:
    rights = TokenRights("shop", frozenset({"late"}))
    assert rights.may_ask(model_name(reference))
    assert not rights.may_ask(model_name("later"))
