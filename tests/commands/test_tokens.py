"""create_token, revoke_token and tokens: what they print, and what they refuse."""

import re

import pytest

from catalog.models import ModelVersion, ServingToken
from catalog.services.serving.serving_tokens import token_digest
from tests.commands.conftest import Run

AT = "2026-11-26T12:00:00Z"


def test_a_token_is_printed_once(run: Run, late_v1: ModelVersion) -> None:
    made = run("create_token", "shop", "--model", "late", "--reason", "the web shop")
    assert made.lines[0] == "Token shop for late. It is shown this once:"
    assert token_digest(made.lines[1]) == ServingToken.objects.get().sha256
    assert made.lines[1] not in run("tokens").out + run("tokens", "--json").out


def test_a_token_has_an_end_and_may_read_the_metrics_when_that_is_said(run: Run, db: None) -> None:
    made = run("create_token", "ops", "--metrics", "--days", "30", "--json").json
    row = ServingToken.objects.get()
    assert (made["name"], made["models"], made["predict_only"], made["state"]) == ("ops", [], False, "VALID")
    assert token_digest(made["token"]) == row.sha256
    assert row.expires_at is not None
    assert (row.expires_at - row.created_at).days in {29, 30}


def test_tokens_are_listed_with_their_scope_and_state(run: Run, late_v1: ModelVersion) -> None:
    assert run("tokens").lines == ["There is no token yet. Make one: manage.py create_token NAME"]
    run("create_token", "shop", "--model", "late")
    run("create_token", "ops", "--metrics")
    assert run("revoke_token", "shop", "--reason", "it leaked").lines == ["The token shop is revoked."]
    ServingToken.objects.update(created_at=AT)
    assert run("tokens").lines == [
        "token  state    scope                end    by   created",
        "ops    VALID    all models, metrics  never  ada  2026-11-26 12:00",
        "shop   REVOKED  late                 never  ada  2026-11-26 12:00",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create_token", "Shop"], "'Shop' can't be the name of a token: use 1 to 63 lowercase letters"),
        (["create_token", "taken"], "NAME: there is a token taken already. Choose another name."),
        (["create_token", "shop", "--model", "lste"], "There is no model 'lste'. Did you mean late?"),
        (["create_token", "shop", "--days", "0"], "--days must be from 1 to 36,500, not 0."),
        (["revoke_token", "tkaen"], "There is no token 'tkaen'. Did you mean taken? `manage.py tokens` lists them."),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    run: Run, late_v1: ModelVersion, words: list[str], message: str
) -> None:
    run("create_token", "taken")
    outcome = run(*words)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(message)
    assert not re.search(r"\n.", outcome.err)
