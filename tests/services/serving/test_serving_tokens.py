"""Tokens are made with a scope and an end, kept as digests, revoked once, and told of in the history."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.exceptions import CatalogError, InvalidReference, InvalidRequest, NotFound
from catalog.models import AuditEvent, ModelVersion, ServingToken
from catalog.services.serving.serving_tokens import create_token, revoke_token
from catalog.services.serving.token_rights import read_token_rights
from tests.services.snapshots import late_version


@pytest.fixture
def late_v1(db: None) -> ModelVersion:
    late_version().restore()
    return ModelVersion.objects.get()


def test_only_the_digest_of_a_token_is_kept(late_v1: ModelVersion) -> None:
    new = create_token(name="shop", actor="ada", model_names=["late", "late"], reason="the web shop")
    row = ServingToken.objects.get()
    assert row.sha256 == hashlib.sha256(new.text.encode()).hexdigest()
    assert new.text not in str(ServingToken.objects.values_list()) + str(AuditEvent.objects.values_list())
    assert (row.model_names, row.predict_only, row.created_by, row.state) == (["late"], True, "ada", "VALID")
    assert len(new.text) > 40


def test_two_tokens_are_never_the_same(db: None) -> None:
    assert len({create_token(name=f"shop{number}", actor="ada").text for number in range(20)}) == 20


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"name": "Shop"}, InvalidReference, "'Shop' can't be the name of a token"),
        ({"name": "taken"}, InvalidRequest, "`name`: there is a token taken already. Choose another name."),
        ({"model_names": ["lste"]}, NotFound, "There is no model 'lste'. Did you mean late?"),
        ({"expires_at": timezone.now()}, InvalidRequest, "is past. Give a later one."),
    ],
)
def test_what_can_not_be_made_is_refused(
    late_v1: ModelVersion, options: dict[str, Any], kind: type[CatalogError], message: str
) -> None:
    create_token(name="taken", actor="ada")
    with pytest.raises(kind) as refusal:
        create_token(**{"name": "shop", "actor": "ada", **options})
    assert message in str(refusal.value)
    assert ServingToken.objects.count() == 1


def test_what_was_done_with_tokens_is_told_by_whom_and_why(db: None) -> None:
    create_token(name="shop", actor="ada", predict_only=False, reason="the web shop")
    revoke_token(name="shop", actor="grace", reason="it leaked")
    events = AuditEvent.objects.filter(object_type="token", object_name="shop").order_by("id")
    assert [(event.verb, event.actor, event.to_value, event.reason) for event in events] == [
        ("token_created", "ada", "all models, metrics", "the web shop"),
        ("token_revoked", "grace", "all models, metrics", "it leaked"),
    ]


def test_a_token_is_revoked_once(db: None) -> None:
    create_token(name="shop", actor="ada")
    revoke_token(name="shop", actor="ada")
    with pytest.raises(InvalidRequest, match="was revoked before"):
        revoke_token(name="shop", actor="ada")
    with pytest.raises(NotFound, match=r"There is no token 'shpo'\. Did you mean shop\?"):
        revoke_token(name="shpo", actor="ada")


def test_servers_know_the_valid_ones_alone_and_ask_once(db: None, django_assert_num_queries: Any) -> None:
    for name in ("shop", "revoked", "ended"):
        create_token(name=name, actor="ada", expires_at=timezone.now() + timedelta(days=1))
    revoke_token(name="revoked", actor="ada")
    ServingToken.objects.filter(name="ended").update(expires_at=timezone.now())
    with django_assert_num_queries(1):
        rights = read_token_rights()
    assert [right.name for right in rights.values()] == ["shop"]
    assert {row.name: row.state for row in ServingToken.objects.all()} == {
        "shop": "VALID",
        "revoked": "REVOKED",
        "ended": "EXPIRED",
    }
